// The same API with every method asynchronous, the database being in a dedicated Worker of its own: the page never
// waits, and "opfs:" works.
import { checkOptions, describe, VssError } from "../module/errors.js";
import { OPEN_OPTIONS } from "../api/open-options.js";

export { decode, encode } from "../module/codec.js";
export { VssError } from "../module/errors.js";
export { mergeTopK } from "../api/merge.js";
export { version } from "../module/version.js";

/** Rows of an iteration that come in one message. */
const ITERATE_ROWS = 100;
/** Rows of insertMany() that go in one message. */
const INSERT_ROWS = 1000;

/** @type {Record<string, ErrorConstructor>} */
const errorClasses = { TypeError, RangeError, SyntaxError };

/**
 * An error as it was on the other side.
 * @param {any} packed
 */
function unpack({
  name,
  message,
  stack,
  code,
  errcode,
  errstr,
  offset,
  cause,
}) {
  const reason =
    cause && Object.assign(new Error(cause.message), { name: cause.name });
  const error =
    name === "VssError"
      ? new VssError(message, { code, errcode, errstr, offset, cause: reason })
      : new (errorClasses[name] ?? Error)(message, reason && { cause: reason });
  if (error.name !== name) error.name = name;
  if (stack)
    error.stack = `${stack}\n    in the Worker, called from\n${error.stack}`;
  return error;
}

/** The line to one Worker. */
class Line {
  /** @type {Worker} */ #worker;
  /** @type {Map<number, { done: (value: any) => void, fail: (error: Error) => void }>} */ #waiting =
    new Map();
  #next = 1;
  /** @type {Error | undefined} */ over;
  /** What runs over there looks at it all the time. Without shared memory there is no way to reach it. */
  interrupted = globalThis.crossOriginIsolated
    ? new Int32Array(new SharedArrayBuffer(4))
    : undefined;

  constructor() {
    if (typeof Worker !== "function")
      throw new Error(
        'vss-wasm/worker: this runtime has no Worker; import "vss-wasm" instead',
      );
    this.#worker = new Worker(new URL("./worker-thread.js", import.meta.url), {
      type: "module",
    });
    this.#worker.onmessage = ({ data: { id, value, error } }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.fail(unpack(error));
      else waiting?.done(value);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault?.();
      this.end(
        new Error(
          `vss-wasm/worker: the Worker failed: ${event.message ?? "it could not be loaded"}`,
        ),
      );
    };
    // The file is free for the next page at once; a page that comes back from the history finds it closed.
    this.hide = () =>
      this.end(new VssError("this database was closed when its page was left"));
    globalThis.addEventListener?.("pagehide", this.hide);
  }

  /**
   * @param {number} target
   * @param {string} method
   * @param {unknown[]} args
   * @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  ask(target, method, args, transfer = []) {
    return new Promise((done, fail) => {
      if (this.over) return fail(this.over);
      const id = this.#next++;
      // Recorded only if the message could be sent: what cannot be cloned throws here.
      this.#worker.postMessage({ id, target, method, args }, transfer);
      this.#waiting.set(id, { done, fail });
    });
  }

  /** @param {Error} why */
  end(why) {
    if (this.over) return;
    this.over = why;
    this.#worker.terminate();
    globalThis.removeEventListener?.("pagehide", this.hide);
    for (const { fail } of this.#waiting.values()) fail(why);
    this.#waiting.clear();
  }
}

class AsyncStatement {
  #line;
  #target;
  /** @type {AsyncDatabase} */ database;

  /**
   * @param {AsyncDatabase} database
   * @param {Line} line
   * @param {any} facts
   */
  constructor(database, line, { target, sql, readonly, reader }) {
    this.database = database;
    this.#line = line;
    this.#target = target;
    this.sql = sql;
    this.readonly = readonly;
    this.reader = reader;
  }

  /** @param {unknown[]} params */
  run(...params) {
    return this.#line.ask(this.#target, "run", params);
  }

  /** @param {unknown[]} params */
  get(...params) {
    return this.#line.ask(this.#target, "get", params);
  }

  /** @param {unknown[]} params */
  all(...params) {
    return this.#line.ask(this.#target, "all", params);
  }

  /** @param {unknown[]} params */
  async *iterate(...params) {
    const rows = await this.#line.ask(this.#target, "iterate", params);
    try {
      for (;;) {
        const batch = await this.#line.ask(0, "take", [rows, ITERATE_ROWS]);
        yield* batch.rows;
        if (batch.done) return;
      }
    } finally {
      if (!this.#line.over) {
        await this.#line.ask(rows, "return", []);
        await this.#line.ask(0, "forget", [rows]);
      }
    }
  }

  async raw(on = true) {
    await this.#line.ask(this.#target, "raw", [on]);
    return this;
  }

