// Files that fail: each call of a store fails once, one after the other. The error is clean, and
// the database has all of what was being done, or nothing of it.
import { equal, isError, ok, skip, spec } from "../lib/harness.js";

/** Files in memory that outlive the database, with one call that fails. */
class FaultyStore {
  files = new Map();
  calls = 0;
  /** The number of the call that fails, counted from 1. With 0 none fails. */
  failAt = 0;
  error = () =>
    Object.assign(new Error("no space left on device"), { code: "ENOSPC" });

  #call() {
    if (++this.calls === this.failAt) throw this.error();
  }

  open(path, flags) {
    this.#call();
    if (!this.files.has(path)) {
      if (!(flags & 4)) throw new Error(`there is no ${path}`);
      this.files.set(path, new Uint8Array(0));
    }
    const { files } = this;
    const call = () => this.#call();
    const resize = (size) => {
      const next = new Uint8Array(size);
      next.set(files.get(path).subarray(0, size));
      files.set(path, next);
    };
    return {
      read(target, at) {
        call();
        const part = files.get(path).subarray(at, at + target.length);
        target.set(part);
        return part.length;
      },
      write(source, at) {
        call();
        if (at + source.length > files.get(path).length)
          resize(at + source.length);
        files.get(path).set(source, at);
      },
      truncate(size) {
        call();
        resize(Math.min(size, files.get(path).length));
      },
      size: () => (call(), files.get(path).length),
      flush: () => call(),
      close: () => {},
    };
  }

  delete(path) {
    this.#call();
    this.files.delete(path);
  }

  exists(path) {
    this.#call();
    return (this.files.get(path)?.length ?? 0) > 0;
  }

  close() {}
}

const CODES = [
  "SQLITE_FULL",
  "SQLITE_IOERR",
  "SQLITE_CANTOPEN",
  "SQLITE_NOMEM",
];

async function base(api) {
  const store = new FaultyStore();
  const db = await api.openIn("test:x.db", store, {});
  const table = db.vss0("t", { v: 4, n: "integer" });
  table.insertMany({
    v: Float32Array.from({ length: 400 }, (_, i) => i % 7),
    n: Array.from({ length: 100 }, (_, i) => i),
  });
  db.close();
  return store.files;
}

const copyOf = (files) =>
  new Map([...files].map(([path, bytes]) => [path, bytes.slice()]));

const operations = {
  insert: (db) => db.vss0("t").insert({ v: [1, 2, 3, 4], n: 1000 }),
  "insert many": (db) =>
    db.vss0("t").insertMany({
      v: new Float32Array(4 * 80).fill(2),
      n: Array(80).fill(1000),
    }),
  update: (db) => db.exec("update t set n = n + 1000 where rowid % 2 = 0"),
  "delete all": (db) => db.exec("delete from t"),
  "two statements in a transaction": (db) =>
    db.exec(
      "begin; delete from t where n < 50; insert into t(n) values (1000); commit",
    ),
  vacuum: (db) => db.exec("vacuum"),
  search: (db) => db.vss0("t").search([1, 1, 1, 1], { k: 5, where: "n > 10" }),
  "create another table": (db) =>
    db.transaction(() => db.vss0("u", { w: 3 }).insert({ w: [1, 2, 3] }))(),
};

/** What the database holds, as one text. */
function contents(db) {
  equal(db.prepare("pragma integrity_check").pluck().all(), ["ok"]);
  const rows = db
    .prepare("select rowid, hex(v), n from t order by rowid")
    .raw()
    .all();
  const hits = db.vss0("t").search([1, 2, 3, 4], { k: 500 });
  const l2 = db
    .prepare(
      "select rowid, vss_distance_l2(v, ?) as distance from t where v is not null order by 2, 1",
    )
    .all(new Float32Array([1, 2, 3, 4]));
  equal(hits, l2, "the index and the rows");
  const tables = db
    .prepare(
      "select name from sqlite_schema where sql like 'create virtual%' order by 1",
    )
    .pluck()
    .all();
  return JSON.stringify([
    rows,
    tables,
    tables.includes("u") ? db.vss0("u").count : 0,
  ]);
}

for (const [name, operation] of Object.entries(operations)) {
  spec(
    `fault: ${name}, with each call of the store failing once`,
    async ({ env }) => {
      if (!env.freshApi) skip("modules cannot be made of bytes here");
      const api = await env.freshApi();
      const files = await base(api);
      const look = async (at) => {
        const store = new FaultyStore();
        store.files = at;
        const db = await api.openIn("test:x.db", store, {});
        const text = contents(db);
        db.close();
        return text;
      };
      const before = await look(copyOf(files));
      let after;
      let failures = 0;
      const codes = new Set();
      for (let failAt = 0; ; failAt++) {
        const store = new FaultyStore();
        store.files = copyOf(files);
        store.failAt = failAt;
        if (failAt % 2) store.error = () => new Error("the disk is broken");
        let error;
        let db;
        try {
          db = await api.openIn("test:x.db", store, {});
          operation(db);
        } catch (caught) {
          error = caught;
        }
        if (db?.open) {
          // The same connection goes on working, or says that it cannot.
          store.failAt = 0;
          try {
            if (db.inTransaction) db.exec("rollback");
            contents(db);
          } catch (later) {
            ok(
              CODES.some((code) => later.code?.startsWith(code)),
              `${failAt}, afterwards: ${later.stack}`,
            );
          }
          db.close();
        }
        const found = await look(store.files);
        if (failAt === 0) {
          equal(error, undefined, "without a fault");
          after = found;
          continue;
        }
        if (error) {
          failures++;
          codes.add(error.code);
          isError(error, { name: "VssError" });
          ok(
            CODES.some((code) => error.code.startsWith(code)),
            `${failAt}: ${error.code} ${error.message}`,
          );
          ok(
            error.code === "SQLITE_NOMEM" ||
              error.cause?.message ||
              /disk|space|open/.test(error.message),
            `${failAt}: ${error.message} has no cause`,
          );
        }
        ok(
          found === before || found === after,
          `call ${failAt}: neither before nor after: ${found.slice(0, 300)}`,
        );
        if (!error && store.calls < failAt) break;
      }
      ok(failures > 0, "no fault was seen");
      if (name !== "search")
        ok(codes.has("SQLITE_FULL"), `a full disk is ${[...codes]}`);
    },
  );
}
