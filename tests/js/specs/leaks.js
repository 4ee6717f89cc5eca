// Calls of every kind, and databases that are opened and closed, are repeated many times. They
// leave nothing behind: no byte of SQLite's memory, no page of the module's memory, and the stack
// pointer stands where it stood.
import { equal, ok, skip, spec } from "../lib/harness.js";
import { openInside } from "../lib/inside.js";

const usage = ({ x, byteLength }) => ({
  stack: x.vss_js_stack_save(),
  used: Number(x.sqlite3_memory_used()),
  pages: byteLength / 65536,
});

const fails = (run) => {
  try {
    run();
  } catch {
    return 1;
  }
  throw new Error("it did not fail");
};

/** One round of the API, after which the database is as before. Gives the number of calls. */
function round({ db, t, add, select }, i) {
  let calls = 0;
  const did = () => calls++;
  equal(add.get(i), i + 1, did());
  equal(select.get({ from: 2 }), { rowid: 2, n: 2 }, did());
  equal(select.all({ from: 0 }).length, 3, did());
  for (const row of select.iterate({ from: 1 })) if (row.rowid === 2) break;
  did();
  const statement = db.prepare("select ?, ? as text").raw();
  statement.get(new Uint8Array(100), `text ${i % 10}`);
  equal(statement.columns().length, 2);
  statement.finalize();
  calls += 4;
  db.exec("insert into p values (7, 'x'); delete from p where a = 7");
  did();
  const id = t.insert({ e: [1, 2, 3, 4], n: 9, name: "nine" });
  equal(t.get(id).name, "nine", did());
  equal(t.delete(id), true, did());
  did();
  t.insertMany([
    { rowid: 50, e: new Float32Array(4), n: 1 },
    { rowid: 51, e: [4, 3, 2, 1], n: 2, name: "many" },
  ]);
  did();
  equal(
    t.search([1, 2, 3, 4], {
      k: 2,
      where: { n: { gte: 1 } },
      select: ["name", "e"],
    }).length,
    2,
    did(),
  );
  equal(
    t.search([0, 0, 0, 0], { k: 1, where: "name like 'm%'" }).length,
    1,
    did(),
  );
  db.exec("delete from t where rowid in (50, 51)");
  did();
  db.transaction(() => db.exec("update t set n = n"))();
  calls += 2;
  calls += fails(() =>
    db.transaction(() => {
      db.exec("delete from t");
      throw new Error("undo");
    })(),
  );
  calls += fails(() => db.prepare("selec"));
  calls += fails(() => db.exec("insert into p values (1, 2, 3)"));
  calls += fails(() => t.insert({ e: [1] }));
  calls += fails(() => t.insertMany([{ e: [1, 2, 3, 4] }, { e: "x" }]));
  calls += fails(() => t.search([1], { k: 1 }));
  calls += fails(() => t.search([1, 2, 3, 4], { k: 1, where: "no = 1" }));
  calls += fails(() => add.get());
  calls += fails(() => add.get(Symbol("s")));
  calls += fails(() => db.exec("select fail()"));
  calls += fails(() => db.vss0("none"));
  const twice = db.prepare("select twice('ab')").pluck();
  equal(twice.get(), "abab", did());
  // A statement that is not finalized lives as long as its database.
  twice.finalize();
  db.exec(
    "select faiss_search('main', 'posts', '[1, 0, 0, 0]', 2), faiss_encode('[1]'), vss_distance_l2('[1]', '[2]')",
  );
  did();
  equal(t.count, 3, did());
  return calls;
}

async function setUp(api) {
  const { db, inside } = await openInside(() => api.open());
  const t = db.vss0("t", { e: 4, n: "integer", name: "text" });
  t.insertMany([1, 2, 3].map((n) => ({ rowid: n, e: [n, 0, 0, 0], n })));
  db.exec(
    "create table p(a, b); create table posts(id integer primary key, embedding blob); insert into posts select rowid, e from t",
  );
  db.function("twice", (x) => `${x}${x}`);
  db.function("fail", () => {
    throw new Error("it fails");
  });
  const add = db.prepare("select ? + 1").pluck();
  const select = db.prepare("select rowid, n from t where rowid >= :from");
  return { db, inside, t, add, select };
}

