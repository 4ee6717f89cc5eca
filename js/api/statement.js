// One compiled statement.
import { checkText, describe, dispose } from "../module/errors.js";
import { VssError } from "../module/vss-error.js";
import { runBatch } from "../module/batch.js";
import { toRowId } from "../module/marshal.js";
import { SQLITE } from "../module/sqlite-codes.js";
import { Parameters } from "./parameters.js";
import { RowReader } from "./row-reader.js";

/** @import * as contract from '../entries/index.js' */
/** @typedef {import('./connection.js').Connection} Connection */

const secret = Symbol("only db.prepare() makes statements");

/**
 * Run a chunk of rows through an INSERT whose parameters are bound by pointer. An error of SQLite's
 * begins with the number of the row.
 * @type {(statement: contract.Statement<any>, chunk: import('../module/batch.js').Chunk) => void}
 */
export let runChunk;

/**
 * @param {contract.Database} database
 * @param {Connection} connection
 * @param {string} sql
 * @returns {contract.Statement<any>}
 */
export function makeStatement(database, connection, sql) {
  const db = connection.usable();
  const { capi } = connection;
  const { x, memory } = capi;
  connection.freeLost();
  const text = memory.newText(checkText(sql, "prepare: sql"));
  const size = memory.size;
  const out = capi.malloc(8);
  let at;
  let more;
  try {
    const rc = x.vss_js_prepare(db, text, size, out, out + 4);
    at = memory.u32(out);
    more = memory.u32(out + 4);
    if (rc !== 0) throw connection.error(rc, { sql });
  } finally {
    capi.free(text);
    capi.free(out);
  }
  if (at === 0) throw new TypeError("prepare: the text holds no SQL statement");
  if (more) {
    x.sqlite3_finalize(at);
    throw new TypeError(
      "prepare: the text goes on after its first statement: use exec() for several",
    );
  }
  return new Statement(secret, { database, connection, at, sql });
}

/** @template [R=contract.Row] */
export class Statement {
  /** @type {contract.Database} */ #database;
  /** @type {Connection} */ #connection;
  /** @type {import('../module/capi.js').Capi} */ #capi;
  /** @type {import('./connection.js').Handle} */ #handle;
  /** @type {string} */ #sql;
  /** @type {Parameters} */ #parameters;
  /** @type {RowReader} */ #reader;
  #iterating = false;
  /**
   * True inside vss_js_step(): a user function must not touch the statement that called it.
   */
  #stepping = false;
  /**
   * True between a run's start and its reset, and still true at the next start where the JavaScript
   * stack ended in between.
   */
  #dirty = false;

  static {
    runChunk = (statement, chunk) =>
      /** @type {Statement<any>} */ (statement).#runChunk(chunk);
  }

  /**
   * @param {symbol} key
   * @param {{ database: contract.Database, connection: Connection, at: number, sql: string }} facts
   */
  constructor(key, facts) {
    if (key !== secret)
      throw new TypeError("Statement: only db.prepare() makes statements");
    this.#database = facts.database;
    this.#connection = facts.connection;
    this.#capi = facts.connection.capi;
    this.#handle = facts.connection.hold(this, facts.at);
    this.#sql = facts.sql;
    this.#parameters = new Parameters(facts.connection, facts.at);
    this.#reader = new RowReader(this.#capi, facts.at);
  }

