// Files of the origin private file system, in a dedicated Worker.
//
// Synchronous access handles can only be opened asynchronously, so all that one database may need
// is opened beforehand: the database, its journal and its log. An empty file counts as none. No
// COOP or COEP headers are needed.
//
//   opfs:folder/a.db  ─►  folder/a.db, folder/a.db-journal, folder/a.db-wal
//
// Each database has one Web Lock, so a second tab gets its error at once. The lock ends with the
// Worker, however that ends.
import { VssError } from "../module/vss-error.js";
import { SQLITE } from "../module/sqlite-codes.js";
import { beginsTransaction } from "../module/vfs.js";

/**
 * @typedef {import('../module/vfs.js').FileObject} FileObject
 * @typedef {import('../module/vfs.js').Store} Store
 */

const SUFFIXES = ["", "-journal", "-wal"];
/** A page or a Worker that ends lets go of its lock and its handles only a little later. */
const WAIT_MS = 2000;
const RETRY_MS = 50;
/** How often the store looks whether the database still has its name. */
const LOOK_MS = 1000;

/**
 * @param {string} message
 * @param {unknown} [cause]
 */
const cannot = (message, cause) =>
  new VssError(`opfs: ${message}`, {
    errcode: SQLITE.CANTOPEN,
    cause,
  });

/**
 * @param {string} path
 * @param {unknown} [cause]
 */
const inUse = (path, cause) =>
  new VssError(
    `opfs: ${path} is open elsewhere (another tab, Worker or connection of this site; where a module is replaced while it runs, close it in import.meta.hot.dispose)`,
    {
      errcode: SQLITE.BUSY,
      cause,
    },
  );

export function checkRuntime() {
  const handle = /** @type {any} */ (globalThis).FileSystemFileHandle;
  if (!navigator?.storage?.getDirectory) {
    throw cannot(
      "this runtime has no origin private file system (it needs https: or localhost); keep serialize() in IndexedDB instead",
    );
  }
  if (typeof handle?.prototype?.createSyncAccessHandle !== "function") {
    throw cannot(
      'synchronous access needs a dedicated Worker: use "vss-wasm/worker", or open the database in a Worker of yours',
    );
  }
}

/**
 * Hold the database's lock until the returned function is called.
 * @param {string} path
 * @returns {Promise<() => void>}
 */
export function lock(path) {
  // Without Web Locks the access handles themselves still admit one owner.
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((done, fail) => {
    const waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort(inUse(path)), WAIT_MS);
    const held = navigator.locks.request(
      `vss-wasm opfs:${path}`,
      { signal: waiting.signal },
      () => {
        clearTimeout(timer);
        return new Promise((release) => done(() => release(undefined)));
      },
    );
    held.catch(fail);
  });
}

/**
 * @param {FileSystemFileHandle} file
 * @param {string} path
 */
export async function openHandle(file, path) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await /** @type {any} */ (file).createSyncAccessHandle();
    } catch (error) {
      const { name, message } = /** @type {DOMException} */ (error);
      if (
        name !== "NoModificationAllowedError" &&
        name !== "InvalidStateError"
      ) {
        throw cannot(
          `this browser refuses synchronous access (${name}: ${message}); keep serialize() in IndexedDB instead`,
          error,
        );
      }
      if (attempt * RETRY_MS >= WAIT_MS) throw inUse(path, error);
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}

/**
 * The database's folder, and its name there.
 * @param {string} path
 * @param {boolean} create
 */
export async function findFolder(path, create) {
  const parts = path.split("/").filter((part) => part !== "");
  const name = parts.pop();
  if (
    name === undefined ||
    [...parts, name].some((part) => part === "." || part === "..")
  ) {
    throw new TypeError(
      `open: "opfs:${path}" is not a path, expected "opfs:name" or "opfs:folder/name"`,
    );
  }
  let folder;
  try {
    folder = await navigator.storage.getDirectory();
  } catch (error) {
    const { name: kind, message } = /** @type {DOMException} */ (error);
    throw cannot(
      `this browser gives no storage here (${kind}: ${message}; a private window, perhaps); keep serialize() in IndexedDB instead`,
      error,
    );
  }
  for (const part of parts)
    folder = await folder.getDirectoryHandle(part, { create });
  return { folder, name };
}

