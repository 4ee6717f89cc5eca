// Memory that ends: SQLite's own limit, and a module whose memory may not grow. Each failure is
// SQLITE_NOMEM; table and index are in step, and the database goes on as soon as there is memory
// again.
import { MapStore } from "../lib/map-store.js";
import { equal, isError, ok, rejects, skip, spec } from "../lib/harness.js";
import { openInside } from "../lib/inside.js";

const DIMENSIONS = 128;
const ROWS = 100;
const PAGE_BYTES = 65536;

const floats = (rows, seed) =>
  Float32Array.from(
    { length: rows * DIMENSIONS },
    (_, i) => ((i * 7919 + seed * 104729) % 1009) / 1009,
  );

function createTable(db) {
  return db.vss0("t", { v: DIMENSIONS, n: "integer", name: "text" });
}

function insertPart(table, seed) {
  table.insertMany({
    v: floats(ROWS, seed),
    n: Array.from({ length: ROWS }, (_, i) => seed * ROWS + i),
    name: Array.from({ length: ROWS }, (_, i) => `row ${seed} ${i}`),
  });
}

/** The index and the rows agree, and only whole parts are there. Gives the number of rows. */
function check(db) {
  equal(db.inTransaction, false);
  db.exec("insert into t(t) values ('integrity-check')");
  const { count } = db.vss0("t");
  equal(count % ROWS, 0, "parts are whole");
  const query = floats(1, 5);
  equal(
    db.vss0("t").search(query, { k: 20, where: "name like 'row%'" }),
    db
      .prepare(
        "select rowid, vss_distance_l2(v, ?) as distance from t order by 2, 1 limit 20",
      )
      .all(query),
    "the index and the rows",
  );
  return count;
}

/** Calls that need memory. */
const WORK = {
  "insertMany, again and again": (db) => {
    for (let seed = 10; seed < 24; seed++) insertPart(db.vss0("t"), seed);
  },
  "a search of all rows": (db) =>
    db.vss0("t").search(floats(1, 1), { k: 5000, select: ["name", "v"] }),
  "filters on texts": (db) =>
    db.vss0("t").search(floats(1, 1), {
      k: 10,
      where: { name: { like: "row%" }, n: { in: [1, 2, 3] } },
    }),
  "rebuilding the index": (db) =>
    db.exec("insert into t(t) values ('rebuild')"),
  "an update of every vector": (db) =>
    db.exec("update t set v = vss_fvec_add(v, v)"),
  "faiss_search over a table": (db) =>
    db
      .prepare("select faiss_search('main', 'posts', ?, 100)")
      .get(floats(1, 1)),
  "a long text": (db) => db.prepare("select ?").get("x".repeat(3 << 20)),
  sorting: (db) =>
    db
      .prepare(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select i from n order by i * 7919 % 10007, i",
      )
      .get(),
};

for (const [name, work] of Object.entries(WORK)) {
  spec(`memory: ${name}, with less and less of it`, async ({ api, env }) => {
    const maker = await api.open();
    const table = createTable(maker);
    for (let seed = 0; seed < 10; seed++) insertPart(table, seed);
    maker.exec(
      "create table posts(id integer primary key, embedding blob); insert into posts select rowid, v from t",
    );
    const bytes = maker.serialize();
    maker.close();
    const NO_LIMIT = 2 ** 40;
    let failed = 0;
    const steps = env.long ? 100 : 6;
    for (let step = 0; step < steps; step++) {
      const { db, inside } = await openInside(() =>
        api.open(bytes, { memoryLimit: NO_LIMIT }),
      );
      const limit = (size) => inside.restrict(-1, size);
      check(db);
      // The limit is what is in use now and a little more in each step, up to all that the work
      // needs.
      const inUse = inside.byteLength;
      limit(bytes.length + (inUse - bytes.length) * (step / steps) ** 2);
      let error;
      try {
        work(db);
      } catch (caught) {
        error = caught;
      }
      if (error) {
        failed++;
        isError(error, { name: "VssError", code: "SQLITE_NOMEM" });
        ok(/out of memory/.test(error.message), error.message);
      }
      limit(NO_LIMIT);
      check(db);
      work(db);
      check(db);
      db.close();
    }
    ok(failed > 0, "nothing failed");
  });
}