  /** The sqlite3_stmt pointer, 0 once finalized. */
  get #at() {
    return this.#handle.at;
  }

  get database() {
    return this.#database;
  }

  get sql() {
    return this.#sql;
  }

  get readonly() {
    return this.#capi.x.sqlite3_stmt_readonly(this.#usable()) !== 0;
  }

  get reader() {
    return this.#capi.x.sqlite3_column_count(this.#usable()) > 0;
  }

  #gone() {
    return new VssError(
      this.#connection.isOpen
        ? "this statement is finalized"
        : "this database is closed",
    );
  }

  #usable() {
    if (this.#at === 0) throw this.#gone();
    if (this.#iterating) {
      throw new VssError(
        "this statement is being iterated: end that first, or prepare another",
      );
    }
    if (this.#running)
      throw new VssError(
        "this statement is running: it called the function that now uses it",
      );
    return this.#at;
  }

  /** @param {unknown[]} params */
  #bind(params) {
    if (this.#dirty) this.#reset();
    this.#dirty = true;
    this.#parameters.bind(params);
  }

  /** @returns {boolean} true on a row, false at the end */
  #step() {
    if (this.#running) this.#usable();
    this.#stepping = true;
    let rc;
    try {
      rc = this.#capi.x.vss_js_step(this.#at);
    } finally {
      this.#stepping = false;
    }
    if (rc === SQLITE.ROW) return true;
    if (rc === SQLITE.DONE) return false;
    throw this.#connection.error(rc);
  }

  /** In the middle of a step: only a user function can look at this and find it true. */
  get #running() {
    return this.#stepping && this.#capi.depth > 0;
  }

  /**
   * Ready for the next run. sqlite3_reset() returns again what a failed step returned and what was
   * thrown already.
   */
  #reset() {
    if (this.#at === 0 || this.#running || this.#capi.poison) return;
    this.#capi.x.sqlite3_reset(this.#at);
    this.#parameters.release();
    this.#dirty = false;
  }

  /** @param {import('../module/batch.js').Chunk} chunk */
  #runChunk(chunk) {
    const at = this.#usable();
    this.#stepping = true;
    try {
      const { rc, done } = runBatch(this.#capi, at, chunk);
      if (rc !== 0)
        throw this.#connection.error(rc, {
          subject: `row ${chunk.first + done}: `,
        });
    } finally {
      this.#stepping = false;
    }
  }

  /**
   * @param {contract.StatementParams} params
   * @returns {{ changes: number, lastInsertRowid: contract.RowId }}
   */
  run(...params) {
    this.#usable();
    const db = this.#connection.usable();
    try {
      this.#bind(params);
      while (this.#step());
      return {
        changes: this.#capi.x.vss_js_changes(db),
        lastInsertRowid: toRowId(this.#capi.x.sqlite3_last_insert_rowid(db)),
      };
    } finally {
      this.#reset();
    }
  }

  /**
   * @param {contract.StatementParams} params
   * @returns {R | undefined}
   */
  get(...params) {
    this.#usable();
    try {
      this.#bind(params);
      return this.#step() ? this.#reader.row(this.#reader.names()) : undefined;
    } finally {
      this.#reset();
    }
  }

  /**
   * @param {contract.StatementParams} params
   * @returns {R[]}
   */
  all(...params) {
    this.#usable();
    /** @type {R[]} */
    const rows = [];
    try {
      this.#bind(params);
      if (!this.#step()) return rows;
      // After the first step: only that compiles a statement whose schema has changed.
      const names = this.#reader.names();
      do rows.push(this.#reader.row(names));
      while (this.#step());
      return rows;
    } finally {
      this.#reset();
    }
  }

  /**
   * @param {contract.StatementParams} params
   * @returns {IterableIterator<R>}
   */
  iterate(...params) {
    this.#usable();
    // Bound at once, so that bad values throw here and not at the first row.
    try {
      this.#bind(params);
    } catch (error) {
      this.#reset();
      throw error;
    }
    this.#iterating = true;
    return this.#rows();
  }

  #rows() {
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      this.#iterating = false;
      this.#reset();
    };
    /** @type {string[] | undefined} */
    let names;
    /** @type {IterableIterator<R>} */
    const iterator = {
      next: () => {
        if (over) return { done: true, value: undefined };
        try {
          if (this.#at === 0) throw this.#gone();
          if (!this.#step()) {
            end();
            return { done: true, value: undefined };
          }
          names ??= this.#reader.names();
          return { done: false, value: this.#reader.row(names) };
        } catch (error) {
          end();
          throw error;
        }
      },
      return: (value) => {
        end();
        return { done: true, value };
      },
      [Symbol.iterator]: () => iterator,
    };
    return iterator;
  }

  /**
   * @param {'raw' | 'pluck'} shape
   * @param {unknown} on
   * @returns {any}
   */
  #setShape(shape, on) {
    this.#usable();
    if (typeof on !== "boolean")
      throw new TypeError(
        `${shape}: on is ${describe(on)}, expected true or false`,
      );
    if (!this.reader)
      throw new TypeError(`${shape}: this statement gives no rows`);
    this.#reader.shape = on ? shape : "row";
    return this;
  }

  /**
   * @param {boolean} [on]
   * @returns {contract.Statement<contract.ColumnValue[]>}
   */
  raw(on = true) {
    return this.#setShape("raw", on);
  }

  /**
   * @param {boolean} [on]
   * @returns {contract.Statement<contract.ColumnValue>}
   */
  pluck(on = true) {
    return this.#setShape("pluck", on);
  }

  /** @returns {contract.ColumnInfo[]} */
  columns() {
    this.#usable();
    return this.#reader.columns();
  }

  finalize() {
    if (this.#at === 0) return;
    if (this.#capi.isInFunction)
      throw new VssError("finalize: a user function is running", {
        errcode: SQLITE.MISUSE,
      });
    this.#connection.free(this.#handle);
  }

  [dispose]() {
    this.finalize();
  }
}
