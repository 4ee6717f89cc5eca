// A connection: one database in one module instance.
import {
  checkOptions,
  checkText,
  describe,
  dispose,
  VssError,
} from "../module/errors.js";
import { OPEN, SQLITE } from "../module/sqlite-codes.js";
import { Statement } from "./statement.js";
import { makeTransaction } from "./transaction.js";
import { argument, setResult } from "../module/values.js";
import { openTable } from "./vss-table.js";

/** Flags of sqlite3_create_function(). */
const FUNCTION = { DETERMINISTIC: 0x800, INNOCUOUS: 0x200000 };
const MAX_FUNCTION_ARGS = 127;

const secret = Symbol("only open() makes databases");

/**
 * @typedef {ReturnType<typeof import('./open-options.js').checkOpenOptions> &
 *   { location: string, path: string, bytes?: Uint8Array }} OpenHow
 */

export class Database {
  /** @type {import('../module/capi.js').Capi} */ #capi;
  /** @type {number} 0 once closed */ #at = 0;
  /** @type {string} */ #location;
  #readonly = false;
  /** @type {Set<Statement>} */ #statements = new Set();

  /**
   * @param {symbol} key
   * @param {import('../module/capi.js').Capi} capi
   * @param {string} location
   */
  constructor(key, capi, location) {
    if (key !== secret) throw new TypeError("a Database comes from open()");
    this.#capi = capi;
    this.#location = location;
  }

  /**
   * @param {import('../module/capi.js').Capi} capi
   * @param {OpenHow} how
   */
  static connect(capi, how) {
    const db = new Database(secret, capi, how.location);
    db.#readonly = how.readonly;
    try {
      db.#connect(how);
    } catch (error) {
      db.#end();
      throw error;
    }
    return db;
  }

