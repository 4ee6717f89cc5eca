// One compiled statement.
import {
  describe,
  dispose,
  isRecord,
  suggest,
  VssError,
} from "../module/errors.js";
import { SQLITE } from "../module/sqlite-codes.js";
import { bind, column, toRowId } from "../module/values.js";

const STATUS_REPREPARE = 5;

/** @typedef {import('../entries/index.js').ColumnValue} ColumnValue */

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
const isNamed = (value) =>
  isRecord(value) &&
  !(value instanceof ArrayBuffer) &&
  !(value instanceof Date);

export class Statement {
  /** @type {import('./database.js').Database} */ #db;
  /** @type {import('../module/capi.js').Capi} */ #capi;
  /** @type {number} 0 once finalized */ #at;
  /** @type {() => void} */ #forget;
  /** @type {string} */ #sql;
  /** @type {'row' | 'raw' | 'pluck'} */ #shape = "row";
  #iterating = false;
  /** True inside vss_js_step(): a user function must not touch the statement that called it. */ #stepping = false;
  /** True between a run's start and its reset; still true at the next start where the JavaScript stack ended in between. */ #dirty = false;
  /** How often SQLite had recompiled the statement when its column names were read. */ #compiled =
    -1;
  /** @type {string[] | undefined} */ #names;
  /** @type {(string | null)[] | undefined} one a parameter, null for nameless ones */ #parameters;
  /** @type {number[]} parameters that hold a BLOB or a text until the next reset */ #held =
    [];
  /** True where a name occurs that plain assignment would misread. */ #strangeNames = false;

  /**
   * @param {import('./database.js').Database} db
   * @param {import('../module/capi.js').Capi} capi
   * @param {number} at
   * @param {string} sql
   * @param {() => void} forget called once, when the statement is finalized
   */
  constructor(db, capi, at, sql, forget) {
    this.#db = db;
    this.#capi = capi;
    this.#at = at;
    this.#sql = sql;
    this.#forget = forget;
  }

  get database() {
    return this.#db;
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

  #usable() {
    if (this.#at === 0) {
      throw new VssError(
        this.#db.open
          ? "this statement is finalized"
          : "this database is closed",
      );
    }
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

  /** @param {number} rc */
  #error(rc) {
    return this.#capi.error(this.#db.handle, rc);
  }

