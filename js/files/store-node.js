// Files of Node, Deno and Bun, through node:fs.
import * as fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { VssError } from "../module/errors.js";
import { lockFile } from "./lock-node.js";
import { OPEN, SQLITE } from "../module/sqlite-codes.js";

/** @typedef {import('../module/vfs.js').FileObject} FileObject */

/** A created file is durable once its folder is: the next flush sees to it. */
/** @param {string} path */
function syncFolder(path) {
  let fd;
  try {
    fd = fs.openSync(dirname(path), "r");
    fs.fsyncSync(fd);
  } catch {
    // Windows cannot open a folder, and some file systems cannot sync one.
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** @implements {FileObject} */
class NodeFile {
  #fd;
  #path;
  #isNew;
  #unlock;

  /**
   * @param {string} path
   * @param {number} flags
   */
  constructor(path, flags) {
    const readonly = (flags & OPEN.READONLY) !== 0;
    this.#path = path;
    this.#isNew = !readonly && !fs.existsSync(path);
    if (this.#isNew && !(flags & OPEN.CREATE)) {
      throw new VssError(`there is no file ${path}`, {
        errcode: SQLITE.CANTOPEN,
      });
    }
    this.#unlock = flags & OPEN.MAIN_DB ? lockFile(path, readonly) : () => {};
    try {
      // O_CREAT without O_TRUNC has no letter of its own.
      const mode = readonly
        ? fs.constants.O_RDONLY
        : fs.constants.O_RDWR | (this.#isNew ? fs.constants.O_CREAT : 0);
      this.#fd = fs.openSync(path, mode, 0o644);
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  /** @type {FileObject['read']} */
  read(target, at) {
    let done = 0;
    while (done < target.length) {
      const n = fs.readSync(
        this.#fd,
        target,
        done,
        target.length - done,
        at + done,
      );
      if (n === 0) break;
      done += n;
    }
    return done;
  }

  /** @type {FileObject['write']} */
  write(source, at) {
    let done = 0;
    while (done < source.length) {
      const n = fs.writeSync(
        this.#fd,
        source,
        done,
        source.length - done,
        at + done,
      );
      if (n === 0)
        throw new VssError(`${this.#path}: nothing more can be written`, {
          errcode: SQLITE.FULL,
        });
      done += n;
    }
  }

  /** @param {number} size */
  truncate(size) {
    fs.ftruncateSync(this.#fd, size);
  }

  size() {
    return fs.fstatSync(this.#fd).size;
  }

  flush() {
    fs.fsyncSync(this.#fd);
    if (this.#isNew) syncFolder(this.#path);
    this.#isNew = false;
  }

  close() {
    try {
      fs.closeSync(this.#fd);
    } finally {
      this.#unlock();
    }
  }
}

/** @returns {import('../module/vfs.js').Store} */
export function nodeStore() {
  return {
    open: (path, flags) => new NodeFile(resolve(path), flags),
    delete(path) {
      try {
        fs.unlinkSync(resolve(path));
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT")
          throw error;
        return;
      }
      syncFolder(resolve(path));
    },
    // An empty journal is none, to SQLite.
    exists: (path) => fs.existsSync(resolve(path)),
    close() {},
  };
}

/**
 * @param {string} rest what follows "file:"
 * @param {{ readonly: boolean, create: boolean }} how
 */
export async function openFile(rest, how) {
  const plain = rest.startsWith("//") ? fileURLToPath(`file:${rest}`) : rest;
  if (/[?#]/.test(basename(plain))) {
    throw new TypeError(
      `open: "file:${rest}": a location takes no parameters; { readonly, create } are options of open()`,
    );
  }
  // Through symbolic links: two names of one file have one lock and one journal.
  const given = resolve(plain);
  const folder = dirname(given);
  if (!fs.existsSync(folder)) {
    throw new VssError(
      `open: there is no folder ${folder} for ${basename(given)}`,
      { errcode: SQLITE.CANTOPEN },
    );
  }
  const path = fs.existsSync(given)
    ? fs.realpathSync(given)
    : join(fs.realpathSync(folder), basename(given));
  if (fs.existsSync(path) && fs.statSync(path).isDirectory()) {
    throw new VssError(`open: ${path} is a folder`, {
      errcode: SQLITE.CANTOPEN,
    });
  }
  if (!fs.existsSync(path) && (how.readonly || !how.create)) {
    throw new VssError(`open: there is no file ${path}`, {
      errcode: SQLITE.CANTOPEN,
    });
  }
  return { store: nodeStore(), path };
}
