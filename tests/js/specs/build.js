// Tables without a cache: their index is built when it is first needed, and open() is told how far.
import { equal, ok, rejects, skip, spec, throws } from "../lib/harness.js";

const COUNTS = [
  [4096, 10_000],
  [8192, 10_000],
  [10_000, 10_000],
];

/** The bytes of a database whose table has so many rows and no cache. */
async function withoutCache(api, rows) {
  const db = await api.open();
  const table = db.vss0("t", { e: 2 });
  const e = Float32Array.from({ length: 2 * rows }, (_, i) => i);
  table.insertMany({ e });
  const whole = db.serialize().length;
  db.exec("insert into t(t) values ('cache-off'); vacuum");
  const bytes = db.serialize();
  db.close();
  ok(bytes.length < whole, `${bytes.length} bytes of ${whole}`);
  return bytes;
}

const nearest = (db) =>
  db
    .vss0("t")
    .search([0, 1], { k: 2 })
    .map(({ rowid }) => rowid);

spec("build: open() is told how far the index is", async ({ api }) => {
  const seen = [];
  const onBuild = (...counts) => void seen.push(counts);
  const bytes = await withoutCache(api, 10_000);
  const db = await api.open(bytes, { onBuild, readonly: true });
  equal(seen, []);
  equal(nearest(db), [1, 2]);
  equal(seen, COUNTS);
  equal(nearest(db), [1, 2]);
  equal(seen.length, COUNTS.length, "the index is built once");
  db.close();
  const small = await api.open(await withoutCache(api, 4000), { onBuild });
  equal(nearest(small), [1, 2]);
  equal(seen.length, COUNTS.length, "a small table is not worth telling");
  small.close();
});

spec("build: what onBuild throws ends the statement", async ({ api }) => {
  let fail = true;
  const db = await api.open(await withoutCache(api, 10_000), {
    onBuild() {
      if (fail) throw new Error("too long");
    },
  });
  const error = throws(() => nearest(db), { code: "SQLITE_INTERRUPT" });
  equal(error.cause?.message, "too long");
  throws(() => db.vss0("t").insert({ e: [1, 1] }), {
    code: "SQLITE_INTERRUPT",
  });
  fail = false;
  equal(nearest(db), [1, 2]);
  equal(db.vss0("t").insert({ e: [0, 1] }), 10_001);
  equal(nearest(db), [1, 10_001]);
  db.close();
});

spec("build: the worker client is told too", async ({ api, env }) => {
  if (!env.client) skip("run on pages only");
  const seen = [];
  const db = await env.client.open(await withoutCache(api, 10_000), {
    onBuild: (...counts) => void seen.push(counts),
  });
  const table = await db.vss0("t");
  equal((await table.search([0, 1], { k: 1 }))[0].rowid, 1);
  equal(seen, COUNTS);
  await db.close();
  await rejects(env.client.open(":memory:", { onBuild: 1 }), {
    name: "TypeError",
    message: "open: onBuild is 1, expected a function",
  });
});