spec("leaks: calls of every kind", async ({ api, env }) => {
  const wanted = env.long ? 1_000_000 : 10_000;
  const context = await setUp(api);
  // The caches are filled first.
  for (let i = 0; i < 100; i++) round(context, i);
  const before = usage(context.inside);
  let calls = 0;
  for (let i = 0; calls < wanted; i++) {
    calls += round(context, i);
    if (i % 1000 === 0)
      equal(usage(context.inside), before, `after ${calls} calls`);
  }
  equal(usage(context.inside), before, `after ${calls} calls`);
  context.db.close();
});

/** Let the collector work, and what it calls afterwards. */
async function collect(env) {
  for (let i = 0; i < 3; i++) {
    await env.gc();
    await new Promise((done) => setTimeout(done, 5));
  }
}

spec("leaks: databases that were lost with statements", async (context) => {
  const { api, env } = context;
  if (!env.gc) skip("run where garbage can be collected");
  const { db, inside } = await openInside(() => api.open());
  const lost = () => {
    for (let i = 0; i < 100; i++) db.prepare("select ? as v").all(i);
    return usage(inside).used;
  };
  const others = [];
  for (let i = 0; i < 5; i++) others.push(await api.open());
  await collect(env);
  while (others.length > 0) {
    // In one turn: the collector finds the statement, and then the whole database.
    (() => others.at(-1).prepare("select 1").all())();
    env.gc();
    others.pop();
    env.gc();
    await new Promise((done) => setTimeout(done, 1));
  }
  // Those of other databases are freed all the same.
  const full = lost();
  for (let i = 0; i < 100 && usage(inside).used >= full - 100_000; i++)
    await collect(env);
  ok(usage(inside).used < full - 100_000, "freed");
  db.close();
});

spec("leaks: statements that nobody has any more", async ({ api, env }) => {
  if (!env.gc) skip("run where garbage can be collected");
  const { db, inside } = await openInside(() => api.open());
  const t = db.vss0("t", { e: 1 });
  t.insert({ e: [1] });
  const kept = db.prepare("select 'kept' as v");
  const round = async () => {
    for (let i = 0; i < 100; i++) {
      equal(db.prepare("select ? as v").all(i), [{ v: i }]);
      // One that is in the middle of its rows.
      db.prepare("select rowid from t").iterate().next();
      db.vss0("t").search([1], { k: 1 });
    }
    await collect(env);
    return usage(inside).used;
  };
  const first = await round();
  let last;
  for (let i = 0; i < 6; i++) last = await round();
  // The collector's calls come when the runtime likes.
  for (let i = 0; i < 100 && last >= first + 100_000; i++) {
    await collect(env);
    last = usage(inside).used;
  }
  ok(
    last < first + 100_000,
    `${last - first} bytes more after 1,800 statements`,
  );
  // Nor need anybody make a call for it: the collector's own is enough.
  const before = usage(inside).used;
  (() => {
    for (let i = 0; i < 300; i++) db.prepare("select ? as v").all(i);
  })();
  const full = usage(inside).used;
  ok(full > before + 300_000, `${full - before} bytes for 300 statements`);
  for (let i = 0; i < 100 && usage(inside).used >= full - 200_000; i++)
    await collect(env);
  ok(usage(inside).used < full - 200_000, "freed without a call");
  // Whoever still has one is not touched.
  equal(kept.get(), { v: "kept" });
  equal(t.count, 1);
  // Nothing reads any more: a table can be dropped only then.
  db.exec("drop table t");
  db.close();
});

spec(
  "leaks: statements that nobody has any more, in a Worker",
  async ({ env }) => {
    if (!env.client || !env.gc)
      skip("run on pages where garbage can be collected");
    const db = await env.client.open(":memory:", { memoryLimit: 3_000_000 });
    await db.vss0("t", { e: 1 });
    for (let i = 0; i < 20; i++) {
      for (let j = 0; j < 100; j++) {
        equal(await (await db.prepare("select ? as v")).all(j), [{ v: j }]);
        await (await db.vss0("t")).search([1], { k: 1 });
      }
      await collect(env);
    }
    equal(await (await db.vss0("t")).count, 0);
    await db.close();
  },
);

