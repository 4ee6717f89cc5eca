// The rows that one statement gives: the names of its columns and the shape of a row.
import { column } from "../module/marshal.js";

/** @import * as contract from '../entries/index.js' */

/** SQLITE_STMTSTATUS_REPREPARE: how often SQLite has compiled the statement again. */
const STATUS_REPREPARE = 5;

export class RowReader {
  /** @type {import('../module/capi.js').Capi} */ #capi;
  /** @type {number} the sqlite3_stmt pointer */ #at;
  /** @type {'row' | 'raw' | 'pluck'} an object, an array, or the first value */ shape =
    "row";
  /** How often SQLite had compiled the statement again when its column names were read. */
  #compiled = -1;
  /** @type {string[] | undefined} */ #names;
  /** True where a column has a name that plain assignment would misread. */
  #strangeNames = false;

  /**
   * @param {import('../module/capi.js').Capi} capi
   * @param {number} at
   */
  constructor(capi, at) {
    this.#capi = capi;
    this.#at = at;
  }

  /** Ask after the first step: only that compiles a statement whose schema has changed. */
  names() {
    const { x, memory } = this.#capi;
    // A changed schema compiles the statement again, and `select *` may then have other columns.
    const compiled = x.sqlite3_stmt_status(this.#at, STATUS_REPREPARE, 0);
    if (this.#names && compiled === this.#compiled) return this.#names;
    this.#compiled = compiled;
    const names = [];
    for (let i = 0; i < x.sqlite3_column_count(this.#at); i++)
      names.push(memory.cText(x.sqlite3_column_name(this.#at, i)));
    this.#strangeNames = names.includes("__proto__");
    return (this.#names = names);
  }

  /**
   * The row that the statement is at.
   * @param {string[]} names
   * @returns {any}
   */
  row(names) {
    const capi = this.#capi;
    const at = this.#at;
    if (this.shape === "pluck") return column(capi, at, 0);
    if (this.shape === "raw") return names.map((_, i) => column(capi, at, i));
    /** @type {contract.Row} */
    const row = {};
    for (let i = 0; i < names.length; i++) {
      const value = column(capi, at, i);
      if (this.#strangeNames) {
        Object.defineProperty(row, names[i], {
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else row[names[i]] = value;
    }
    return row;
  }

  /** @returns {contract.ColumnInfo[]} */
  columns() {
    const { x, memory } = this.#capi;
    const at = this.#at;
    const text = (/** @type {number} */ p) =>
      p === 0 ? null : memory.cText(p);
    return this.names().map((name, i) => ({
      name,
      column: text(x.sqlite3_column_origin_name(at, i)),
      table: text(x.sqlite3_column_table_name(at, i)),
      database: text(x.sqlite3_column_database_name(at, i)),
      type: text(x.sqlite3_column_decltype(at, i)),
    }));
  }
}
