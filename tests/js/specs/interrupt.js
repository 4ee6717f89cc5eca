// Statements that are stopped: by a deadline, by `stop`, by interrupt(). Nothing here depends on a
// clock: a deadline of 0 has passed at the first question, and `stop` counts how often it is asked.
import {
  equal,
  isError,
  ok,
  rejects,
  skip,
  spec,
  throws,
} from "../lib/harness.js";
import { openInside } from "../lib/inside.js";

const ENDLESS =
  "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";

const DIMENSIONS = 16;

function vectors(rows, dimensions) {
  return Float32Array.from(
    { length: rows * dimensions },
    (_, i) => ((i * 7919) % 1009) / 1009,
  );
}

function fill(db, rows = 500) {
  db.vss0("t", {
    v: DIMENSIONS,
    l1: "(2) metric_type=L1",
    n: "integer",
    name: "text",
  }).insertMany({
    v: vectors(rows, DIMENSIONS),
    l1: vectors(rows, 2),
    n: Array.from({ length: rows }, (_, i) => i),
    name: Array.from({ length: rows }, (_, i) => `name ${i * 7}`),
  });
  db.exec(
    "create table posts(id integer primary key, embedding blob); insert into posts select rowid, v from t",
  );
}

/** The rows of the table as one text. Throws where the index does not agree with them. */
function contents(db) {
  db.exec("insert into t(t) values ('integrity-check')");
  const query = new Float32Array(DIMENSIONS).fill(0.5);
  const hits = db
    .vss0("t")
    .search(query, { column: "v", k: 30, where: "n >= 0" });
  const plain = db
    .prepare(
      "select rowid, vss_distance_l2(v, ?) as distance from t where n >= 0 order by 2, 1 limit 30",
    )
    .all(query);
  equal(hits, plain, "the index and the rows");
  return JSON.stringify([
    hits,
    db.prepare("select count(*), sum(n), max(rowid) from t").raw().get(),
  ]);
}

/**
 * Long work, each as one call. `cold`: on a database just opened from bytes, so that the index is
 * loaded.
 */
const WORK = {
  "counting in SQL": (db) =>
    db.exec(
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 9999) select sum(i) from n",
    ),
  "loading the index": (db) =>
    db
      .prepare("select rowid from t where vss_search(v, v) limit 1")
      .columns() &&
    db.vss0("t").search(new Float32Array(DIMENSIONS), { column: "v", k: 1 }),
  "streaming every row": (db) =>
    db.vss0("t").search(new Float32Array(DIMENSIONS), { column: "v", k: 5000 }),
  "a metric without codes": (db) =>
    db.vss0("t").search([0.5, 0.5], { column: "l1", k: 5 }),
  "filters of every kind": (db) =>
    db.vss0("t").search(new Float32Array(DIMENSIONS), {
      column: "v",
      k: 5,
      where:
        "name like '%1%2%' and n in (select id from posts where id % 3 = 0) and name > 'name 2' and n + 0 > 5",
    }),
  "rebuilding the index": (db) =>
    db.exec("insert into t(t) values ('rebuild')"),
  "checking the index": (db) =>
    db.exec("insert into t(t) values ('integrity-check')"),
  "faiss_search, reading all rows": (db) =>
    db
      .prepare("select faiss_search('main', 'posts', ?, 5)")
      .get(new Float32Array(DIMENSIONS)),
  "faiss_search, all rows in the answer": (db) =>
    db
      .prepare("select faiss_search_with_scores('main', 'posts', ?, 5000)")
      .get(new Float32Array(DIMENSIONS)),
  faiss_agg: (db) =>
    db
      .prepare("select faiss_agg(id, embedding, ?, 5000) from posts")
      .get(new Float32Array(DIMENSIONS)),
  "vector functions": (db) =>
    db.exec(
      "select sum(vss_distance_l2(v, vector_from_json(vector_to_json(v)))) from t",
    ),
  insertMany: (db) =>
    db
      .vss0("t")
      .insertMany({ v: vectors(300, DIMENSIONS), n: Array(300).fill(7) }),
  "an update of vectors": (db) =>
    db.exec("update t set v = vss_fvec_add(v, v), n = n + 1"),
  "an update of filters": (db) => db.exec("update t set n = n + 10000"),
  "deleting half": (db) => db.exec("delete from t where rowid % 2"),
  "a transaction of several": (db) =>
    db.transaction(() => {
      db.exec("delete from t where n < 200");
      db.vss0("t").insertMany({ v: vectors(100, DIMENSIONS) });
    })(),
  quick_check: (db) => db.exec("pragma quick_check"),
};