  /** @param {unknown[]} args */
  #bind(args) {
    if (this.#dirty) this.#reset();
    this.#dirty = true;
    if (args.length === 1 && isNamed(args[0]))
      return this.#bindNames(args[0], []);
    if (args.length === 2 && Array.isArray(args[0]) && isNamed(args[1]))
      return this.#bindNames(args[1], args[0]);
    const values = args.length === 1 && Array.isArray(args[0]) ? args[0] : args;
    const { x } = this.#capi;
    const expected = x.sqlite3_bind_parameter_count(this.#at);
    if (values.length !== expected) {
      throw new RangeError(
        `${values.length} values came, the statement has ${expected} parameters`,
      );
    }
    for (let i = 0; i < expected; i++)
      this.#bindOne(i + 1, values[i], () => `value ${i + 1}`);
  }

  /**
   * @param {number} index
   * @param {unknown} value
   * @param {() => string} subject
   */
  #bindOne(index, value, subject) {
    const rc = bind(this.#capi, this.#at, index, value, subject);
    if (rc !== 0) throw this.#error(rc);
    if (typeof value === "object" || typeof value === "string")
      this.#held.push(index);
  }

  #parameterNames() {
    if (this.#parameters) return this.#parameters;
    const { x, memory } = this.#capi;
    const names = [];
    for (let i = 1; i <= x.sqlite3_bind_parameter_count(this.#at); i++) {
      const name = x.sqlite3_bind_parameter_name(this.#at, i);
      names.push(name === 0 ? null : memory.cText(name));
    }
    return (this.#parameters = names);
  }

  /**
   * @param {Record<string, unknown>} values
   * @param {unknown[]} list for the parameters before the first one that is named in `values`
   */
  #bindNames(values, list) {
    const names = this.#parameterNames();
    const bare = names.map((name) => name?.slice(1) ?? null);
    /** @type {Set<number>} */
    const given = new Set();
    for (const [key, value] of Object.entries(values)) {
      let i = names.indexOf(key);
      // Two parameters may differ in their prefix only: all of them get the value.
      const found =
        i >= 0 ? [i] : bare.flatMap((name, at) => (name === key ? [at] : []));
      if (found.length === 0) {
        const known = bare.filter((name) => name !== null);
        const hint = known.length
          ? suggest(key, known)
          : ": the statement has no named parameters";
        throw new TypeError(`unknown parameter "${key}"${hint}`);
      }
      for (i of found) {
        this.#bindOne(i + 1, value, () => `parameter "${key}"`);
        given.add(i);
      }
    }
    const free = given.size ? Math.min(...given) : names.length;
    if (list.length > free)
      throw new RangeError(
        `${list.length} values came, the statement has ${free} parameters for them`,
      );
    list.forEach((value, i) => {
      this.#bindOne(i + 1, value, () => `value ${i + 1}`);
      given.add(i);
    });
    const missing = names.findIndex((_, i) => !given.has(i));
    if (missing >= 0)
      throw new TypeError(
        `parameter ${names[missing] ?? missing + 1} has no value`,
      );
  }

  #columnNames() {
    const { x, memory } = this.#capi;
    // A changed schema recompiles the statement, and `select *` may then have other columns.
    const compiled = x.sqlite3_stmt_status(this.#at, STATUS_REPREPARE, 0);
    if (this.#names && compiled === this.#compiled) return this.#names;
    this.#compiled = compiled;
    const names = [];
    for (let i = 0; i < x.sqlite3_column_count(this.#at); i++)
      names.push(memory.cText(x.sqlite3_column_name(this.#at, i)));
    this.#strangeNames = names.includes("__proto__");
    return (this.#names = names);
  }

  /** @param {string[]} names */
  #row(names) {
    const capi = this.#capi;
    const at = this.#at;
    if (this.#shape === "pluck") return column(capi, at, 0);
    if (this.#shape === "raw") return names.map((_, i) => column(capi, at, i));
    /** @type {Record<string, ColumnValue>} */
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

  /** True on a row, false at the end. */
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
    throw this.#error(rc);
  }

  /** In the middle of a step: only a user function can look at this and find it true. */
  get #running() {
    return this.#stepping && this.#capi.depth > 0;
  }

  /** Ready for the next run. What a failed step returned comes again here and was thrown already. */
  #reset() {
    if (this.#at === 0 || this.#running || this.#capi.poison) return;
    const { x } = this.#capi;
    x.sqlite3_reset(this.#at);
    // Not sqlite3_clear_bindings(): it has a statement with `limit ?` compiled again at its next run.
    // Numbers may stay, since every run binds every parameter; BLOBs and texts would hold their memory.
    for (const index of this.#held) x.sqlite3_bind_null(this.#at, index);
    this.#held.length = 0;
    this.#dirty = false;
  }

  /** @param {unknown[]} params */
  run(...params) {
    this.#usable();
    const { x } = this.#capi;
    try {
      this.#bind(params);
      while (this.#step());
      return {
        changes: x.vss_js_changes(this.#db.handle),
        lastInsertRowid: toRowId(x.sqlite3_last_insert_rowid(this.#db.handle)),
      };
    } finally {
      this.#reset();
    }
  }

  /** @param {unknown[]} params */
  get(...params) {
    this.#usable();
    try {
      this.#bind(params);
      return this.#step() ? this.#row(this.#columnNames()) : undefined;
    } finally {
      this.#reset();
    }
  }

  /** @param {unknown[]} params */
  all(...params) {
    this.#usable();
    /** @type {any[]} */
    const rows = [];
    try {
      this.#bind(params);
      if (!this.#step()) return rows;
      // After the first step: only then is a statement whose schema changed recompiled.
      const names = this.#columnNames();
      do rows.push(this.#row(names));
      while (this.#step());
      return rows;
    } finally {
      this.#reset();
    }
  }

  /**
   * @param {unknown[]} params
   * @returns {IterableIterator<any>}
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
    /** @type {IterableIterator<any>} */
    const iterator = {
      next: () => {
        if (over) return { done: true, value: undefined };
        try {
          if (this.#at === 0)
            throw new VssError(
              this.#db.open
                ? "this statement is finalized"
                : "this database is closed",
            );
          if (!this.#step()) {
            end();
            return { done: true, value: undefined };
          }
          names ??= this.#columnNames();
          return { done: false, value: this.#row(names) };
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
   */
  #setShape(shape, on) {
    this.#usable();
    if (typeof on !== "boolean")
      throw new TypeError(
        `${shape}: ${describe(on)} came, expected true or false`,
      );
    if (!this.reader)
      throw new TypeError(`${shape}: this statement gives no rows`);
    this.#shape = on ? shape : "row";
    return /** @type {any} */ (this);
  }

  raw(on = true) {
    return this.#setShape("raw", on);
  }

  pluck(on = true) {
    return this.#setShape("pluck", on);
  }

  columns() {
    const at = this.#usable();
    const { x, memory } = this.#capi;
    const text = (/** @type {number} */ p) =>
      p === 0 ? null : memory.cText(p);
    return this.#columnNames().map((name, i) => ({
      name,
      column: text(x.sqlite3_column_origin_name(at, i)),
      table: text(x.sqlite3_column_table_name(at, i)),
      database: text(x.sqlite3_column_database_name(at, i)),
      type: text(x.sqlite3_column_decltype(at, i)),
    }));
  }

  finalize() {
    if (this.#at === 0) return;
    if (this.#capi.depth > 0 && !this.#capi.poison) {
      throw new VssError("finalize: a user function is running", {
        errcode: SQLITE.MISUSE,
      });
    }
    const at = this.#at;
    this.#at = 0;
    this.#iterating = false;
    this.#forget();
    if (!this.#capi.poison) this.#capi.x.sqlite3_finalize(at);
  }

  [dispose]() {
    this.finalize();
  }

  /**
   * Run once a row of a batch (batch.js), binding by pointer.
   * @param {number} rows
   * @param {number} columns
   * @param {number} table of VssJsColumn
   * @param {number} outDone
   */
  runBatch(rows, columns, table, outDone) {
    const at = this.#usable();
    this.#stepping = true;
    try {
      const rc = this.#capi.x.vss_js_run_batch(
        at,
        rows,
        columns,
        table,
        outDone,
      );
      if (rc !== 0) throw this.#error(rc);
    } finally {
      this.#stepping = false;
    }
  }
}
