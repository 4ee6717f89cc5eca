// One instance of the module: its imports, its exports behind a guard, and SQLite's errors.
//
// Each database has an instance of its own. Closing the database gives the memory back, and a trap,
// which leaves an instance in an unknown state, ends one database and no other.
import { VssError } from "./vss-error.js";
import { Memory, utf16Offset } from "./memory.js";
import { primaryCode, SQLITE } from "./sqlite-codes.js";
import { FileTable } from "./vfs.js";

/** VSS_JS_ABI of wasm/shim.c. */
const ABI = 6;

/**
 * @typedef {Record<string, (...args: any[]) => any>} Exports
 * @typedef {(context: number, argc: number, argv: number) => void} Callback
 */

/**
 * Fill with random bytes. A runtime may refuse them at first (Cloudflare does in a Worker's global
 * scope); then weaker ones do, since SQLite uses them for the checks of journals and for random(),
 * and not for secrets.
 * @param {Uint8Array<any>} target
 */
function fillRandom(target) {
  try {
    for (let i = 0; i < target.length; i += 65536)
      crypto.getRandomValues(target.subarray(i, i + 65536));
  } catch {
    let seed = Date.now() >>> 0;
    for (let i = 0; i < target.length; i++) {
      seed = (Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + i) >>> 0;
      target[i] = seed >>> 24;
    }
  }
}

/** @param {number} seconds */
function localFields(seconds) {
  const d = new Date(seconds * 1000);
  const yearDay = Math.round(
    (Date.UTC(d.getFullYear(), d.getMonth(), d.getDate()) -
      Date.UTC(d.getFullYear(), 0)) /
      864e5,
  );
  return [
    d.getSeconds(),
    d.getMinutes(),
    d.getHours(),
    d.getDate(),
    d.getMonth(),
    d.getFullYear() - 1900,
    d.getDay(),
    yearDay,
  ];
}

export class Capi {
  /** @type {Exports} guarded */ x;
  /** @type {Memory} */ memory;
  /** @type {FileTable} */ files;
  /** @type {VssError | undefined} set once a trap has happened */ poison;
  /** @type {Map<number, Callback>} */ #functions = new Map();
  #nextFunction = 1;
  /** The number of calls of user functions that are running. */
  depth = 0;
  /** What a user function threw last, until an error takes it as its cause. */
  /** @type {unknown} */ functionError = undefined;
  /** @type {(() => unknown) | undefined} asked during long work: true ends it */ stop;
  /** @type {((done: number, total: number) => void) | undefined} told while an index is built */
  onBuild;

  /**
   * @param {WebAssembly.Module} module
   * @param {import('./vfs.js').Store} store
   * @param {WebAssembly.Module} [relaxed] faster kernels, where the engine has relaxed SIMD
   */
  static async create(module, store, relaxed) {
    const self = new Capi(store);
    await self.#instantiate(module, relaxed);
    return self;
  }

  /** @param {import('./vfs.js').Store} store */
  constructor(store) {
    this.files = new FileTable(store);
    this.memory = /** @type {any} */ (undefined);
    this.x = {};
  }

