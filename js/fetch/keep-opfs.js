// Copies of databases at an address, in the origin private file system; the names are those of
// keep-node.js.
import { appeared, besideOf } from "./draft.js";

/**
 * @import { FileObject } from '../module/vfs.js'
 * @import { Keep } from '../entries/core.js'
 * @import * as opfs from '../files/store-opfs.js'
 */

/**
 * @param {string} rest what follows "opfs:"
 * @param {Pick<typeof opfs, "lock" | "findFolder" | "openHandle" | "checkRuntime">} store
 * @returns {Promise<Keep>}
 */
export async function keepInOpfs(rest, store) {
  store.checkRuntime();
  const path = rest.split("/").filter(Boolean).join("/");
  const { folder, name } = await store.findFolder(path, true);
  const { draft: draftName, note: noteName } = besideOf(name);

  /**
   * The file's content, undefined where there is none.
   * @param {string} of
   * @returns {Promise<File | undefined>}
   */
  async function fileOf(of) {
    try {
      return await (await folder.getFileHandle(of)).getFile();
    } catch (error) {
      if (/** @type {DOMException} */ (error).name === "NotFoundError")
        return undefined;
      throw error;
    }
  }

  /** Of the draft, while there is one. */
  /** @type {any} */ let open;

  /** @param {string} of */
  async function remove(of) {
    await folder.removeEntry(of).catch(() => {});
  }

  /**
   * @template T
   * @param {string} of
   * @param {(handle: any) => Promise<T> | T} body
   */
  async function writing(of, body) {
    const file = await folder.getFileHandle(of, { create: true });
    const handle = await store.openHandle(file, path);
    try {
      handle.truncate(0);
      return await body(handle);
    } finally {
      handle.close();
    }
  }

  /**
   * Run with nobody else amid a copy.
   * @template T
   * @param {() => Promise<T>} body
   * @returns {Promise<T>}
   */
  const exclusively = (body) =>
    navigator.locks
      ? navigator.locks.request(`vss-wasm download opfs:${path}`, body)
      : body();

  return {
    size: async () => (await fileOf(name))?.size ?? 0,
    note: async () => (await fileOf(noteName))?.text(),
    alone: (body) =>
      exclusively(async () => {
        try {
          return await writing(draftName, (handle) =>
            body(draftIn((open = handle))),
          );
        } finally {
          await remove(draftName);
        }
      }),
    async swap(note, mayReplace) {
      const release = await store.lock(path);
      try {
        if (!mayReplace && ((await fileOf(name))?.size ?? 0) > 0)
          throw appeared();
        for (const side of ["-journal", "-wal"]) await remove(name + side);
        const draft = /** @type {any} */ (
          await folder.getFileHandle(draftName)
        );
        if (typeof draft.move !== "function")
          throw new Error("this browser cannot rename files");
        // What is open cannot be renamed; closing it once more later does no harm.
        open.close();
        await draft.move(name);
      } finally {
        release();
      }
      await writing(noteName, (handle) => {
        handle.write(new TextEncoder().encode(note), { at: 0 });
      });
    },
  };
}

/**
 * @param {any} handle a FileSystemSyncAccessHandle
 * @returns {FileObject}
 */
function draftIn(handle) {
  return {
    read: (target, at) => handle.read(target, { at }),
    write(source, at) {
      if (handle.write(source, { at }) !== source.length)
        throw new Error("the storage quota is used up");
    },
    truncate: (size) => handle.truncate(size),
    size: () => handle.getSize(),
    flush: () => handle.flush(),
    close() {},
  };
}
