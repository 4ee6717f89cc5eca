// Files of Node, Deno and Bun, through node:fs.
//
//   NodeFile         reads and writes
//     DatabaseFile   has the lock, notices that it was replaced, leaves no empty journal behind
//     SideFile       a journal or log: has its database's permissions, and refuses writes once that was replaced
import * as fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { VssError } from "../module/errors.js";
import { isHot, lockFile, setAside, sleep, statOf } from "./lock-node.js";
import { OPEN, SQLITE } from "../module/sqlite-codes.js";

/** Of headers in a journal or log: a page is larger. */
const HEADER_MAX_BYTES = 64;
/** A file that changed within this time may change again without a new time: no clock of a file system is coarser. */
const CLOCK_MS = 30;
const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = fs.constants;

/** @typedef {import('../module/vfs.js').FileObject} FileObject */

/**
 * Files whose connection was dropped without close(): a garbage collection closes them, and the lock goes with it.
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
  for (;;) {
    try {
      return { fd: fs.openSync(path, O_RDWR), isNew: false };
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code !== "ENOENT") throw error;
      if (!(flags & OPEN.CREATE))
        throw new VssError(`there is no file ${path}`, {
          errcode: SQLITE.CANTOPEN,
        });
    }
    try {
      const mode = O_RDWR | O_CREAT | O_EXCL;
      return { fd: fs.openSync(path, mode, 0o644), isNew: true };
    } catch (error) {
      // Somebody else has created it since.
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST")
        throw error;
    }
  }
}

/** @implements {FileObject} */
class NodeFile {
  fd;
  path;
  #isNew;

  /**
   * @param {string} path
   * @param {number} flags
   */
  constructor(path, flags) {
    const { fd, isNew } = openFd(path, flags);
    this.path = path;
    this.fd = fd;
    this.#isNew = isNew;
    dropped.register(this, () => fs.closeSync(fd), this);
  }

  get isNew() {
    return this.#isNew;
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
    if (this.#isNew) syncFolder(this.path);
    this.#isNew = false;
  }

  close() {
    dropped.unregister(this);
    fs.closeSync(this.fd);
  }
}

/**
 * The state of a file that is read without a lock, once it is certain that a later change would show.
 * @param {NodeFile} file
 */
function settledState(file) {
  for (let attempt = 0; attempt < 10; attempt++) {
    const before = stateOf(file);
    const age = Date.now() - Number(before.mtimeNs / 1_000_000n);
    if (age < 0 || age > CLOCK_MS) return before;
    sleep(CLOCK_MS);
  }
  throw changed(file.path);
}

/** @param {NodeFile} file */
const stateOf = (file) => fs.fstatSync(file.fd, { bigint: true });

/** @param {string} path */
const changed = (path) =>
  new VssError(
    `${path} was changed by another process while it was read here without a lock, which this process may not create in its folder: open it again`,
    { errcode: SQLITE.BUSY },
  );

/**
 * A file of a connection that could not put a lock, and so keeps no writer out. A page that is read after a change is
 * refused; those in SQLite's cache are all of the state before it. So what is read is one state of the database.
 * @template {NodeFile} F
 * @param {F} file
 * @returns {F}
 */
function readUnlocked(file) {
  const before = settledState(file);
  const read = file.read.bind(file);
  file.read = (target, at) => {
    const done = read(target, at);
    const now = stateOf(file);
    // ctime too: mtime can be set back.
    if (
      now.mtimeNs !== before.mtimeNs ||
      now.ctimeNs !== before.ctimeNs ||
      now.size !== before.size
    )
      throw changed(file.path);
    return done;
  };
  return file;
}

/** @implements {FileObject} */
class DatabaseFile extends NodeFile {
  #stat;
  #lock;
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
      this.#stat = fs.fstatSync(this.fd, { bigint: true });
      this.#lock = lockFile(path, this.#stat, this.#readonly);
    } catch (error) {
      super.close();
      throw error;
    }
    const { fd } = this;
    const { unlock } = this.#lock;
    dropped.unregister(this);
    dropped.register(this, () => (unlock(), fs.closeSync(fd)), this);
    if (this.#lock.isHeld && this.moved()) {
      this.close();
      throw new VssError(`${path} was replaced while it was opened`, {
        errcode: SQLITE.BUSY,
      });
    }
    if (!this.#lock.isHeld) {
      // In this order: a writer that was amid a transaction when the state was taken is seen now, or has written since.
      readUnlocked(this);
      lockFile(path, this.#stat, true);
    }
  }

  get isLocked() {
    return this.#lock.isHeld;
  }

  /** Mode bits, and who has it. */
  get stat() {
    return this.#stat;
  }

