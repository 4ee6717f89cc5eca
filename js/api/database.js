// An open database. What it shares with its statements and tables is in connection.js.
import { checkAlone, checkText, dispose } from "../module/errors.js";
import { VssError } from "../module/vss-error.js";
import { SQLITE } from "../module/sqlite-codes.js";
import { Connection } from "./connection.js";
import { makeStatement } from "./statement.js";
import { makeTransaction } from "./transaction.js";
import { defineFunction } from "./user-function.js";
import { openTable } from "./vss-table.js";

/** @import * as contract from '../entries/index.js' */

const secret = Symbol("only open() makes databases");

/**
 * @param {import('../module/capi.js').Capi} capi
 * @param {import('./connection.js').OpenHow} how
 */
export function connect(capi, how) {
  return new Database(secret, new Connection(capi, how));
}

/** @param {string} what */
const unfinished = (what) =>
  new VssError(`serialize: ${what}, its end is not known yet`, {
    errcode: SQLITE.BUSY,
  });

export class Database {
  /** @type {Connection} */ #connection;

  /**
   * @param {symbol} key
   * @param {Connection} connection
   */
  constructor(key, connection) {
    if (key !== secret)
      throw new TypeError("Database: only open() makes databases");
    this.#connection = connection;
  }

  get location() {
    return this.#connection.location;
  }

  get open() {
    return this.#connection.isOpen;
  }

  get readonly() {
    return this.#connection.readonly;
  }

  get inTransaction() {
    return this.#connection.inTransaction;
  }

  /**
   * @param {string} sql
   * @returns {this}
   */
  exec(sql) {
    checkAlone(arguments, "exec: sql", "values go to prepare()");
    this.#connection.usable();
    this.#connection.exec(checkText(sql, "exec: sql"));
    return this;
  }

  /**
   * @template [R=contract.Row]
   * @param {string} sql
   * @returns {contract.Statement<R>}
   */
  prepare(sql) {
    return makeStatement(this, this.#connection, sql);
  }

  /**
   * @template {(...args: any[]) => unknown} F
   * @param {F} fn
   * @returns {contract.Transaction<F>}
   */
  transaction(fn) {
    this.#connection.usable();
    return makeTransaction(this.#connection, fn);
  }

  /**
   * @overload
   * @param {string} name
   * @param {(...args: contract.ColumnValue[]) => contract.SqlValue | undefined} fn
   * @returns {this}
   */
  /**
   * @overload
   * @param {string} name
   * @param {contract.FunctionOptions} options
   * @param {(...args: contract.ColumnValue[]) => contract.SqlValue | undefined} fn
   * @returns {this}
   */
  /**
   * @param {string} name
   * @param {any} options
   * @param {any} [fn]
   * @returns {this}
   */
  function(name, options, fn) {
    defineFunction(this.#connection, name, options, fn);
    return this;
  }

  /**
   * @param {string} name
   * @param {Record<string, number | string>} [columns]
   * @returns {contract.VssTable}
   */
  vss0(name, columns) {
    this.#connection.usable();
    return openTable(this, this.#connection, name, columns);
  }

  interrupt() {
    this.#connection.capi.x.sqlite3_interrupt(this.#connection.usable());
  }

  /** @returns {contract.Bytes} */
  serialize() {
    const at = this.#connection.usable();
    if (this.inTransaction) throw unfinished("a transaction is open");
    const { capi } = this.#connection;
    const { x, memory } = capi;
    const out = capi.malloc(8);
    const bytes = x.vss_js_serialize(at, out);
    const size = memory.f64(out);
    capi.free(out);
    if (bytes === 0) {
      if (size < 0) throw unfinished("a statement is writing");
      if (size > 0) throw capi.outOfMemory();
      return new Uint8Array(0);
    }
    try {
      return memory.copy(bytes, size);
    } finally {
      capi.free(bytes);
    }
  }

  close() {
    this.#connection.close();
  }

  [dispose]() {
    this.close();
  }
}