for (const [name, work] of Object.entries(WORK)) {
  spec(`interrupt: ${name}, stopped at many points`, async ({ api }) => {
    const maker = await api.open();
    fill(maker);
    const bytes = maker.serialize();
    maker.close();
    let asked = 0;
    let stopAt = Infinity;
    const open = () => api.open(bytes, { stop: () => ++asked > stopAt });
    const whole = await open();
    const before = contents(await open());
    asked = 0;
    work(whole);
    const questions = asked;
    const after = contents(whole);
    whole.close();
    ok(questions >= 5, `asked ${questions} times`);
    const points = new Set(
      Array.from({ length: 8 }, (_, i) => Math.floor((questions * i) / 8)),
    );
    for (const point of points) {
      const db = await open();
      asked = 0;
      stopAt = point;
      const error = (() => {
        try {
          work(db);
          return undefined;
        } catch (caught) {
          return caught;
        }
      })();
      stopAt = Infinity;
      isError(error, { name: "VssError", code: "SQLITE_INTERRUPT" });
      // No deadline has passed, so that the message names none.
      ok(!/deadline/.test(error.message), error.message);
      equal(db.inTransaction, false, `${point}: a transaction`);
      const found = contents(db);
      ok(
        found === before || (found === after && point > 0),
        `stopped at ${point} of ${questions}: neither before nor after`,
      );
      work(db);
      equal(contents(db), after, `${point}: done again`);
      db.close();
    }
  });
}

spec("interrupt: the scan of the codes asks by itself", async ({ api }) => {
  // Two blocks of codes are scanned between two rows of SQL: SQLite's own questions are not asked
  // in there. Each row of 65,536 dimensions alone in its block counts for four times its codes, so
  // a few megabytes of them are enough.
  const db = await api.open(":memory:", { stop: () => ++asked > stopAt });
  let asked = 0;
  let stopAt = Infinity;
  const dimensions = 16384;
  const table = db.vss0("t", { v: dimensions });
  const rows = 1100;
  const chunk = new Float32Array(dimensions * 100);
  for (let from = 0; from < rows; from += 100) {
    for (let i = 0; i < 100; i++) chunk[i * dimensions + from + i] = 1;
    table.insertMany({ v: chunk });
    chunk.fill(0);
  }
  const query = new Float32Array(dimensions);
  query[0] = 1;
  table.search(query, { k: 1 });
  const count = (k) => {
    asked = 0;
    table.search(query, { k });
    return asked;
  };
  // SQLite itself asks once per so many steps of its statements, which is not in every search.
  const least = (k) => Math.min(count(k), count(k));
  const full = least(1);
  db.exec(`delete from t where rowid > ${rows / 2}`);
  table.search(query, { k: 1 });
  const half = least(1);
  // There is one question per 8 MB of codes, and 18 MB are compared with 9 MB.
  ok(
    full > half,
    `${full} questions for ${rows} rows, ${half} for half of them`,
  );
  for (let point = 0; point < half; point++) {
    asked = 0;
    stopAt = point;
    throws(() => table.search(query, { k: 1 }), { code: "SQLITE_INTERRUPT" });
    stopAt = Infinity;
    equal(table.search(query, { k: 1 })[0], { rowid: 1, distance: 0 });
  }
  db.close();
});

spec("interrupt: a deadline that has passed", async ({ api }) => {
  const { db, inside } = await openInside(() => api.open());
  fill(db, 300);
  inside.restrict(0, 0);
  for (const sql of [
    ENDLESS,
    "select count(*) from t",
    "insert into t(t) values ('rebuild')",
    "select faiss_search('main', 'posts', '[1]', 1)",
  ]) {
    throws(() => db.prepare(sql).get(), {
      name: "VssError",
      code: "SQLITE_INTERRUPT",
      errcode: 9,
      message: "interrupted: it ran past its deadline of 0 ms",
    });
    throws(() => db.exec(sql), {
      code: "SQLITE_INTERRUPT",
      message: "past its deadline of 0 ms",
    });
  }
  // A deadline does not stop what takes no time.
  equal(db.prepare("select 1 + 1").pluck().get(), 2);
  db.close();
});

spec(
  "interrupt: a real deadline ends what never ends",
  async ({ api, env }) => {
    const db = await api.open(":memory:", { deadline: 20 });
    for (const endless of [
      ENDLESS,
      "with recursive n(i) as (select 1 union all select i + 1 from n) select max(vss_distance_l2('[1, 2]', '[3, 4]')) from n",
      "with recursive n(i) as (select 1 union all select i + 1 from n) select group_concat(i) from n where i < 0",
    ]) {
      throws(() => db.prepare(endless).get(), {
        code: "SQLITE_INTERRUPT",
        message: "interrupted: it ran past its deadline of 20 ms",
      });
      equal(db.prepare("select 1").pluck().get(), 1);
    }
    // Each run has a deadline of its own, and rows that are found in time are given.
    for (let i = 0; i < 200; i++)
      equal(db.prepare("select ?").pluck().get(i), i);
    const untrusted = await api.open(":memory:", {
      untrusted: true,
      deadline: 20,
    });
    throws(() => untrusted.exec(ENDLESS), {
      message: "past its deadline of 20 ms",
    });
    untrusted.close();
    db.close();
    ok(env.runtime, "in every runtime");
  },
);