  /** Whether the name now belongs to another file, or to none. */
  moved() {
    const now = statOf(this.path);
    return now?.ino !== this.#stat.ino || now.dev !== this.#stat.dev;
  }

  checkUnmoved() {
    if (this.moved())
      throw new VssError(
        `${this.path} was replaced or removed while it was open here: what is written now would be lost`,
        {
          errcode: SQLITE.READONLY_DBMOVED,
        },
      );
  }

  /** @param {bigint} inode of a journal of this connection */
  note(inode) {
    if (this.#journals.includes(String(inode))) return;
    this.#journals.push(String(inode));
    this.#lock.note(this.#journals);
  }

  close() {
    try {
      super.close();
      if (!this.#readonly && this.#lock.isHeld) this.#tidy();
    } finally {
      this.#lock.unlock();
    }
  }

  /** Before the lock is let go of: whoever comes next finds no journal that is not his to play. */
  #tidy() {
    if (this.moved())
      return setAside(this.path, String(this.#stat.ino), this.#journals);
    // SQLite keeps an exclusive connection's journal from commit to commit, and leaves it behind with an empty header.
    const journal = `${this.path}-journal`;
    if (this.#journals.length > 0 && !isHot(journal))
      fs.rmSync(journal, { force: true });
  }
}

/** @implements {FileObject} */
class SideFile extends NodeFile {
  #database;
  #isJournal;

  /**
   * @param {string} path
   * @param {number} flags
   * @param {DatabaseFile} database
   */
  constructor(path, flags, database) {
    super(path, flags);
    this.#database = database;
    this.#isJournal = !path.endsWith("-wal");
    if (flags & OPEN.READONLY) {
      if (!database.isLocked) readUnlocked(this);
      return;
    }
    try {
      if (this.isNew) this.#takePermissions();
      database.note(fs.fstatSync(this.fd, { bigint: true }).ino);
    } catch (error) {
      super.close();
      throw error;
    }
  }

  /** What the database's owner lets nobody read, nobody reads here either. */
  #takePermissions() {
    const { mode, uid, gid } = this.#database.stat;
    fs.fchmodSync(this.fd, Number(mode) & 0o777);
    // Only root can give a file away.
    if (process.geteuid?.() === 0)
      fs.fchownSync(this.fd, Number(uid), Number(gid));
  }

  /** @type {FileObject['write']} */
  write(source, at) {
    // A transaction begins at the start of a journal, and with the header of a frame in a log.
    const begins = this.#isJournal
      ? at === 0
      : source.length < HEADER_MAX_BYTES;
    if (begins) this.#database.checkUnmoved();
    super.write(source, at);
  }
}

/** The real path: through symbolic links, also where the file itself is still to be created. */
/** @param {string} given */
function realPath(given) {
  const path = resolve(given);
  try {
    return fs.realpathSync(path);
  } catch {
    // A link that leads nowhere yet is followed as open() would follow it.
    const target = attemptReadLink(path);
    if (target !== undefined) return realPath(resolve(dirname(path), target));
  }
  try {
    return join(fs.realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

/** @param {string} path */
function attemptReadLink(path) {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** @implements {Store} */
class NodeStore {
  /** @type {Map<string, DatabaseFile>} by path */
  #databases = new Map();

  /**
   * @param {string} path
   * @param {number} flags
   */
  open(path, flags) {
    if (flags & OPEN.MAIN_DB) {
      const file = new DatabaseFile(path, flags);
      this.#databases.set(path, file);
      return file;
    }
    const database = this.#databaseOf(path);
    return database
      ? new SideFile(path, flags, database)
      : new NodeFile(path, flags);
  }

  /**
   * Which database a journal, a log or a list of journals (-mj...) belongs to.
   * @param {string} path
   */
  #databaseOf(path) {
    return this.#databases.get(path.slice(0, path.lastIndexOf("-")));
  }

  /** @param {string} path */
  delete(path) {
    try {
      fs.unlinkSync(path);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT")
        throw error;
      return;
    }
    syncFolder(path);
  }

  /** @param {string} path */
  exists(path) {
    return fs.existsSync(path);
  }

  /** Two names of one file have one lock and one journal. */
  /** @param {string} path */
  fullPath(path) {
    return realPath(path);
  }

  close() {
    this.#databases.clear();
  }
}

/** @typedef {import('../module/vfs.js').Store} Store */

/** @returns {Store} */
export const nodeStore = () => new NodeStore();

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
  const given = resolve(plain);
  const folder = dirname(given);
  if (!fs.existsSync(folder)) {
    throw new VssError(
      `open: there is no folder ${folder} for ${basename(given)}`,
      { errcode: SQLITE.CANTOPEN },
    );
  }
  const path = realPath(given);
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
