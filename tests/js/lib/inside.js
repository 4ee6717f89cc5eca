// For specs that look into the module. No object of the API leads to a database's instance, so that
// this file catches the instance where it is made.

/** Bytes behind each allocation that nobody may write, and what they hold. */
const GUARD_BYTES = 64;
const GUARD = 0xa5;

class Inside {
  /** The module's exports. The database does not notice when one of these calls traps. */
  x;
  /** The same exports for the package, with those changed that crash() and `handle` need. */
  given;
  #handle = 0;
  /** @type {(() => void) | undefined} */ #bug;
  /** The sizes of what the package allocated, by address. */
  /** @type {Map<number, number>} */ #sizes = new Map();
  /** How many allocations were looked at when they were freed. */
  checked = 0;
  /** How many statements were compiled. */
  prepared = 0;

  constructor(exports) {
    this.x = exports;
    this.given = {
      ...exports,
      vss_js_malloc: (size) => {
        const at = exports.vss_js_malloc(size + GUARD_BYTES) >>> 0;
        if (at === 0) return at;
        this.#guardOf(at + size).fill(GUARD);
        this.#sizes.set(at, size);
        return at;
      },
      sqlite3_free: (at) => {
        this.#checkGuard(at >>> 0);
        exports.sqlite3_free(at);
      },
      // With all its parameters: the package counts them.
      vss_js_prepare: (db, sql, size, outStatement, outMore) => {
        this.prepared++;
        return exports.vss_js_prepare(db, sql, size, outStatement, outMore);
      },
      vss_js_open: (name, flags, out) => {
        const rc = exports.vss_js_open(name, flags, out);
        const view = new DataView(exports.memory.buffer);
        this.#handle = view.getUint32(out >>> 0, true);
        return rc;
      },
      sqlite3_get_autocommit: (db) => {
        const bug = this.#bug;
        this.#bug = undefined;
        bug?.();
        return exports.sqlite3_get_autocommit(db);
      },
    };
  }

  /** The sqlite3 pointer. */
  get handle() {
    return this.#handle;
  }

  #guardOf(at) {
    return new Uint8Array(this.x.memory.buffer, at, GUARD_BYTES);
  }

  /** The package is about to free this: it has written no byte behind it. */
  #checkGuard(at) {
    const size = this.#sizes.get(at);
    if (size === undefined) return;
    this.#sizes.delete(at);
    this.checked++;
    const behind = this.#guardOf(at + size).findIndex((b) => b !== GUARD);
    if (behind >= 0)
      throw new Error(`byte ${size + behind} of ${size} was written`);
  }

  /** Bytes of the module's memory. */
  get byteLength() {
    return this.x.memory.buffer.byteLength;
  }

  /** Limits of a statement, as open() sets them from its options. */
  restrict(deadlineMs, memoryBytes) {
    this.x.vss_js_restrict(this.#handle, 0, deadlineMs, 0, memoryBytes);
  }

  /** The address of new memory, or 0 where there is none. */
  malloc(size) {
    return this.x.vss_js_malloc(size) >>> 0;
  }

  /**
   * What a bug in C would do: in the middle of a call of the database, an export gets a wild
   * pointer.
   */
  crash(db, name = "sqlite3_column_text", pointer = 0xfffffff0) {
    this.#bug = () => this.x[name](pointer, 1, 1);
    return db.inTransaction;
  }
}

/** The database that `open` opens, and its inside. */
export async function openInside(open) {
  const { instantiate } = WebAssembly;
  let inside;
  WebAssembly.instantiate = async (...args) => {
    const { exports } = await instantiate.apply(WebAssembly, args);
    // Where the engine has relaxed SIMD, a second module with one kernel is made for the database.
    if (!exports.vss_js_open) return { exports };
    inside = new Inside(exports);
    return { exports: inside.given };
  };
  try {
    return { db: await open(), inside };
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}
