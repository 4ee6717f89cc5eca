// What the classes of this package share and nobody outside reaches: the module instance, the
// sqlite3 handle and the statements that are open on it. Database, Statement and VssTable keep it
// in private fields.
import { VssError } from "../module/vss-error.js";
import { OPEN, SQLITE } from "../module/sqlite-codes.js";

/**
 * @typedef {import('../module/capi.js').Capi} Capi
 *
 * @typedef {ReturnType<typeof import('./open-options.js').checkOpenOptions> &
 *   { location: string, path: string, bytes?: Uint8Array }} OpenHow
 *
 * A compiled statement, which outlives the object that stands for it.
 * @typedef {{ at: number }} Handle the sqlite3_stmt pointer, 0 once finalized
 */

/**
 * One registry for all connections, in Node before 26: where a registry is collected before V8 has
 * called it, V8 calls none of the whole program again there. Elsewhere each connection has its own.
 * A WeakRef keeps what it leads to alive until the running job ends, and a page that opens many
 * databases in one job runs out of memory. Workers of Cloudflare may lack the class.
 */
const registry =
  Number(globalThis.process?.versions?.node?.split(".")[0]) < 26
    ? new FinalizationRegistry(
        (/** @type {{ owner: WeakRef<Connection>, handle: Handle }} */ given) =>
          given.owner.deref()?.lose(given.handle),
      )
    : undefined;

export class Connection {
  /** @type {Capi} */ capi;
  /** @type {string} what open() was given */ location;
  /** @type {boolean} */ readonly;
  /** @type {number} the sqlite3 pointer, 0 once closed */ at = 0;
  /** @type {Set<Handle>} */ #statements = new Set();
  /** @type {Handle[]} statements whose objects were collected */ #lost = [];
  /** For the registry, which must not keep a lost database alive. */
  #weak = registry && new WeakRef(this);
  #registry =
    !registry && typeof FinalizationRegistry === "function"
      ? new FinalizationRegistry((/** @type {Handle} */ handle) =>
          this.lose(handle),
        )
      : undefined;

  /**
   * Opens; what fails leaves nothing behind.
   * @param {Capi} capi
   * @param {OpenHow} how
   */
  constructor(capi, how) {
    this.capi = capi;
    this.location = how.location;
    this.readonly = how.readonly;
    try {
      this.#open(how);
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  /** @param {OpenHow} how */
  #open(how) {
    const { path, bytes, readonly, create, untrusted } = how;
    const { x, memory } = this.capi;
    this.capi.stop = how.stop;
    this.capi.onBuild = how.onBuild;
    const isInMemory = path === ":memory:";
    // A database in memory has to be writable while it is opened; bytes become read-only when they
    // are put in.
    const flags =
      readonly && !isInMemory
        ? OPEN.READONLY
        : OPEN.READWRITE | (create || isInMemory ? OPEN.CREATE : 0);
    const name = memory.newText(path);
    const out = this.capi.malloc(4);
    const rc = x.vss_js_open(name, flags, out);
    this.at = memory.u32(out);
    this.capi.free(name);
    this.capi.free(out);
    this.check(
      rc ||
        x.vss_js_restrict(
          this.at,
          untrusted ? 1 : 0,
          how.deadline < Infinity ? how.deadline : -1,
          how.stop ? 1 : 0,
          how.memoryLimit,
        ),
    );
    if (bytes?.byteLength) {
      const at = memory.newBytes(bytes);
      this.check(
        x.vss_js_deserialize(this.at, at, bytes.byteLength, readonly ? 1 : 0),
      );
    }
    // The header is read now, so that a file that is not a database is refused here, and a journal
    // that a crash left is played back. An empty database in memory has neither, and SQLite's
    // parser is not compiled before it is needed.
    if (!isInMemory || bytes?.byteLength)
      this.exec("SELECT count(*) FROM sqlite_schema");
    if (untrusted) this.check(x.vss_js_check(this.at));
    if (readonly && isInMemory) this.exec("PRAGMA query_only=1");
  }

  get isOpen() {
    return this.at !== 0;
  }

  /** Open, and the module has not trapped. */
  get isUsable() {
    return this.isOpen && !this.capi.poison;
  }

  get inTransaction() {
    return this.capi.x.sqlite3_get_autocommit(this.usable()) === 0;
  }

  /** The sqlite3 pointer, or the error that the database is closed. */
  usable() {
    if (this.at === 0) throw new VssError("this database is closed");
    return this.at;
  }

  /**
   * The error of the last call.
   * @param {number} rc
   * @param {{ sql?: string, subject?: string }} [facts]
   */
  error(rc, { sql, subject } = {}) {
    return this.capi.error(this.at, rc, sql, subject);
  }

  /** @param {number} rc */
  check(rc) {
    if (rc !== 0) throw this.error(rc);
  }

  /**
   * Run statements; their rows are dropped. The error has no offset, since SQLite counts from the
   * statement that failed and not from the start of the text.
   * @param {string} sql
   */
  exec(sql) {
    const at = this.usable();
    const text = this.capi.memory.newText(sql);
    try {
      this.check(this.capi.x.vss_js_exec(at, text));
    } finally {
      this.capi.free(text);
    }
  }

  /**
   * Take a compiled statement into the connection. It is freed with its handle, with the
   * connection, or once `object` is collected.
   * @param {object} object
   * @param {number} at
   * @returns {Handle}
   */
  hold(object, at) {
    const handle = { at };
    this.#statements.add(handle);
    if (this.#weak) registry?.register(object, { owner: this.#weak, handle });
    else this.#registry?.register(object, handle);
    return handle;
  }

  /** @param {Handle} handle */
  free(handle) {
    const { at } = handle;
    handle.at = 0;
    this.#statements.delete(handle);
    if (at !== 0 && !this.capi.poison) this.capi.x.sqlite3_finalize(at);
  }

  /** @param {Handle} handle of a statement that was collected */
  lose(handle) {
    this.#lost.push(handle);
    this.freeLost();
  }

  /** Free what was collected; while a user function runs, the next call does it. */
  freeLost() {
    if (this.capi.isInFunction) return;
    for (const lost of this.#lost.splice(0)) this.free(lost);
  }

  close() {
    if (!this.isOpen) return;
    if (this.capi.isInFunction)
      throw new VssError("close: a user function is running", {
        errcode: SQLITE.MISUSE,
      });
    for (const handle of this.#statements) this.free(handle);
    this.#end();
  }

  /** Let go of everything, also after a trap. */
  #end() {
    const at = this.at;
    this.at = 0;
    try {
      if (at !== 0 && !this.capi.poison) this.capi.x.sqlite3_close_v2(at);
    } finally {
      this.capi.files.close();
    }
  }
}
