// Files of Node, Deno and Bun, through node:fs.
//
//   NodeFile         reads and writes
//     DatabaseFile   has the lock, notices that it was replaced, leaves no empty journal behind
//     SideFile       a journal or log: has its database's permissions, and refuses writes once the
//                    database was replaced
import * as fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { VssError } from "../module/vss-error.js";
import { isHot, lockFile, setAside, sleep, statOf } from "./lock-node.js";
import { OPEN, SQLITE } from "../module/sqlite-codes.js";
import { beginsTransaction } from "../module/vfs.js";

/** No clock of a file system stands still for longer. */
const CLOCK_MS = 30;
const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = fs.constants;

/** @typedef {import('../module/vfs.js').FileObject} FileObject */

/**
 * Files whose connection was dropped without close(): garbage collection closes them and releases
 * their locks.
 * @type {FinalizationRegistry<() => void>}
 */
const dropped = new FinalizationRegistry((letGo) => {
  try {
    letGo();
  } catch {
    // Nobody is there to be told.
  }
});

/** A created or deleted name is durable once its folder is. */
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

/**
 * @param {string} path
 * @param {number} flags
 * @returns {{ fd: number, isNew: boolean }}
 */
function openFd(path, flags) {
  if (flags & OPEN.READONLY)
    return { fd: fs.openSync(path, O_RDONLY), isNew: false };
  try {
    if (flags & OPEN.CREATE) {
      const mode = O_RDWR | O_CREAT | O_EXCL;
      return { fd: fs.openSync(path, mode, 0o644), isNew: true };
    }
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST")
      throw error;
  }
  return { fd: fs.openSync(path, O_RDWR), isNew: false };
}

/** @implements {FileObject} */
class NodeFile {
  fd;
  path;
  isNew;
  ahead = true;

  /**
   * @param {string} path
   * @param {number} flags
   */
  constructor(path, flags) {
    const { fd, isNew } = openFd(path, flags);
    this.path = path;
    this.fd = fd;
    this.isNew = isNew;
    dropped.register(this, () => fs.closeSync(fd), this);
  }

  /** @type {FileObject['read']} */
  read(target, at) {
    let done = 0;
    while (done < target.length) {
      const n = fs.readSync(
        this.fd,
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
        this.fd,
        source,
        done,
        source.length - done,
        at + done,
      );
      if (n === 0)
        throw new VssError(`${this.path}: nothing more can be written`, {
          errcode: SQLITE.FULL,
        });
      done += n;
    }
  }

  /** @param {number} size */
  truncate(size) {
    fs.ftruncateSync(this.fd, size);
  }

  size() {
    return fs.fstatSync(this.fd).size;
  }

  flush() {
    fs.fsyncSync(this.fd);
    if (this.isNew) syncFolder(this.path);
    this.isNew = false;
  }

  close() {
    dropped.unregister(this);
    fs.closeSync(this.fd);
  }
}

/** @param {NodeFile} file */
function stateOf(file) {
  const { mtimeNs, ctimeNs, size } = fs.fstatSync(file.fd, { bigint: true });
  // ctime too: mtime can be set back.
  return [mtimeNs, ctimeNs, size].join();
}

/**
 * A file of a connection that could not put a lock, and so keeps no writer out. After a change
 * every page that is not in SQLite's cache is refused, and all pages in the cache are of the state
 * before it. So every read is of one state of the database.
 * @template {NodeFile} F
 * @param {F} file
 * @returns {F} the same
 */
function readUnlocked(file) {
  const before = stateOf(file);
  const read = file.read.bind(file);
  file.read = (target, at) => {
    const done = read(target, at);
    if (stateOf(file) !== before)
      throw new VssError(
        `${file.path} was changed by another process while it was read here without a lock, which this process may not create in its folder: open it again`,
        { errcode: SQLITE.BUSY },
      );
    return done;
  };
  // Once the clock has gone on, no change can have the time of the last one.
  sleep(CLOCK_MS);
  return file;
}

/** @implements {FileObject} */
class DatabaseFile extends NodeFile {
  stat;
  lock;
  #readonly;
  /** Inodes of this connection's journals. @type {string[]} */ #journals = [];

