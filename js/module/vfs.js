// The JavaScript half of wasm/vfs_js.c: numbers of files, file objects, and codes that C
// understands.
//
// A store gives files: {open(path, flags), delete(path), exists(path), close()}. A file object is
// {read, write, truncate, size, flush, close}. Its methods are synchronous and may throw. The views
// that they get are lent to them for the call. What they throw becomes a code here, and the cause
// of the VssError that SQLite's caller sees.
import { VssError } from "./vss-error.js";
import { SQLITE } from "./sqlite-codes.js";

/**
 * @typedef {object} FileObject
 * @property {(target: Uint8Array, at: number) => number} read bytes read; fewer only at the end
 * @property {(source: Uint8Array, at: number) => void} write all of it
 * @property {(size: number) => void} truncate
 * @property {() => number} size
 * @property {() => void} flush durable when it returns
 * @property {() => void} close
 * @property {boolean} [ahead] reading 256 KB at a time pays, where reads follow each other
 * @property {() => boolean} [moved] whether its name belongs to another file by now, or to none
 * @property {() => void} [checkUnmoved] throws where it was moved: SQLite asks before it commits
 *
 * @typedef {object} Store
 * @property {(path: string, flags: number) => FileObject} open
 * @property {(path: string) => void} delete no error where there is none
 * @property {(path: string) => boolean} exists
 * @property {(path: string) => string} [fullPath] the one name of a file that has several names;
 *   without it, names are taken as they are given
 * @property {() => void} close
 */

/** Longer than the headers in a log, shorter than any page. */
const HEADER_END_BYTES = 64;

/**
 * Whether this write begins a transaction, or continues one in a log: a file that was replaced does
 * not take it. A write that ends a transaction, or takes it back, puts zeros over a journal's first
 * bytes, and is let through.
 * @param {string} path
 * @param {Uint8Array} source
 * @param {number} at
 */
export const beginsTransaction = (path, source, at) =>
  path.endsWith("-wal")
    ? source.length < HEADER_END_BYTES
    : path.endsWith("-journal") && at === 0 && source[0] !== 0;

/** A file in memory, for SQLite's nameless temporary files. */
export class MemoryFile {
  #bytes = new Uint8Array(0);
  #size = 0;

