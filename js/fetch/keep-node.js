// Copies of databases at an address, in files of Node, Deno and Bun:
//
//   articles.db                 the database
//   articles.db-vss-download    while it is copied
//   articles.db-vss-source      what the server said of it, to ask later whether it has changed
import * as fs from "node:fs";
import { appeared, besideOf, whenFree } from "./draft.js";

/**
 * @import { FileObject, Store } from '../module/vfs.js'
 * @import { Keep } from '../entries/core.js'
 */

/** @param {string} path */
function remove(path) {
  fs.rmSync(path, { force: true });
}

/**
 * Give a file a name that nobody has.
 * @param {string} from
 * @param {string} to
 */
function take(from, to) {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === "EEXIST") throw appeared();
    // This file system has no second names.
    fs.renameSync(from, to);
  }
  remove(from);
}

/**
 * @param {string} path of the database
 * @param {Store} store whose files lock
 * @param {typeof import('../module/sqlite-codes.js').OPEN} OPEN
 * @returns {Keep}
 */
export function keepInFiles(path, store, OPEN) {
  const { draft: draftPath, note: notePath } = besideOf(path);
  const writable = OPEN.MAIN_DB | OPEN.READWRITE;

  function openDraft() {
    const draft = store.open(draftPath, writable | OPEN.CREATE);
    // Its owner may have removed it between the opening and the lock.
    if (!draft.moved?.()) return draft;
    draft.close();
    return undefined;
  }

  return {
    size: async () => fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0,
    async note() {
      return fs.existsSync(notePath)
        ? fs.readFileSync(notePath, "utf8")
        : undefined;
    },
    async alone(body) {
      const draft = await whenFree(openDraft);
      try {
        draft.truncate(0);
        return await body(draft);
      } finally {
        remove(draftPath);
        draft.close();
      }
    },
    async swap(note, mayReplace) {
      const old = fs.statSync(path, { throwIfNoEntry: false });
      if (old) {
        // Nobody has it open, and nobody left a journal that would be played into the new one.
        const held = store.open(path, writable);
        try {
          if (held.size() > 0 && !mayReplace) throw appeared();
          fs.chmodSync(draftPath, old.mode);
          for (const side of ["-journal", "-wal"]) remove(path + side);
          fs.renameSync(draftPath, path);
        } finally {
          held.close();
        }
      } else {
        take(draftPath, path);
      }
      fs.writeFileSync(`${notePath}~`, note);
      fs.renameSync(`${notePath}~`, notePath);
    },
  };
}
