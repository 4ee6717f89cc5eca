// exec, serialize, close, safety.
import { equal, ok, rejects, spec, throws } from "../lib/harness.js";

spec(
  "database: exec runs several statements and gives the database",
  async ({ api }) => {
    const db = await api.open();
    ok(
      db.exec(
        "create table t(v); insert into t values (1); insert into t values (2);",
      ) === db,
      "chains",
    );
    equal(db.prepare("select count(*) from t").pluck().get(), 2);
    throws(() => db.exec("insert into t values (3); nonsense"), {
      code: "SQLITE_ERROR",
      message: 'near "nonsense"',
    });
    equal(db.prepare("select count(*) from t").pluck().get(), 3);
    throws(() => db.exec("select 1\0"), {
      name: "TypeError",
      message: "NUL character",
    });
    db.close();
  },
);

spec("database: bytes out and in", async ({ api }) => {
  const db = await api.open();
  db.exec("create table t(v); insert into t values ('kept')");
  const open = db.prepare("select v from t").pluck();
  const bytes = db.serialize();
  equal(open.get(), "kept");
  ok(bytes.length % 512 === 0 && bytes.length > 0, `${bytes.length} bytes`);
  equal(new TextDecoder().decode(bytes.subarray(0, 15)), "SQLite format 3");
  const copy = await api.open(bytes);
  copy.exec("insert into t values ('more')");
  bytes.fill(0);
  equal(copy.prepare("select v from t").pluck().all(), ["kept", "more"]);
  const { buffer } = copy.serialize();
  const opening = api.open(buffer);
  new Uint8Array(buffer).fill(0);
  const again = await opening;
  equal(again.prepare("select count(*) from t").pluck().get(), 2);
  equal(
    (await api.open(new Uint8Array(0))).prepare("select 1").pluck().get(),
    1,
  );
  for (const each of [db, copy, again]) each.close();
});

spec("database: bytes that are no database are refused", async ({ api }) => {
  await rejects(api.open(new Uint8Array(4096).fill(7)), {
    code: "SQLITE_NOTADB",
  });
  const db = await api.open();
  db.exec("create table t(v)");
  db.exec("begin; insert into t values (1)");
  throws(() => db.serialize(), {
    name: "VssError",
    message: "a transaction is open",
  });
  db.close();
});

spec("database: bytes of a database in WAL mode", async ({ api }) => {
  const db = await api.open();
  db.exec("create table t(v); insert into t values (1)");
  const bytes = db.serialize();
  db.close();
  bytes[18] = bytes[19] = 2;
  const copy = await api.open(bytes);
  equal(copy.prepare("select v from t").pluck().all(), [1]);
  copy.exec("insert into t values (2)");
  copy.close();
});

spec("database: readonly", async ({ api }) => {
  const db = await api.open();
  db.exec("create table t(v); insert into t values (1)");
  const fixed = await api.open(db.serialize(), { readonly: true });
  ok(fixed.readonly && !db.readonly, "the property");
  equal(fixed.prepare("select v from t").pluck().get(), 1);
  throws(() => fixed.exec("insert into t values (2)"), {
    code: "SQLITE_READONLY",
  });
  fixed.close();
  db.close();
});

spec("database: close is for good, and may be repeated", async ({ api }) => {
  const db = await api.open();
  equal([db.open, db.location], [true, ":memory:"]);
  db.close();
  db.close();
  equal(db.open, false);
  for (const use of [
    () => db.exec("select 1"),
    () => db.prepare("select 1"),
    () => db.serialize(),
    () => db.vss0("t"),
    () => db.inTransaction,
    () => db.transaction(() => 1),
    () => db.function("f", () => 1),
  ]) {
    throws(use, { name: "VssError", message: "this database is closed" });
  }
});

spec("database: `using` closes", async ({ api }) => {
  const db = await api.open();
  const statement = db.prepare("select 1");
  if (!Symbol.dispose) return;
  statement[Symbol.dispose]();
  throws(() => statement.get(), { message: "finalized" });
  db[Symbol.dispose]();
  equal(db.open, false);
});

spec(
  "database: shadow tables and the schema are protected",
  async ({ api }) => {
    const db = await api.open();
    db.vss0("t", { v: 2 });
    throws(() => db.exec("update t_config set value = 'x'"), {
      message: "may not be modified",
    });
    throws(
      () => db.exec("pragma writable_schema = 1; delete from sqlite_schema"),
      { message: "may not be modified" },
    );
    throws(() => db.prepare('select "not_a_column"'), {
      message: "no such column",
    });
    db.close();
  },
);

spec("database: time, time zone and chance", async ({ api }) => {
  const db = await api.open();
  const [now, local, a, b] = db
    .prepare(
      "select julianday('now'), julianday('now', 'localtime'), random(), random()",
    )
    .raw()
    .get();
  ok(Math.abs((now - 2440587.5) * 864e5 - Date.now()) < 60000, `now is ${now}`);
  equal(Math.round((local - now) * 1440) + new Date().getTimezoneOffset(), 0);
  ok(a !== b, "random()");
  db.close();
});

spec(
  "database: FTS5, JSON, R*Tree, math and window functions are there",
  async ({ api }) => {
    const db = await api.open();
    db.exec(
      "create virtual table f using fts5(body); insert into f values ('the quick fox')",
    );
    equal(
      db.prepare("select count(*) from f where f match 'quick'").pluck().get(),
      1,
    );
    equal(
      db
        .prepare("select json_extract('{\"a\": [1, 2]}', '$.a[1]')")
        .pluck()
        .get(),
      2,
    );
    db.exec("create virtual table r using rtree(id, x0, x1)");
    equal(db.prepare("select sqrt(16.0)").pluck().get(), 4);
    equal(
      db
        .prepare("select sum(value) over (order by value) from json_each(?)")
        .pluck()
        .all("[1,2,3]"),
      [1, 3, 6],
    );
    db.close();
  },
);

spec("database: many open databases do not see each other", async ({ api }) => {
  const all = await Promise.all(Array.from({ length: 5 }, () => api.open()));
  all.forEach((db, i) =>
    db.exec(`create table t(v); insert into t values (${i})`),
  );
  equal(
    all.map((db) => db.prepare("select v from t").pluck().get()),
    [0, 1, 2, 3, 4],
  );
  for (const db of all) db.close();
});