/** @implements {FileObject} */
class OpfsFile {
  #handle;
  #path;
  #store;
  ahead = true;

  /**
   * @param {any} handle a FileSystemSyncAccessHandle, which stays open: the store closes it
   * @param {string} path
   * @param {OpfsStore} store
   */
  constructor(handle, path, store) {
    this.#handle = handle;
    this.#path = path;
    this.#store = store;
  }

  /** @type {import('../module/vfs.js').FileObject['read']} */
  read(target, at) {
    return this.#handle.read(target, { at });
  }

  /** @type {import('../module/vfs.js').FileObject['write']} */
  write(source, at) {
    if (beginsTransaction(this.#path, source, at)) this.checkUnmoved();
    const written = this.#handle.write(source, { at });
    if (written !== source.length)
      throw new VssError("opfs: the storage quota is used up", {
        errcode: SQLITE.FULL,
      });
  }

  /** @param {number} size */
  truncate(size) {
    this.#handle.truncate(size);
  }

  size() {
    return this.#handle.getSize();
  }

  flush() {
    this.#handle.flush();
  }

  moved() {
    return this.#store.isGone;
  }

  checkUnmoved() {
    if (this.moved())
      throw new VssError(
        `${this.#path} was removed while it was open here (this site's data was cleared): what is written now would be lost`,
        { errcode: SQLITE.READONLY_DBMOVED },
      );
  }

  close() {}
}

/** @implements {Store} */
class OpfsStore {
  #path;
  #handles;
  #release;
  #timer;
  /** The database has no name any more: its handles write without an error, but nobody finds it. */
  isGone = false;

  /**
   * @param {string} path
   * @param {Map<string, any>} handles by suffix
   * @param {() => void} release
   * @param {() => Promise<unknown>} find the database, by its name
   */
  constructor(path, handles, release, find) {
    this.#path = path;
    this.#handles = handles;
    this.#release = release;
    // A browser tells only asynchronously that the user has cleared a site's data, so the store
    // asks beforehand.
    this.#timer = setInterval(() => {
      find().catch((/** @type {DOMException} */ { name }) => {
        if (name === "NotFoundError") this.isGone = true;
      });
    }, LOOK_MS);
  }

  /** @param {string} path */
  #handle(path) {
    const handle = path.startsWith(this.#path)
      ? this.#handles.get(path.slice(this.#path.length))
      : undefined;
    if (!handle)
      throw cannot(
        `${path} is not open here: a connection has ${this.#path} and its journals only`,
      );
    return handle;
  }

  /** @param {string} path */
  open(path) {
    return new OpfsFile(this.#handle(path), path, this);
  }

  /** @param {string} path */
  delete(path) {
    const handle = this.#handle(path);
    handle.truncate(0);
    handle.flush();
  }

  /** @param {string} path */
  exists(path) {
    return this.#handle(path).getSize() > 0;
  }

  close() {
    clearInterval(this.#timer);
    for (const handle of this.#handles.values()) handle.close();
    this.#handles.clear();
    this.#release();
  }
}

/**
 * @param {string} rest what follows "opfs:"
 * @param {{ readonly: boolean, create: boolean }} how
 */
export async function openOpfs(rest, how) {
  checkRuntime();
  const create = how.create && !how.readonly;
  const path = rest.split("/").filter(Boolean).join("/");
  const release = await lock(path);
  const handles = new Map();
  try {
    const { folder, name } = await findFolder(path, create);
    for (const suffix of SUFFIXES) {
      const file = await folder.getFileHandle(name + suffix, {
        create: create || suffix !== "",
      });
      handles.set(suffix, await openHandle(file, path));
    }
    const find = () => folder.getFileHandle(name);
    return { store: new OpfsStore(path, handles, release, find), path };
  } catch (error) {
    for (const handle of handles.values()) handle.close();
    release();
    if (/** @type {any} */ (error).name === "NotFoundError")
      throw cannot(`there is no database ${path}`, error);
    throw error;
  }
}