  /**
   * @param {string} path
   * @param {number} flags
   */
  constructor(path, flags) {
    super(path, flags);
    this.#readonly = (flags & OPEN.READONLY) !== 0;
    try {
      this.stat = fs.fstatSync(this.fd, { bigint: true });
      this.lock = lockFile(path, this.stat, this.#readonly);
    } catch (error) {
      super.close();
      throw error;
    }
    dropped.register(this, this.lock.unlock, this);
    if (!this.lock.isHeld) {
      // In this order: a writer that was amid a transaction when the state was taken is either seen
      // now, or has written since then.
      readUnlocked(this);
      lockFile(path, this.stat, true);
    }
  }

  /** Whether the name now belongs to another file, or to none. */
  moved() {
    const now = statOf(this.path);
    return now?.ino !== this.stat.ino || now.dev !== this.stat.dev;
  }

  checkUnmoved() {
    if (this.moved())
      throw new VssError(
        `${this.path} was replaced or removed while it was open here: what is written now would be lost`,
        { errcode: SQLITE.READONLY_DBMOVED },
      );
  }

  /** @param {bigint} inode of a journal of this connection */
  note(inode) {
    this.#journals.push(String(inode));
    this.lock.note(this.#journals);
  }

  close() {
    try {
      super.close();
      if (!this.#readonly) this.#tidy();
    } finally {
      this.lock.unlock();
    }
  }

  /** Before the lock is let go of: whoever comes next finds no journal that is not his to play. */
  #tidy() {
    if (this.moved())
      return setAside(this.path, String(this.stat.ino), this.#journals);
    // SQLite keeps an exclusive connection's journal from commit to commit, and leaves it behind
    // with an empty header.
    const journal = `${this.path}-journal`;
    if (this.#journals.length > 0 && !isHot(journal))
      fs.rmSync(journal, { force: true });
  }
}

/** @implements {FileObject} */
class SideFile extends NodeFile {
  #database;

  /**
   * @param {string} path
   * @param {number} flags
   * @param {DatabaseFile} database
   */
  constructor(path, flags, database) {
    super(path, flags);
    this.#database = database;
    const { lock, stat } = database;
    if (!lock.isHeld) return readUnlocked(this);
    if (flags & OPEN.READONLY) return;
    try {
      if (this.isNew) {
        // What the database's owner lets nobody read, nobody reads here either.
        fs.fchmodSync(this.fd, Number(stat.mode) & 0o777);
        // Only root can give a file away.
        if (process.geteuid?.() === 0)
          fs.fchownSync(this.fd, Number(stat.uid), Number(stat.gid));
      }
      database.note(fs.fstatSync(this.fd, { bigint: true }).ino);
    } catch (error) {
      super.close();
      throw error;
    }
  }

  /** @type {FileObject['write']} */
  write(source, at) {
    if (beginsTransaction(this.path, source, at)) this.#database.checkUnmoved();
    super.write(source, at);
  }
}

/**
 * The real path: through symbolic links, also where the file itself is still to be created.
 * @param {string} given
 * @returns {string}
 */
function realPath(given) {
  const path = resolve(given);
  for (const find of [
    () => fs.realpathSync(path),
    // A link that leads nowhere yet is followed as open() would follow it.
    () => realPath(resolve(dirname(path), fs.readlinkSync(path))),
    () => join(fs.realpathSync(dirname(path)), basename(path)),
  ]) {
    try {
      return find();
    } catch {
      // Try the next.
    }
  }
  return path;
}

/** @typedef {import('../module/vfs.js').Store} Store */

/** @returns {Store} */
export function nodeStore() {
  /** @type {Map<string, DatabaseFile>} by path */
  const databases = new Map();
  return {
    open(path, flags) {
      if (flags & OPEN.MAIN_DB) {
        const file = new DatabaseFile(path, flags);
        databases.set(path, file);
        return file;
      }
      // A journal, a log or a list of journals (-mj...) has the name of its database before its
      // last hyphen.
      const database = databases.get(path.slice(0, path.lastIndexOf("-")));
      return database
        ? new SideFile(path, flags, database)
        : new NodeFile(path, flags);
    },
    delete(path) {
      try {
        fs.unlinkSync(path);
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT")
          throw error;
        return;
      }
      syncFolder(path);
    },
    exists: (path) => fs.existsSync(path),
    // Two names of one file have one lock and one journal.
    fullPath: realPath,
    close: () => databases.clear(),
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
  const path = realPath(plain);
  const stat = statOf(path);
  const refuse = (/** @type {string} */ why) => {
    throw new VssError(`open: ${why}`, { errcode: SQLITE.CANTOPEN });
  };
  const folder = dirname(path);
  if (!fs.existsSync(folder))
    refuse(`there is no folder ${folder} for ${basename(path)}`);
  if (stat?.isDirectory()) refuse(`${path} is a folder`);
  if (!stat && (how.readonly || !how.create))
    refuse(`there is no file ${path}`);
  return { store: nodeStore(), path };
}
