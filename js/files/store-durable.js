// A database as rows of a Durable Object's SQLite storage.
//
//   vss_file(name primary key, size)   one row per database
//   vss_page(name, number, data)       one row per page: with larger blocks commits write more
//
// Pages that SQLite writes are kept here until it commits (flush). They go to the storage in one
// synchronous transaction: an object that ends in between has all of a commit or none of it. So
// only a rollback in the running object needs the journal, which stays in memory.
import { describe } from "../module/errors.js";
import { VssError } from "../module/vss-error.js";
import { OPEN, SQLITE } from "../module/sqlite-codes.js";
import { MemoryFile } from "../module/vfs.js";

/** SQLite's default page size in this build (wasm/sqlite-options.cmake). Another one costs more. */
const BLOCK_BYTES = 8192;

/** @type {WeakMap<object, Set<string>>} names that are open, by storage */
const owners = new WeakMap();

/** @implements {FileObject} */
class DurableFile {
  #storage;
  #name;
  /** @type {Map<number, Uint8Array>} written since the last flush, by number */ #dirty =
    new Map();
  #size = 0;
  /** The size in the storage. */ #storedSize = 0;
  /** Up to here the storage's pages still count: those behind were cut off since the last flush. */
  #keptSize = 0;

  /**
   * @param {any} storage
   * @param {string} name
   */
  constructor(storage, name) {
    this.#storage = storage;
    this.#name = name;
    const [row] = storage.sql
      .exec("select size from vss_file where name = ?", name)
      .toArray();
    this.#size = this.#storedSize = this.#keptSize = Number(row?.size ?? 0);
  }

  /** @param {number} number */
  #block(number) {
    const dirty = this.#dirty.get(number);
    if (dirty) return dirty;
    if (number * BLOCK_BYTES >= this.#keptSize) return undefined;
    const query = "select data from vss_page where name = ? and number = ?";
    const [row] = this.#storage.sql.exec(query, this.#name, number).toArray();
    return row && new Uint8Array(row.data);
  }

  /**
   * Call back with each block that a range touches.
   * @param {number} at
   * @param {number} size
   * @param {(number: number, from: number, to: number, done: number) => void} each
   */
  #blocks(at, size, each) {
    for (let done = 0; done < size;) {
      const from = (at + done) % BLOCK_BYTES;
      const to = Math.min(BLOCK_BYTES, from + size - done);
      each(Math.floor((at + done) / BLOCK_BYTES), from, to, done);
      done += to - from;
    }
  }

  /** @type {FileObject['read']} */
  read(target, at) {
    const size = Math.max(0, Math.min(target.length, this.#size - at));
    this.#blocks(at, size, (number, from, to, done) => {
      const block = this.#block(number);
      if (block) target.set(block.subarray(from, to), done);
      else target.fill(0, done, done + to - from);
    });
    return size;
  }

  /** @type {FileObject['write']} */
  write(source, at) {
    this.#blocks(at, source.length, (number, from, to, done) => {
      let block = this.#dirty.get(number);
      if (!block) {
        block = new Uint8Array(BLOCK_BYTES);
        const stored =
          to - from < BLOCK_BYTES ? this.#block(number) : undefined;
        if (stored) block.set(stored);
        this.#dirty.set(number, block);
      }
      block.set(source.subarray(done, done + to - from), from);
    });
    this.#size = Math.max(this.#size, at + source.length);
  }

  /** @param {number} size */
  truncate(size) {
    if (size >= this.#size) return;
    const isIdle = this.#dirty.size === 0;
    const rest = size % BLOCK_BYTES;
    // Should the file grow again, there are zeros behind this size.
    if (rest > 0) this.write(new Uint8Array(BLOCK_BYTES - rest), size);
    this.#size = size;
    this.#keptSize = Math.min(size, this.#keptSize);
    for (const number of this.#dirty.keys())
      if (number * BLOCK_BYTES >= size) this.#dirty.delete(number);
    // SQLite shortens a file after the commit's flush and does not flush again, so this is the
    // moment to give the room back.
    if (isIdle) this.flush();
  }

  size() {
    return this.#size;
  }

  flush() {
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      // First, since a file that was shortened may have grown again.
      if (this.#keptSize < this.#storedSize) {
        sql.exec(
          "delete from vss_page where name = ? and number >= ?",
          this.#name,
          Math.ceil(this.#keptSize / BLOCK_BYTES),
        );
      }
      for (const [number, block] of this.#dirty) {
        sql.exec(
          "insert or replace into vss_page values (?, ?, ?)",
          this.#name,
          number,
          block,
        );
      }
      if (this.#size !== this.#storedSize)
        sql.exec(
          "insert or replace into vss_file values (?, ?)",
          this.#name,
          this.#size,
        );
    });
    this.#storedSize = this.#keptSize = this.#size;
    this.#dirty.clear();
  }

  close() {
    this.#dirty.clear();
  }
}

/**
 * @typedef {import('../module/vfs.js').FileObject} FileObject
 * @typedef {import('../module/vfs.js').Store} Store
 */

/**
 * Check that it is the storage of an object, and make the tables.
 * @param {any} storage
 */
export function prepare(storage) {
  if (
    typeof storage?.sql?.exec !== "function" ||
    typeof storage.transactionSync !== "function"
  ) {
    throw new TypeError(
      `openDurable: storage is ${describe(storage)}, expected ctx.storage of a Durable Object with SQLite storage (new_sqlite_classes)`,
    );
  }
  storage.sql.exec(
    "create table if not exists vss_file(name text primary key, size integer) without rowid",
  );
  storage.sql.exec(
    "create table if not exists vss_page(name text, number integer, data blob, primary key (name, number)) without rowid",
  );
}

/**
 * @param {any} storage
 * @param {string} name
 * @param {{ readonly?: boolean, create?: boolean }} how
 * @returns {Store}
 */
export function durableStore(
  storage,
  name,
  { readonly = false, create = true } = {},
) {
  prepare(storage);
  const open = owners.get(storage) ?? new Set();
  owners.set(storage, open);
  if (open.has(name)) {
    throw new VssError(
      `openDurable: "${name}" is open already in this object`,
      { errcode: SQLITE.BUSY },
    );
  }
  const isStored = (/** @type {string} */ path) =>
    storage.sql
      .exec("select 1 from vss_file where name = ? and size > 0", path)
      .toArray().length > 0;
  if (!isStored(name) && (readonly || !create)) {
    throw new VssError(
      `openDurable: there is no database "${name}" in this object`,
      { errcode: SQLITE.CANTOPEN },
    );
  }
  open.add(name);
  /** @type {Map<string, MemoryFile>} */
  const journals = new Map();
  return {
    open(path, flags) {
      if (flags & OPEN.MAIN_DB && path !== name) {
        throw new VssError(`"${path}" is another database: open it by itself`, {
          errcode: SQLITE.CANTOPEN,
        });
      }
      // WAL gains nothing here, since commits are already atomic. A database that asks for it gets
      // it all the same, and its log is as durable.
      if (flags & (OPEN.MAIN_DB | OPEN.WAL))
        return new DurableFile(storage, path);
      const file = journals.get(path) ?? new MemoryFile();
      if (flags & OPEN.CREATE) journals.set(path, file);
      return file;
    },
    delete(path) {
      journals.delete(path);
      storage.sql.exec("delete from vss_file where name = ?", path);
      storage.sql.exec("delete from vss_page where name = ?", path);
    },
    exists: (path) => isStored(path) || (journals.get(path)?.size() ?? 0) > 0,
    close: () => void open.delete(name),
  };
}