spec("memory: the option, and SQLite's pragma", async ({ api }) => {
  const db = await api.open(":memory:", { memoryLimit: 8 << 20 });
  equal(db.prepare("pragma hard_heap_limit").pluck().get(), 8 << 20);
  let error;
  try {
    db.exec("create table t(v); insert into t values (zeroblob(9000000))");
  } catch (caught) {
    error = caught;
  }
  isError(error, { name: "VssError", code: "SQLITE_NOMEM", errcode: 7 });
  // SQL may lower the limit, and may not raise it.
  db.exec("pragma hard_heap_limit = 900000000");
  equal(db.prepare("pragma hard_heap_limit").pluck().get(), 8 << 20);
  db.exec("pragma hard_heap_limit = 7000000");
  equal(db.prepare("pragma hard_heap_limit").pluck().get(), 7000000);
  db.exec("insert into t values (1)");
  equal(db.prepare("select count(*) from t").pluck().get(), 1);
  db.close();
  // SQLite decides whether a database opens with almost no memory. It does not keep much.
  const tiny = api
    .open(":memory:", { memoryLimit: 1 })
    .then((opened) => opened.prepare("select hex(zeroblob(100000))").get());
  await rejects(tiny, { name: "VssError", code: "SQLITE_NOMEM" });
});

/** The module with another maximum of its memory, in pages. */
function withMostPages(wasm, most) {
  const MEMORY_SECTION = 5;
  const copy = wasm.slice();
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = copy[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < copy.length) {
    const id = copy[at++];
    const size = leb();
    if (id !== MEMORY_SECTION) {
      at += size;
      continue;
    }
    equal([leb(), leb()], [1, 1], "one memory, with a maximum");
    const first = leb();
    const start = at;
    leb();
    const width = at - start;
    // The number takes as many bytes as before, since LEB128 may be padded.
    for (let i = 0, rest = most; i < width; i++, rest = Math.floor(rest / 128))
      copy[start + i] = (rest & 127) | (i < width - 1 ? 128 : 0);
    return { bytes: copy, first };
  }
  throw new Error("no memory section");
}

/**
 * Take all memory except `leave` blocks of 64 KB. Rows in a file need little memory, so that its
 * end would be far away otherwise.
 */
function fillUp(inside, leave) {
  const taken = [];
  for (let at; (at = inside.malloc(PAGE_BYTES)) !== 0;) taken.push(at);
  for (const block of taken.splice(-leave)) inside.x.sqlite3_free(block);
}

spec("memory: a module whose memory may not grow further", async ({ env }) => {
  if (!env.freshApi) skip("modules cannot be made of bytes here");
  const { first } = withMostPages(env.wasm, 65536);
  // 110 pages are 7 MB, so that large allocations fail too, and not only the first above 4 MB.
  const points = env.long ? 110 : 4;
  const span = env.long ? 110 : 16;
  const other = await env.freshApi();
  let sound = 0;
  for (let i = 0; i < points; i++) {
    const most = first + Math.floor((i * span) / points);
    const fresh = await env.freshApi();
    const { bytes } = withMostPages(env.wasm, most);
    const store = new MapStore();
    const inMemory = i % 2 === 0;
    const wasm = await WebAssembly.compile(bytes);
    await fresh.init({ wasm });
    const { db, inside } = await openInside(() =>
      inMemory ? fresh.open() : fresh.openIn("map:t.db", store, {}),
    );
    let parts = 0;
    let error;
    try {
      const table = createTable(db);
      if (!inMemory) fillUp(inside, 14);
      for (; ; parts++) insertPart(table, parts);
    } catch (caught) {
      error = caught;
    }
    isError(error, { name: "VssError", code: "SQLITE_NOMEM" });
    ok(inside.byteLength <= most * PAGE_BYTES, "memory kept to its maximum");
    equal(db.inTransaction, false, "no trap");
    // The next calls work, or say that there is no memory for them. No answer is wrong.
    equal(db.prepare("select 6 * 7").pluck().get(), 42);
    let keep = parts;
    let isSound = false;
    try {
      db.exec("pragma shrink_memory");
      while (!isSound && keep > 0) {
        try {
          equal(check(db), keep * ROWS);
          isSound = true;
        } catch (caught) {
          isError(caught, { code: "SQLITE_NOMEM" });
          // With fewer rows there is memory again.
          keep = Math.floor(keep * 0.8);
          db.exec(`delete from t where rowid > ${keep * ROWS}`);
        }
      }
    } catch (caught) {
      isError(caught, { code: "SQLITE_NOMEM" });
    }
    sound += isSound ? 1 : 0;
    db.close();
    if (inMemory || parts === 0) continue;
    const again = await other.openIn("map:t.db", store, {});
    ok(check(again) > 0, "what was stored is there");
    again.close();
  }
  ok(sound >= points / 2, `only ${sound} of ${points} went on by themselves`);
});
