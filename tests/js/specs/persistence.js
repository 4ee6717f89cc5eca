// Persistent locations: what was committed is there after closing, and a database has one owner.
import { equal, ok, rejects, skip, spec, throws } from "../lib/harness.js";

/** A fresh location, removed afterwards; databases opened through `open` are closed. */
async function withLocation({ api, env }, run) {
  const location = env.location?.();
  if (!location) skip("no persistent storage in this runtime");
  const opened = [];
  const open = async (options, at = location) => {
    const db = await api.open(at, options);
    opened.push(db);
    return db;
  };
  try {
    await run(open, location);
  } finally {
    for (const db of opened) db.close();
    await env.remove(location);
  }
}

spec(
  "persistence: what is written is there when it is opened again",
  (context) =>
    withLocation(context, async (open, location) => {
      const db = await open();
      equal(db.location, location);
      const table = db.vss0("t", { v: 4, n: "integer" });
      table.insertMany({
        v: Float32Array.from({ length: 4000 }, (_, i) => i % 17),
        n: Array.from({ length: 1000 }, (_, i) => i),
      });
      const hits = table.search([1, 2, 3, 4], { k: 5, where: "n < 500" });
      db.close();
      const again = await open();
      equal(again.vss0("t").count, 1000);
      equal(
        again.vss0("t").search([1, 2, 3, 4], { k: 5, where: "n < 500" }),
        hits,
      );
      equal(again.prepare("pragma integrity_check").pluck().get(), "ok");
    }),
);

spec(
  "persistence: an open transaction is gone, committed ones stay",
  (context) =>
    withLocation(context, async (open) => {
      const db = await open();
      db.exec(
        "create table t(v); insert into t values (1); begin; insert into t values (2)",
      );
      db.close();
      const again = await open();
      equal(again.prepare("select v from t").pluck().all(), [1]);
    }),
);

spec(
  "persistence: a second opening is refused, and possible after closing",
  (context) =>
    withLocation(context, async (open, location) => {
      const db = await open();
      const error = await rejects(open(), {
        name: "VssError",
        code: "SQLITE_BUSY",
      });
      ok(
        error.message.includes(location.replace(/^\w+:/, "")),
        `${error.message} names the file`,
      );
      db.exec("create table t(v)");
      db.close();
      const again = await open();
      equal(again.prepare("select count(*) from t").pluck().get(), 0);
    }),
);

spec("persistence: create and readonly", (context) =>
  withLocation(context, async (open) => {
    await rejects(open({ create: false }), {
      name: "VssError",
      code: "SQLITE_CANTOPEN",
    });
    await rejects(open({ readonly: true }), {
      name: "VssError",
      code: "SQLITE_CANTOPEN",
    });
    const db = await open();
    db.exec("create table t(v); insert into t values (1)");
    db.close();
    const fixed = await open({ readonly: true });
    equal(fixed.prepare("select v from t").pluck().get(), 1);
    throws(() => fixed.exec("insert into t values (2)"), {
      code: "SQLITE_READONLY",
    });
    fixed.close();
    const existing = await open({ create: false });
    existing.exec("insert into t values (3)");
    equal(existing.prepare("select count(*) from t").pluck().get(), 2);
  }),
);

spec(
  "persistence: serialize a stored database, and store bytes by vacuum",
  (context) =>
    withLocation(context, async (open) => {
      const db = await open();
      db.exec("create table t(v); insert into t values (1), (2)");
      const copy = await context.api.open(db.serialize());
      equal(copy.prepare("select count(*) from t").pluck().get(), 2);
      copy.close();
      db.exec("delete from t; vacuum");
      equal(db.prepare("pragma integrity_check").pluck().get(), "ok");
    }),
);

spec("persistence: WAL mode works, since a database has one owner", (context) =>
  withLocation(context, async (open) => {
    const db = await open();
    equal(db.prepare("pragma journal_mode = wal").pluck().get(), "wal");
    db.exec("create table t(v)");
    for (let i = 0; i < 100; i++) db.prepare("insert into t values (?)").run(i);
    db.close();
    const again = await open();
    equal(again.prepare("select count(*) from t").pluck().get(), 100);
    equal(
      again.prepare("pragma journal_mode = delete").pluck().get(),
      "delete",
    );
  }),
);

spec(
  "persistence: rollback of a transaction larger than the page cache",
  (context) =>
    withLocation(context, async (open) => {
      const db = await open();
      db.exec(
        "pragma cache_size = 10; create table t(v); insert into t select randomblob(500) from json_each('[1,2,3]')",
      );
      const sum = () =>
        db.prepare("select count(*), total(length(v)) from t").raw().get();
      const before = sum();
      throws(
        () =>
          db.transaction(() => {
            for (let i = 0; i < 400; i++)
              db.exec("insert into t values (randomblob(2000))");
            db.exec("update t set v = zeroblob(10)");
            throw new Error("undo");
          })(),
        { message: "undo" },
      );
      equal(sum(), before);
      equal(db.prepare("pragma integrity_check").pluck().get(), "ok");
    }),
);

spec(
  "persistence: locations that this runtime lacks are refused with the reason",
  async ({ api, env }) => {
    const kind = env.location?.()?.split(":")[0];
    if (kind !== "file") {
      await rejects(api.open("file:x.db"), {
        name: "VssError",
        code: "SQLITE_CANTOPEN",
        message: /no file system here|have no files/,
      });
    }
    if (kind !== "opfs")
      await rejects(api.open("opfs:x.db"), {
        name: "VssError",
        code: "SQLITE_CANTOPEN",
        message: /opfs/,
      });
  },
);