  /**
   * @param {WebAssembly.Module} module
   * @param {WebAssembly.Module} [relaxed]
   */
  async #instantiate(module, relaxed) {
    const memory = () => this.memory;
    const imports = {
      env: { emscripten_notify_memory_growth() {} },
      vss: {
        ...this.files.imports(memory),
        /** @type {(at: number, size: number) => void} */
        randomBytes: (at, size) => fillRandom(memory().lend(at, size)),
        now: () => Date.now(),
        stop: () => this.#ask(this.stop),
        /** @type {(done: number, total: number) => number} */
        build: (...counts) => this.#ask(() => void this.onBuild?.(...counts)),
        /** @type {(seconds: number, at: number) => void} */
        localTime: (seconds, at) =>
          memory().write(at, Int32Array.from(localFields(seconds))),
        /** @type {(id: number, context: number, argc: number, argv: number) => void} */
        functionCall: (id, context, argc, argv) =>
          this.#functions.get(id)?.(context, argc, argv),
        /** @type {(id: number) => void} */
        functionFree: (id) => void this.#functions.delete(id),
      },
    };
    let raw;
    try {
      raw = /** @type {any} */ (
        (await WebAssembly.instantiate(module, imports)).exports
      );
    } catch (error) {
      if (!(error instanceof WebAssembly.LinkError)) throw error;
      throw abiError("does not fit", error);
    }
    const abi = raw.vss_js_abi?.();
    if (abi !== ABI)
      throw abiError(
        abi === undefined ? "has no ABI number" : `has ABI number ${abi}`,
      );
    raw._initialize?.();
    if (relaxed) {
      const env = { memory: raw.memory };
      const side = await WebAssembly.instantiate(relaxed, { env });
      raw.__indirect_function_table.set(
        raw.vss_js_relaxed_slot(),
        side.exports.vss_bounds_block_u4_relaxed,
      );
      raw.vss_js_use_relaxed();
    }
    for (const [name, f] of Object.entries(raw))
      if (typeof f === "function") this.x[name] = this.#guard(f);
    this.memory = new Memory(raw.memory, (size) => this.malloc(size));
  }

  /**
   * The same function, which refuses once the instance has trapped. It has no rest parameters,
   * which would cost time in the calls that matter most.
   * @param {(...args: any[]) => any} f
   * @returns {(...args: any[]) => any}
   */
  #guard(f) {
    switch (f.length) {
      case 0:
      case 1:
        return (a) => {
          if (this.poison) throw this.#refusal();
          try {
            return f(a);
          } catch (error) {
            throw this.#trap(error);
          }
        };
      case 2:
        return (a, b) => {
          if (this.poison) throw this.#refusal();
          try {
            return f(a, b);
          } catch (error) {
            throw this.#trap(error);
          }
        };
      case 3:
        return (a, b, c) => {
          if (this.poison) throw this.#refusal();
          try {
            return f(a, b, c);
          } catch (error) {
            throw this.#trap(error);
          }
        };
      default:
        return (a, b, c, d, e) => {
          if (this.poison) throw this.#refusal();
          try {
            return f(a, b, c, d, e);
          } catch (error) {
            throw this.#trap(error);
          }
        };
    }
  }

  /**
   * Imports throw only to pass a trap on, so whatever a call throws is a trap.
   * @param {unknown} cause
   */
  #trap(cause) {
    const why = /** @type {any} */ (cause)?.message ?? String(cause);
    this.poison ??= new VssError(
      `the module trapped (${why}): this database can no longer be used, open it again`,
      {
        code: "VSS_TRAPPED",
        errcode: SQLITE.INTERNAL,
        cause,
      },
    );
    return this.poison;
  }

  #refusal() {
    const { message } = /** @type {VssError} */ (this.poison);
    return new VssError(message, {
      code: "VSS_TRAPPED",
      errcode: SQLITE.INTERNAL,
      cause: this.poison,
    });
  }

  /**
   * @param {number} size
   * @returns {number}
   */
  malloc(size) {
    const at = this.x.vss_js_malloc(size) >>> 0;
    if (at === 0) throw this.outOfMemory();
    return at;
  }

  /**
   * Free what malloc() gave. After a trap this does nothing, since no export may be called.
   * @param {number} at
   */
  free(at) {
    if (!this.poison) this.x.sqlite3_free(at);
  }

  /** True while a user function runs. The statement that calls it must not be freed then. */
  get isInFunction() {
    return this.depth > 0 && !this.poison;
  }

  outOfMemory() {
    return new VssError("out of memory", { errcode: SQLITE.NOMEM });
  }

  /**
   * The error of the last call on `db`.
   * @param {number} db
   * @param {number} rc its result
   * @param {string} [sql] what was compiled, for the offset
   * @param {string} [subject] what the message begins with
   */
  error(db, rc, sql, subject = "") {
    const { x, memory } = this;
    const errcode =
      db && primaryCode(rc) !== SQLITE.NOMEM
        ? x.sqlite3_extended_errcode(db) || rc
        : rc;
    const errstr = memory.cText(x.sqlite3_errstr(errcode));
    let message =
      db && primaryCode(rc) !== SQLITE.NOMEM
        ? memory.cText(x.sqlite3_errmsg(db))
        : errstr;
    const at = db && sql !== undefined ? x.sqlite3_error_offset(db) : -1;
    const cause = this.functionError ?? this.files.lastError;
    if (cause && cause === this.files.lastError)
      message += `: ${/** @type {any} */ (cause).message ?? cause}`;
    this.functionError = this.files.lastError = undefined;
    return new VssError(subject + message, {
      code: memory.cText(x.vss_js_code_name(errcode)),
      errcode,
      errstr,
      offset:
        at >= 0 ? utf16Offset(/** @type {string} */ (sql), at) : undefined,
      cause,
    });
  }

  /** Called by C: nothing may be thrown. */
  #ask(/** @type {(() => unknown) | undefined} */ question) {
    try {
      return question?.() ? 1 : 0;
    } catch (error) {
      this.functionError = error;
      return 1;
    }
  }

  /**
   * Give a user function the number that vss_js_create_function() takes.
   * @param {Callback} call
   */
  addFunction(call) {
    const id = this.#nextFunction++;
    this.#functions.set(id, (context, argc, argv) => {
      this.depth++;
      try {
        call(context, argc, argv);
      } finally {
        this.depth--;
      }
      // The function may have made a call that trapped: C must not go on.
      if (this.poison) throw this.poison;
    });
    return id;
  }
}

/**
 * @param {string} what
 * @param {unknown} [cause]
 */
function abiError(what, cause) {
  return new VssError(
    `vss.wasm ${what}, expected ${ABI}: the JavaScript and vss.wasm come from different builds`,
    {
      code: "VSS_ABI",
      errcode: SQLITE.INTERNAL,
      cause,
    },
  );
}