spec(
  "interrupt: a write that is stopped takes its transaction back",
  async ({ api }) => {
    let late = false;
    const db = await api.open(":memory:", { stop: () => late });
    db.exec("create table t(n); insert into t values (1)");
    db.exec("begin; insert into t values (2)");
    late = true;
    throws(
      () =>
        db.exec(
          "insert into t with recursive n(i) as (select 1 union all select i + 1 from n) select i from n",
        ),
      { code: "SQLITE_INTERRUPT" },
    );
    late = false;
    equal(db.inTransaction, false);
    equal(db.prepare("select n from t").pluck().all(), [1]);
    // A statement that only reads leaves the transaction as it is.
    db.exec("begin; insert into t values (3)");
    late = true;
    throws(() => db.exec(ENDLESS), { code: "SQLITE_INTERRUPT" });
    late = false;
    equal(db.inTransaction, true);
    db.exec("commit");
    equal(db.prepare("select n from t").pluck().all(), [1, 3]);
    db.close();
  },
);

spec(
  "interrupt: from a user function, and by a stop that throws",
  async ({ api }) => {
    let fail = false;
    const db = await api.open(":memory:", {
      stop() {
        if (fail) throw new Error("the watch is broken");
        return false;
      },
    });
    fill(db, 100);
    db.function("enough", { varargs: true }, (n) => {
      if (n === 50) db.interrupt();
      return n;
    });
    const error = throws(() => db.prepare("select enough(n) from t").all(), {
      name: "VssError",
      code: "SQLITE_INTERRUPT",
    });
    equal(error.message, "interrupted");
    equal(db.prepare("select count(*) from t").pluck().get(), 100);
    fail = true;
    const broken = throws(() => db.exec(ENDLESS), { code: "SQLITE_INTERRUPT" });
    equal(broken.cause?.message, "the watch is broken");
    fail = false;
    db.interrupt(); // Nothing runs: nothing happens.
    equal(db.prepare("select count(*) from t").pluck().get(), 100);
    db.close();
    throws(() => db.interrupt(), { message: "this database is closed" });
  },
);

spec(
  "interrupt: statements inside statements have one deadline",
  async ({ api }) => {
    const db = await api.open(":memory:", { deadline: 30 });
    const inner = db.prepare("select ? + 1").pluck();
    db.function("inner", (n) => inner.get(n));
    // Each call of the function runs a statement; were that to start the clock again, this would
    // never end.
    throws(
      () =>
        db.exec(
          "with recursive n(i) as (select 1 union all select i + 1 from n) select max(inner(i)) from n",
        ),
      { code: "SQLITE_INTERRUPT", message: "deadline of 30 ms" },
    );
    equal(inner.get(1), 2);
    db.close();
  },
);

spec("interrupt: the time of the caller is not counted", async ({ api }) => {
  const db = await api.open(":memory:", { deadline: 1000 });
  const rows = db
    .prepare("select value from json_each('[1, 2, 3]')")
    .pluck()
    .iterate();
  equal(rows.next().value, 1);
  await new Promise((done) => setTimeout(done, 1200));
  equal(rows.next().value, 2);
  equal(rows.next().value, 3);
  equal(rows.next().done, true);
  db.close();
});

spec("interrupt: the worker client", async ({ env }) => {
  const { client } = env;
  if (!client) skip("run on pages only");
  const db = await client.open(":memory:", { untrusted: true, deadline: 20 });
  await rejects(db.exec(ENDLESS), {
    name: "VssError",
    code: "SQLITE_INTERRUPT",
    message: "interrupted: it ran past its deadline of 20 ms",
  });
  await rejects(db.exec("attach ':memory:' as x"), {
    message: "too many attached databases - max 0",
  });
  await db.close();
  await rejects(client.open(":memory:", { deadline: -1 }), {
    name: "RangeError",
    message: "open: deadline is -1",
  });
  await rejects(client.open(":memory:", { stop: () => true }), {
    name: "TypeError",
    message: "stop cannot go to a Worker",
  });
  const free = await client.open();
  const table = await free.vss0("t", { v: 2 });
  await table.insertMany({ v: vectors(500, 2) });
  const aborted = AbortSignal.abort(new Error("no longer wanted"));
  await rejects(table.search([1, 2], { k: 1, signal: aborted }), {
    message: "no longer wanted",
  });
  if (globalThis.crossOriginIsolated) {
    const endless = free.exec(ENDLESS);
    const after = free.prepare("select 7 as n");
    await new Promise((done) => setTimeout(done, 30));
    free.interrupt();
    await rejects(endless, { code: "SQLITE_INTERRUPT" });
    equal(await (await after).get(), { n: 7 });
    const controller = new AbortController();
    const slow = table.search([1, 2], {
      k: 1,
      where: `(${ENDLESS.replace("count(*)", "count(*) > 0")})`,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error("enough")), 30);
    await rejects(slow, { message: "enough" });
    equal(await table.count, 500);
  } else {
    let error;
    try {
      free.interrupt();
    } catch (caught) {
      error = caught;
    }
    isError(error, { message: "not cross-origin isolated" });
    const controller = new AbortController();
    const search = table.search([1, 2], { k: 1, signal: controller.signal });
    controller.abort(new Error("enough"));
    await rejects(search, { message: "enough" });
  }
  await free.close();
});