  async pluck(on = true) {
    await this.#line.ask(this.#target, "pluck", [on]);
    return this;
  }

  columns() {
    return this.#line.ask(this.#target, "columns", []);
  }

  async finalize() {
    if (this.#line.over) return;
    await this.#line.ask(this.#target, "finalize", []);
  }
}

class AsyncVssTable {
  #line;
  #target;
  /** @type {AsyncDatabase} */ database;

  /**
   * @param {AsyncDatabase} database
   * @param {Line} line
   * @param {any} facts
   */
  constructor(database, line, { target, name, columns }) {
    this.database = database;
    this.#line = line;
    this.#target = target;
    this.name = name;
    this.columns = columns;
  }

  get count() {
    return this.#line.ask(0, "property", [this.#target, "count"]);
  }

  /** @param {unknown} row */
  insert(row) {
    return this.#line.ask(this.#target, "insert", [row]);
  }

  /** @param {unknown} id */
  get(id) {
    return this.#line.ask(this.#target, "get", [id]);
  }

  /** @param {unknown} id */
  delete(id) {
    return this.#line.ask(this.#target, "delete", [id]);
  }

  /**
   * @param {unknown} query
   * @param {unknown} options
   */
  async search(query, options) {
    const { signal, ...rest } = /** @type {any} */ (options ?? {});
    signal?.throwIfAborted();
    const answer = this.#line.ask(this.#target, "search", [
      query,
      signal ? rest : options,
    ]);
    if (!signal) return answer;
    return new Promise((done, fail) => {
      const abort = () => {
        if (this.#line.interrupted) this.database.interrupt();
        fail(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      answer
        .then(done, fail)
        .finally(() => signal.removeEventListener("abort", abort));
    });
  }

  /**
   * @param {any} rows
   * @param {any} [options]
   */
  async insertMany(rows, options) {
    const { onProgress, signal } = checkOptions(
      options,
      ["onProgress", "signal"],
      "insertMany",
    );
    if (typeof rows !== "object" || rows === null)
      return this.#line.ask(this.#target, "insertMany", [rows]);
    const { total, slice } = isIterable(rows)
      ? sliceRows(rows)
      : sliceColumns(rows, this.columns);
    return this.database.exclusively(async () => {
      signal?.throwIfAborted();
      await this.database.exec("savepoint vss_many");
      try {
        let done = 0;
        do {
          const { part, transfer } = slice(done, done + INSERT_ROWS);
          done += await this.#line.ask(
            this.#target,
            "insertMany",
            [part],
            transfer,
          );
          onProgress?.(done, total);
          signal?.throwIfAborted();
        } while (done < total);
        await this.database.exec("release vss_many");
        return done;
      } catch (error) {
        if (!this.#line.over)
          await this.database
            .exec("rollback to vss_many; release vss_many")
            .catch(() => {});
        throw error;
      }
    });
  }
}

/** @param {any} rows */
const isIterable = (rows) => typeof rows[Symbol.iterator] === "function";

/** @param {Iterable<unknown>} rows */
function sliceRows(rows) {
  const all = Array.isArray(rows) ? rows : [...rows];
  return {
    total: all.length,
    /** @type {(from: number, to: number) => { part: unknown, transfer: Transferable[] }} */
    slice: (from, to) => ({ part: all.slice(from, to), transfer: [] }),
  };
}

/**
 * A part of each column. Vectors are copied once, into buffers that are handed over.
 * @param {Record<string, any>} columns
 * @param {any[]} known
 */
function sliceColumns(columns, known) {
  const names = Object.keys(columns);
  const width = (/** @type {string} */ name) => {
    const column = known.find(
      (c) => c.name.toLowerCase() === name.toLowerCase(),
    );
    return column?.vector && columns[name] instanceof Float32Array
      ? column.dimensions
      : 1;
  };
  const rowsOf = (/** @type {string} */ name) =>
    (columns[name]?.length ?? 0) / width(name);
  const total = names.length === 0 ? 0 : Math.max(...names.map(rowsOf));
  // Unequal lengths go over whole: the table has the words for what is wrong with them.
  const odd = names.some(
    (name) => rowsOf(name) !== total || !columns[name]?.slice,
  );
  return {
    total,
    /** @type {(from: number, to: number) => { part: unknown, transfer: Transferable[] }} */
    slice(from, to) {
      if (odd) return { part: columns, transfer: [] };
      /** @type {Transferable[]} */
      const transfer = [];
      const part = Object.fromEntries(
        names.map((name) => {
          const piece = columns[name].slice(
            from * width(name),
            to * width(name),
          );
          if (ArrayBuffer.isView(piece))
            transfer.push(/** @type {ArrayBuffer} */ (piece.buffer));
          return [name, piece];
        }),
      );
      return { part, transfer };
    },
  };
}

class AsyncDatabase {
  #line;
  #target;
  /** @type {Promise<unknown>} */ #last = Promise.resolve();
  #inTransaction = false;

  /**
   * @param {Line} line
   * @param {any} facts
   */
  constructor(line, { target, location, readonly }) {
    this.#line = line;
    this.#target = target;
    this.location = location;
    this.readonly = readonly;
  }

  get open() {
    return !this.#line.over;
  }

  get inTransaction() {
    return this.#line.ask(0, "property", [this.#target, "inTransaction"]);
  }

  /** @param {unknown} sql */
  async exec(sql) {
    await this.#line.ask(this.#target, "exec", [sql]);
    return this;
  }

  /** @param {unknown} sql */
  async prepare(sql) {
    return new AsyncStatement(
      this,
      this.#line,
      await this.#line.ask(this.#target, "prepare", [sql]),
    );
  }

  /**
   * @param {unknown} name
   * @param {unknown} [columns]
   */
  async vss0(name, columns) {
    return new AsyncVssTable(
      this,
      this.#line,
      await this.#line.ask(this.#target, "vss0", [name, columns]),
    );
  }

  /** @returns {never} */
  function() {
    throw new TypeError(
      "function: JavaScript functions cannot go to a Worker; open the database in a Worker of yours to define some",
    );
  }

  /**
   * One after the other: bulk inserts, and transactions after them.
   * @template T
   * @param {() => Promise<T>} body
   * @returns {Promise<T>}
   */
  exclusively(body) {
    const run = this.#last.then(body, body);
    this.#last = run.catch(() => {});
    return run;
  }

  /** @param {any} fn */
  transaction(fn) {
    if (typeof fn !== "function")
      throw new TypeError(
        `transaction: ${describe(fn)} came, expected a function`,
      );
    const make =
      (/** @type {string} */ begin) =>
      async (/** @type {unknown[]} */ ...args) => {
        if (this.#inTransaction) {
          throw new VssError(
            "transaction: another one is running on this connection: wait for its end, or use savepoints through exec()",
          );
        }
        this.#inTransaction = true;
        try {
          await this.#last;
          await this.exec(begin);
          try {
            const result = await fn(...args);
            await this.exec("COMMIT");
            return result;
          } catch (error) {
            // SQLite may have rolled back by itself.
            if (!this.#line.over && (await this.inTransaction))
              await this.exec("ROLLBACK");
            throw error;
          }
        } finally {
          this.#inTransaction = false;
        }
      };
    return Object.assign(make("BEGIN"), {
      deferred: make("BEGIN DEFERRED"),
      immediate: make("BEGIN IMMEDIATE"),
      exclusive: make("BEGIN EXCLUSIVE"),
    });
  }

  /** The statement that runs ends with SQLITE_INTERRUPT; what was asked after it is not affected. */
  interrupt() {
    const flag = this.#line.interrupted;
    if (!flag) {
      throw new VssError(
        "interrupt: the page is not cross-origin isolated (COOP and COEP headers), so a running Worker cannot be reached: open with a deadline",
      );
    }
    Atomics.store(flag, 0, 1);
  }

  serialize() {
    return this.#line.ask(this.#target, "serialize", []);
  }

  async close() {
    if (this.#line.over) return;
    await this.#line.ask(this.#target, "close", []);
    this.#line.end(new VssError("this database is closed"));
  }
}

/** @type {import('./index.js').WasmSource | undefined} */
let defaultWasm;

/**
 * What a Worker can be sent: addresses are made absolute here, where they are meant.
 * @param {any} source
 */
async function sendable(source) {
  const given = await source;
  if (given instanceof URL) return given.href;
  if (typeof given === "string")
    return new URL(given, globalThis.location?.href).href;
  if (typeof Response === "function" && given instanceof Response)
    return given.arrayBuffer();
  return given;
}

/** @param {{ wasm?: import('./index.js').WasmSource }} [options] */
export async function init(options) {
  const { wasm } = checkOptions(options, ["wasm"], "init");
  if (wasm !== undefined) defaultWasm = await sendable(wasm);
}

/**
 * @param {unknown} [at]
 * @param {import('./index.js').OpenOptions} [options]
 */
export async function open(at, options) {
  const given = checkOptions(options, OPEN_OPTIONS, "open");
  if (given.stop !== undefined)
    throw new TypeError(
      "open: stop cannot go to a Worker; use interrupt(), a signal or a deadline",
    );
  const wasm = (await sendable(given.wasm)) ?? defaultWasm;
  const line = new Line();
  try {
    const facts = await line.ask(0, "open", [
      at,
      wasm === undefined ? given : { ...given, wasm },
      line.interrupted,
    ]);
    return /** @type {any} */ (new AsyncDatabase(line, facts));
  } catch (error) {
    line.end(/** @type {Error} */ (error));
    throw error;
  }
}