  /** @param {OpenHow} how */
  #connect(how) {
    const { path, bytes, readonly, create, untrusted } = how;
    const { x, memory } = this.#capi;
    this.#capi.stop = how.stop;
    // A database in memory has to be writable while it is opened; bytes are made read-only when they are put in.
    const mayWrite = !readonly || path === ":memory:";
    const flags = mayWrite
      ? OPEN.READWRITE | (create || path === ":memory:" ? OPEN.CREATE : 0)
      : OPEN.READONLY;
    const name = memory.newText(path);
    const out = this.#capi.malloc(4);
    const rc = x.vss_js_open(name, flags, out);
    this.#at = memory.u32(out);
    x.sqlite3_free(name);
    x.sqlite3_free(out);
    this.#check(
      rc ||
        x.vss_js_restrict(
          this.#at,
          untrusted ? 1 : 0,
          how.deadline < Infinity ? how.deadline : -1,
          how.stop ? 1 : 0,
          how.memoryLimit,
        ),
    );
    if (bytes?.byteLength) {
      const at = memory.newBytes(bytes);
      this.#check(
        x.vss_js_deserialize(this.#at, at, bytes.byteLength, readonly ? 1 : 0),
      );
    }
    // Read the header now: what is no database is refused here, and a journal left by a crash is played back.
    // An empty database in memory has neither, and SQLite's parser is not compiled before it is needed.
    if (path !== ":memory:" || bytes?.byteLength)
      this.exec("SELECT count(*) FROM sqlite_schema");
    if (untrusted) this.#check(x.vss_js_check(this.#at));
    if (readonly && path === ":memory:") this.exec("PRAGMA query_only=1");
  }

  /** The sqlite3 pointer, for statements. */
  get handle() {
    return this.#usable();
  }

  get location() {
    return this.#location;
  }

  get open() {
    return this.#at !== 0;
  }

  get readonly() {
    return this.#readonly;
  }

  /** Open, and the module has not trapped. */
  get usable() {
    return this.#at !== 0 && !this.#capi.poison;
  }

  get inTransaction() {
    return this.#capi.x.sqlite3_get_autocommit(this.#usable()) === 0;
  }

  /** For the other classes of this package. */
  get capi() {
    return this.#capi;
  }

  #usable() {
    if (this.#at === 0) throw new VssError("this database is closed");
    return this.#at;
  }

  /** @param {number} rc */
  #check(rc) {
    if (rc !== 0) throw this.#capi.error(this.#at, rc);
  }

  /** @param {string} sql */
  exec(sql) {
    const at = this.#usable();
    const { x, memory } = this.#capi;
    const text = memory.newText(checkText(sql, "exec: sql"));
    try {
      const rc = x.vss_js_exec(at, text);
      // No offset: SQLite counts from the statement that failed, not from the start of the text.
      if (rc !== 0) throw this.#capi.error(at, rc);
    } finally {
      if (!this.#capi.poison) x.sqlite3_free(text);
    }
    return this;
  }

  /** @param {string} sql */
  prepare(sql) {
    const at = this.#usable();
    const { x, memory } = this.#capi;
    const text = memory.newText(checkText(sql, "prepare: sql"));
    const size = memory.size;
    const out = this.#capi.malloc(8);
    let compiled;
    let more;
    try {
      const rc = x.vss_js_prepare(at, text, size, out, out + 4);
      compiled = memory.u32(out);
      more = memory.u32(out + 4);
      if (rc !== 0) throw this.#capi.error(at, rc, sql);
    } finally {
      if (!this.#capi.poison) {
        x.sqlite3_free(text);
        x.sqlite3_free(out);
      }
    }
    if (compiled === 0)
      throw new TypeError("prepare: the text holds no SQL statement");
    if (more) {
      x.sqlite3_finalize(compiled);
      throw new TypeError(
        "prepare: the text goes on after its first statement: use exec() for several",
      );
    }
    /** @type {Statement} */
    const statement = new Statement(this, this.#capi, compiled, sql, () =>
      this.#statements.delete(statement),
    );
    this.#statements.add(statement);
    return /** @type {any} */ (statement);
  }

  /** @param {any} fn */
  transaction(fn) {
    this.#usable();
    return /** @type {any} */ (makeTransaction(this, fn));
  }

  /**
   * @param {string} name
   * @param {any} options
   * @param {any} [fn]
   */
  function(name, options, fn) {
    const at = this.#usable();
    if (fn === undefined) [fn, options] = [options, undefined];
    checkText(name, "function: name");
    if (typeof fn !== "function")
      throw new TypeError(
        `function ${name}: ${describe(fn)} came, expected a function`,
      );
    const given = checkOptions(
      options,
      ["deterministic", "innocuous", "varargs"],
      `function ${name}`,
    );
    const argc = given.varargs ? -1 : fn.length;
    if (argc > MAX_FUNCTION_ARGS)
      throw new RangeError(
        `function ${name}: ${argc} arguments, at most ${MAX_FUNCTION_ARGS}`,
      );
    const flags =
      (given.deterministic ? FUNCTION.DETERMINISTIC : 0) |
      (given.innocuous ? FUNCTION.INNOCUOUS : 0);
    const { x, memory } = this.#capi;
    const id = this.#capi.addFunction((context, count, argv) =>
      this.#call(fn, context, count, argv),
    );
    const text = memory.newText(name);
    const rc = x.vss_js_create_function(at, text, argc, flags, id);
    x.sqlite3_free(text);
    this.#check(rc);
    return this;
  }

  /**
   * Called by C: nothing may be thrown.
   * @param {(...args: unknown[]) => unknown} fn
   * @param {number} context
   * @param {number} count
   * @param {number} argv
   */
  #call(fn, context, count, argv) {
    const capi = this.#capi;
    try {
      const args = [];
      for (let i = 0; i < count; i++)
        args.push(argument(capi, capi.memory.u32((argv >>> 0) + 4 * i)));
      const result = fn(...args);
      if (typeof (/** @type {any} */ (result)?.then) === "function") {
        throw new TypeError("a user function must not return a promise");
      }
      setResult(capi, context, result);
    } catch (error) {
      if (capi.poison) return;
      capi.functionError = error;
      this.#resultError(context, error);
    }
  }

  /**
   * @param {number} context
   * @param {unknown} error
   */
  #resultError(context, error) {
    const { x, memory } = this.#capi;
    try {
      const text = memory.newText(
        error instanceof Error ? error.message : String(error),
      );
      x.sqlite3_result_error(context, text, memory.size);
      x.sqlite3_free(text);
    } catch {
      if (!this.#capi.poison)
        x.sqlite3_result_error_code(context, SQLITE.NOMEM);
    }
  }

  /**
   * @param {string} name
   * @param {Record<string, number | string>} [columns]
   */
  vss0(name, columns) {
    this.#usable();
    return openTable(this, name, columns);
  }

  /** From a user function, or `stop`: the running statement ends with SQLITE_INTERRUPT. */
  interrupt() {
    this.#capi.x.sqlite3_interrupt(this.#usable());
  }

  serialize() {
    const at = this.#usable();
    if (this.inTransaction)
      throw new VssError(
        "serialize: a transaction is open, its end is not known yet",
        { errcode: SQLITE.BUSY },
      );
    const { x, memory } = this.#capi;
    const out = this.#capi.malloc(8);
    const bytes = x.vss_js_serialize(at, out);
    const size = memory.f64(out);
    x.sqlite3_free(out);
    if (bytes === 0) {
      if (size > 0) throw this.#capi.outOfMemory();
      return new Uint8Array(0);
    }
    try {
      return memory.copy(bytes, size);
    } finally {
      x.sqlite3_free(bytes);
    }
  }

  close() {
    if (this.#at === 0) return;
    if (this.#capi.depth > 0 && !this.#capi.poison) {
      throw new VssError("close: a user function is running", {
        errcode: SQLITE.MISUSE,
      });
    }
    for (const statement of [...this.#statements]) statement.finalize();
    this.#end();
  }

  /** Let go of everything, also after a trap. */
  #end() {
    const at = this.#at;
    this.#at = 0;
    try {
      if (at !== 0 && !this.#capi.poison) this.#capi.x.sqlite3_close_v2(at);
    } finally {
      this.#capi.files.close();
    }
  }

  [dispose]() {
    this.close();
  }
}
