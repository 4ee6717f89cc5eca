// Arguments that would be ignored, or read in half, are errors in both clients.
import {
  bothSpecs,
  equal,
  rejects,
  skip,
  spec,
  throws,
} from "../lib/harness.js";

const bothSpec = bothSpecs("arguments");

bothSpec("exec takes SQL alone, insert and delete one row", async (client) => {
  const db = await client.open();
  await db.exec("create table n(v)");
  const t = await db.vss0("t", { e: 1 });
  await t.insert({ e: [1] });
  const cases = [
    [
      () => db.exec("insert into n values (?)", [5]),
      "exec: sql is one argument, got 2: values go to prepare()",
    ],
    [
      () => db.exec("insert into n values (?, ?)", 5, 6),
      "exec: sql is one argument, got 3: values go to prepare()",
    ],
    [
      () => db.exec("insert into n values (1)", undefined),
      "exec: sql is one argument, got 2: values go to prepare()",
    ],
    [
      () => t.insert({ e: [2] }, { e: [3] }),
      "insert: row is one argument, got 2: insertMany() takes several",
    ],
    [
      () => t.delete(1, 2),
      "delete: id is one argument, got 2: deleteMany() takes several",
    ],
  ];
  for (const [run, message] of cases)
    equal(
      (await rejects((async () => run())(), { name: "TypeError" })).message,
      message,
    );
  equal(await (await db.prepare("select count(*) as n from n")).get(), {
    n: 0,
  });
  equal(await t.count, 1);
  await db.close();
});

bothSpec("a location with a NUL is refused as a whole", async (client, env) => {
  const persistent = env.location?.();
  for (const location of [
    "file:x\0y.db",
    "opfs:x\0y",
    ":memory:\0",
    ...(persistent ? [`${persistent}\0y`] : []),
  ])
    await rejects(client.open(location), {
      name: "TypeError",
      // openDurable() is given the name alone.
      message: location.startsWith("durable:")
        ? "openDurable: name has a NUL character at offset 1"
        : `open: location has a NUL character at offset ${location.indexOf("\0")}`,
    });
  if (!persistent) return;
  await rejects(client.open(persistent, { create: false }), {
    code: "SQLITE_CANTOPEN",
  });
});

spec("arguments: serialize while a statement writes", async ({ api, env }) => {
  const places = [":memory:", env.location?.()].filter(Boolean);
  for (const place of places) {
    const db = await api.open(place);
    const t = db.vss0("t", { e: 1 });
    db.exec("create table p(v)");
    t.insertMany({ e: new Float32Array(100) });
    const refused = {
      name: "VssError",
      code: "SQLITE_BUSY",
      message: "serialize: a statement is writing, its end is not known yet",
    };
    let copies = 0;
    db.function("copy", (v) => {
      throws(() => db.serialize(), refused);
      copies++;
      return v;
    });
    db.exec("insert into t(e) select copy('[5]') from t limit 10");
    db.exec(
      "update p set v = copy(v); insert into p values (copy(1)); delete from p where copy(v) = 1",
    );
    db.exec(
      "update t set e = copy(e) where rowid < 3; delete from t where copy(rowid) = 3",
    );
    equal(copies > 20, true, "the function ran");
    const returning = db
      .prepare("insert into p values (1), (2) returning v")
      .iterate();
    returning.next();
    throws(() => db.serialize(), refused);
    for (const row of returning) equal(row.v, 2);
    // A statement that only reads does not matter.
    let bytes;
    db.function("look", (v) => ((bytes = db.serialize()), v));
    db.exec("select look(1)");
    for (const row of db.prepare("select v from p").iterate())
      bytes = row && db.serialize();
    const whole = await api.open(bytes);
    equal(whole.prepare("pragma integrity_check").get(), {
      integrity_check: "ok",
    });
    equal(whole.vss0("t").count, db.vss0("t").count);
    whole.close();
    db.close();
    if (place !== ":memory:") await env.remove(place);
  }
  if (places.length < 2) skip("no file storage here; in memory it passed");
});