spec(
  "leaks: a database that nobody has any more ends its Worker",
  async ({ env }) => {
    if (!env.client || !env.gc)
      skip("run on pages where garbage can be collected");
    const { terminate } = Worker.prototype;
    let ended = 0;
    Worker.prototype.terminate = function () {
      ended++;
      terminate.call(this);
    };
    try {
      // A function of its own: no frame that is left holds the last of them.
      const lose = async () => {
        const db = await env.client.open();
        await db.exec("begin; create table t(a)");
      };
      for (let i = 0; i < 3; i++) await lose();
      const kept = await env.client.open();
      for (let i = 0; i < 100 && ended < 3; i++) await collect(env);
      equal(ended, 3);
      equal(await (await kept.prepare("select 1 as n")).get(), { n: 1 });
      await kept.close();
    } finally {
      Worker.prototype.terminate = terminate;
    }
  },
);

spec("leaks: a table keeps few statements", async ({ api }) => {
  const { db, inside } = await openInside(() => api.open());
  const t = db.vss0("t", { e: 1, n: "integer" });
  t.insert({ e: [1], n: 1 });
  // All in one turn: the collector frees none of them meanwhile.
  const search = (from, to) => {
    for (let i = from; i < to; i++)
      equal(t.search([1], { k: 1, where: `n <> ${i}` }).length, 1);
    return usage(inside).used;
  };
  const [few, many] = [search(1000, 1100), search(1100, 1500)];
  ok(many < few + 20_000, `${many - few} bytes more for 400 conditions`);
  // It lets go of what was used least recently: a search that comes again is compiled once.
  t.search([1], { k: 1 });
  const before = inside.prepared;
  for (let i = 2000; i < 2100; i++) {
    search(i, i + 1);
    t.search([1], { k: 1 });
  }
  equal(inside.prepared - before, 100);
  db.close();
});

spec("leaks: what JavaScript keeps of statements", async ({ api, env }) => {
  if (!env.gc || !env.heap) skip("run where the heap can be measured");
  const db = await api.open();
  const heapAfter = async (n) => {
    for (let i = 0; i < n; i++) db.prepare("select 1").finalize();
    await collect(env);
    return env.heap();
  };
  // As many as later: an engine keeps the room of what it has collected once.
  const first = await heapAfter(60_000);
  const last = await heapAfter(60_000);
  ok(last < first + 1_000_000, `${last - first} bytes for 60,000 statements`);
  db.close();
});

spec("leaks: databases in memory", async ({ api, env }) => {
  const wanted = env.long ? 1000 : 40;
  let first;
  let bytes;
  for (let i = 0; i < wanted; i++) {
    const context = await setUp(api);
    const { db, inside } = context;
    round(context, i);
    first ??= usage(inside);
    equal(usage(inside), first, `database ${i}`);
    bytes ??= db.serialize();
    db.close();
    const copy = await api.open(bytes);
    equal(copy.vss0("t").count, 3);
    copy.close();
  }
});

spec("leaks: databases in storage", async ({ api, env }) => {
  const location = env.location?.();
  if (!location) return;
  const wanted = env.long ? 1000 : 25;
  try {
    let first;
    let size;
    for (let i = 0; i < wanted; i++) {
      const { db, inside } = await openInside(() => api.open(location));
      const t = db.vss0("t", { e: 4, n: "integer" });
      if (i === 0) t.insertMany([1, 2, 3].map((n) => ({ e: [n, 0, 0, 0], n })));
      const id = t.insert({ e: [1, 2, 3, 4], n: i % 100 });
      equal(t.search([1, 2, 3, 4], { k: 1 })[0].distance, 0);
      t.delete(id);
      const now = usage(inside);
      const pages = db.prepare("pragma page_count").pluck().get();
      // The first opening creates the table, which the others find.
      if (i === 1) [first, size] = [now, pages];
      if (i > 1) equal([now, pages], [first, size], `opening ${i}`);
      db.close();
    }
    ok(first !== undefined, "compared");
  } finally {
    await env.remove(location);
  }
});
