// Copies of databases at an address, in a Durable Object's storage. The copy goes in by pieces,
// each in a transaction of its own, under a name of its own; the last transaction renames its rows.
import { appeared, besideOf, whenFree } from "./draft.js";

/**
 * @import { FileObject, Store } from '../module/vfs.js'
 * @import { Keep } from '../entries/core.js'
 */

/** An object has 128 MB of memory, and what is written is kept there until it is flushed. */
const PIECE_BYTES = 4 << 20;

/**
 * @param {any} storage
 * @param {string} path
 * @param {(storage: any, name: string) => Store} openStore
 * @param {typeof import('../module/sqlite-codes.js').OPEN} OPEN
 * @returns {Keep}
 */
export function keepInDurable(storage, path, openStore, OPEN) {
  const draftName = besideOf(path).draft;
  const { sql } = storage;
  sql.exec(
    "create table if not exists vss_source(name text primary key, note text) without rowid",
  );

  /** @param {string} name */
  function remove(name) {
    sql.exec("delete from vss_file where name = ?", name);
    sql.exec("delete from vss_page where name = ?", name);
  }

  return {
    async size() {
      const query = "select size from vss_file where name = ?";
      return Number(sql.exec(query, path).toArray()[0]?.size ?? 0);
    },
    async note() {
      const query = "select note from vss_source where name = ?";
      return sql.exec(query, path).toArray()[0]?.note;
    },
    async alone(body) {
      const store = await whenFree(() => openStore(storage, draftName));
      try {
        remove(draftName);
        return await body(
          inPieces(store.open(draftName, OPEN.MAIN_DB | OPEN.CREATE)),
        );
      } finally {
        remove(draftName);
        store.close();
      }
    },
    async swap(note, mayReplace) {
      // Refused where it is open.
      const store = openStore(storage, path);
      try {
        if (!mayReplace && (await this.size()) > 0) throw appeared();
        storage.transactionSync(() => {
          remove(path);
          for (const table of ["vss_file", "vss_page"])
            sql.exec(
              `update ${table} set name = ? where name = ?`,
              path,
              draftName,
            );
          sql.exec(
            "insert or replace into vss_source values (?, ?)",
            path,
            note,
          );
        });
      } finally {
        store.close();
      }
    },
  };
}

/**
 * @param {FileObject} file
 * @returns {FileObject}
 */
function inPieces(file) {
  let waiting = 0;
  return {
    read: (target, at) => file.read(target, at),
    write(source, at) {
      file.write(source, at);
      waiting += source.length;
      if (waiting < PIECE_BYTES) return;
      file.flush();
      waiting = 0;
    },
    truncate: (size) => file.truncate(size),
    size: () => file.size(),
    flush: () => file.flush(),
    close: () => file.close(),
  };
}