  /** @type {FileObject['read']} */
  read(target, at) {
    const n = Math.max(0, Math.min(target.length, this.#size - at));
    target.set(this.#bytes.subarray(at, at + n));
    return n;
  }

  /** @type {FileObject['write']} */
  write(source, at) {
    const end = at + source.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(
        Math.max(end, this.#bytes.length * 2, 65536),
      );
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    this.#bytes.set(source, at);
    this.#size = Math.max(this.#size, end);
  }

  /** @param {number} size */
  truncate(size) {
    this.#bytes.fill(0, size, this.#size);
    this.#size = Math.min(size, this.#size);
  }

  size() {
    return this.#size;
  }

  flush() {}
  close() {}
}

/** @type {Store} No files: databases in memory only. */
export const noStore = {
  open(path) {
    throw new VssError(
      `there is no file storage here for ${JSON.stringify(path)}`,
      { errcode: SQLITE.CANTOPEN },
    );
  },
  delete() {},
  exists: () => false,
  close() {},
};

/**
 * The code for what a file object threw.
 * @param {any} error
 * @param {number} otherwise
 */
function codeOf(error, otherwise) {
  if (error instanceof VssError) return error.errcode;
  if (
    error?.code === "ENOSPC" ||
    error?.code === "EDQUOT" ||
    error?.name === "QuotaExceededError"
  )
    return SQLITE.FULL;
  if (error?.code === "EROFS") return SQLITE.READONLY;
  if (error?.code === "EBUSY" || error?.name === "NoModificationAllowedError")
    return SQLITE.BUSY;
  return otherwise;
}

/** The files of one module instance. */
export class FileTable {
  /** @type {(FileObject | undefined)[]} */ #files = [];
  /** @type {Store} */ #store;
  /** What was thrown last, until it is taken. */
  /** @type {unknown} */ lastError = undefined;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /**
   * @template T
   * @param {number} code the code if the call throws something that has none of its own
   * @param {() => T} call
   */
  #guard(code, call) {
    try {
      return call();
    } catch (error) {
      this.lastError = error;
      return -codeOf(error, code);
    }
  }

  /**
   * @param {number} id
   * @returns {FileObject}
   */
  #file(id) {
    const file = this.#files[id];
    if (!file) throw new Error(`file ${id} is not open`);
    return file;
  }

  /**
   * The imports of wasm/vfs_js.c.
   * @param {() => import('./memory.js').Memory} memory
   */
  imports(memory) {
    const path = (/** @type {number} */ at) => memory().cText(at);
    return {
      /** @type {(at: number, flags: number) => number} */
      fileOpen: (at, flags) =>
        this.#guard(SQLITE.CANTOPEN, () => {
          const file =
            at === 0 ? new MemoryFile() : this.#store.open(path(at), flags);
          // The lowest free number: the table does not grow with the number of opens.
          let id = this.#files.indexOf(undefined);
          if (id < 0) id = this.#files.length;
          this.#files[id] = file;
          return id;
        }),
      /** @type {(id: number) => number} */
      fileAhead: (id) => (this.#files[id]?.ahead ? 1 : 0),
      /** @type {(id: number, at: number, size: number, offset: number) => number} */
      fileRead: (id, at, size, offset) =>
        this.#guard(SQLITE.IOERR_READ, () =>
          this.#file(id).read(memory().lend(at, size), offset),
        ),
      /** @type {(id: number, at: number, size: number, offset: number) => number} */
      fileWrite: (id, at, size, offset) =>
        -this.#guard(
          SQLITE.IOERR_WRITE,
          () => (this.#file(id).write(memory().lend(at, size), offset), 0),
        ),
      /** @type {(id: number, size: number) => number} */
      fileTruncate: (id, size) =>
        -this.#guard(
          SQLITE.IOERR_TRUNCATE,
          () => (this.#file(id).truncate(size), 0),
        ),
      /** @type {(id: number) => number} */
      fileSize: (id) =>
        this.#guard(SQLITE.IOERR_FSTAT, () => this.#file(id).size()),
      /** @type {(id: number) => number} */
      fileFlush: (id) =>
        -this.#guard(SQLITE.IOERR_FSYNC, () => (this.#file(id).flush(), 0)),
      /** @type {(id: number) => number} */
      fileClose: (id) =>
        -this.#guard(SQLITE.IOERR, () => {
          const file = this.#file(id);
          this.#files[id] = undefined;
          file.close();
          return 0;
        }),
      /** @type {(id: number) => number} */
      fileMoved: (id) =>
        this.#guard(SQLITE.IOERR_FSTAT, () =>
          this.#file(id).moved?.() ? 1 : 0,
        ),
      /** @type {(id: number) => number} */
      fileCheck: (id) =>
        -this.#guard(
          SQLITE.IOERR_FSTAT,
          () => (this.#file(id).checkUnmoved?.(), 0),
        ),
      /** @type {(at: number, out: number, room: number) => number} */
      filePath: (at, out, room) =>
        -this.#guard(SQLITE.CANTOPEN, () => {
          const given = path(at);
          const full = this.#store.fullPath?.(given) ?? given;
          const bytes = new TextEncoder().encode(`${full}\0`);
          if (bytes.length > room)
            throw new VssError(
              `a path of ${bytes.length - 1} bytes, at most ${room - 1}`,
              { errcode: SQLITE.CANTOPEN },
            );
          memory().write(out, bytes);
          return 0;
        }),
      /** @type {(at: number) => number} */
      fileDelete: (at) =>
        -this.#guard(
          SQLITE.IOERR_DELETE,
          () => (this.#store.delete(path(at)), 0),
        ),
      /** @type {(at: number) => number} */
      fileExists: (at) =>
        this.#guard(SQLITE.IOERR_ACCESS, () =>
          this.#store.exists(path(at)) ? 1 : 0,
        ),
    };
  }

  /** Close what is still open, and the store: also where the module can no longer be asked to. */
  close() {
    for (const file of this.#files) {
      try {
        file?.close();
      } catch {
        // It is being thrown away.
      }
    }
    this.#files = [];
    this.#store.close();
  }
}
