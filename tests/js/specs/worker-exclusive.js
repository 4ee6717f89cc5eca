// What consists of several messages to the Worker is one whole for everybody else, and what ends
// one call ends no other.
import { equal, isError, ok, rejects, skip, spec } from "../lib/harness.js";

function clientSpec(name, run) {
  spec(`worker client: ${name}`, async (context) => {
    if (!context.env.client) skip("run on pages only");
    await run(context.env.client);
  });
}

const open = async (client) => {
  const db = await client.open();
  return { db, t: await db.vss0("t", { e: 1 }) };
};
const rows = (n, bad = -1) =>
  Array.from({ length: n }, (_, i) => ({ e: i === bad ? [1, 2] : [i] }));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

clientSpec(
  "what is asked during insertMany waits for its end",
  async (client) => {
    const { db, t } = await open(client);
    const failing = t.insertMany(rows(3000, 2500));
    const order = [];
    const note = (name, promise) =>
      promise.then((value) => (order.push(name), value));
    const many = note(
      "many",
      failing.catch((error) => error),
    );
    const ids = await Promise.all([
      note("first", t.insert({ e: [77] })),
      note("second", t.insert({ e: [78] })),
    ]);
    isError(await many, { name: "VssError", message: /^row 2500: / });
    equal(order, ["many", "first", "second"]);
    equal(
      [await t.count, (await t.get(ids[0])).e, (await t.get(ids[1])).e],
      [2, new Float32Array([77]), new Float32Array([78])],
    );
    equal(await db.inTransaction, false);
    await db.close();
  },
);

clientSpec(
  "insertMany and a transaction beside it are both whole",
  async (client) => {
    const { db, t } = await open(client);
    const n = 5000;
    const two = db.transaction(async () => {
      await t.insert({ e: [-1] });
      await t.insert({ e: [-2] });
    });
    const undone = db.transaction(async () => {
      await t.insert({ e: [-3] });
      throw new Error("undo");
    });
    let all = t.insertMany({ e: new Float32Array(n) });
    await two();
    equal([await all, await t.count], [n, n + 2]);
    all = t.insertMany({ e: new Float32Array(n) });
    await rejects(undone(), { message: "undo" });
    equal([await all, await t.count], [n, 2 * n + 2]);
    // The transaction first: the rows belong to it, and go with it.
    let started;
    const holding = db.transaction(async () => {
      started = t.insertMany(rows(2500));
      await t.insert({ e: [5] });
      throw new Error("undo");
    });
    await rejects(holding(), { message: "undo" });
    equal([await started, await t.count], [2500, 2 * n + 2]);
    // Not awaited inside: COMMIT waits for it.
    await db.transaction(
      async () => void (started = t.insertMany(rows(2500))),
    )();
    equal([await started, await t.count], [2500, 2 * n + 2502]);
    equal(await db.inTransaction, false);
    await db.close();
  },
);

clientSpec("several insertMany at once, some of which fail", async (client) => {
  const { db, t } = await open(client);
  const results = await Promise.allSettled([
    t.insertMany(rows(2200)),
    t.insertMany(rows(2200, 2100)),
    t.count,
    t.insertMany([]),
    t.insertMany(rows(1001)),
    t.insertMany(rows(1500, 0)),
    t.count,
    db.exec("delete from t where rowid = 1"),
    t.count,
  ]);
  equal(
    results.map(
      ({ value, reason }) => reason?.message ?? (value === db ? "db" : value),
    ),
    [
      2200,
      "row 2100: vss0 t.e: vector has 2 components, expected 1",
      2200,
      0,
      1001,
      "row 0: vss0 t.e: vector has 2 components, expected 1",
      3201,
      "db",
      3200,
    ],
  );
  await db.close();
});

clientSpec("what waits has the values that it was given", async (client) => {
  const { db, t } = await open(client);
  const e = new Float32Array([1]);
  const where = { rowid: 2501 };
  const many = t.insertMany(rows(2500));
  const inserted = t.insert({ e });
  const found = t.search(e, { k: 1, where });
  e[0] = 9;
  where.rowid = 1;
  equal([await many, await inserted], [2500, 2501]);
  equal(await found, [{ rowid: 2501, distance: 0 }]);
  await db.close();
});

clientSpec(
  "close() waits for insertMany, and may be called twice at once",
  async (client) => {
    const { db, t } = await open(client);
    const many = t.insertMany(rows(2500));
    const closed = Promise.all([db.close(), db.close(), db.close()]);
    const late = t.count;
    equal(await many, 2500);
    equal(await closed, [undefined, undefined, undefined]);
    equal(db.open, false);
    await rejects(late, {
      name: "VssError",
      message: "this database is closed",
    });
    await db.close();
  },
);

clientSpec("what waits ends with its page", async (client) => {
  const { t } = await open(client);
  const closed = {
    name: "VssError",
    message: "this database was closed when its page was left",
  };
  const many = t.insertMany(rows(3000));
  const waiting = [t.count, t.insert({ e: [1] }), t.search([1], { k: 1 })];
  const both = t.insertMany(rows(2));
  globalThis.dispatchEvent(
    new PageTransitionEvent("pagehide", { persisted: false }),
  );
  for (const asked of [many, both, ...waiting]) await rejects(asked, closed);
});

clientSpec(
  "a COMMIT that fails is rolled back before anything else runs",
  async (client) => {
    const { db } = await open(client);
    await db.exec(
      "pragma foreign_keys = on; create table a(id integer primary key); create table b(a references a deferrable initially deferred)",
    );
    const fails = db.transaction(
      async () => void (await db.exec("insert into b values (1)")),
    );
    const failing = rejects(fails(), { code: "SQLITE_CONSTRAINT_FOREIGNKEY" });
    await failing;
    equal(await db.inTransaction, false);
    equal(await (await db.prepare("select count(*) as n from b")).get(), {
      n: 0,
    });
    // SQLite rolls back by itself here; the error is the function's.
    const gone = db.transaction(async () => {
      await db.exec("insert into a values (1); rollback");
      throw new Error("mine");
    });
    await rejects(gone(), { message: "mine" });
    await db.close();
  },
);

const slow =
  "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000) insert into log select count(*) from n";

clientSpec("an abort ends its search and nothing else", async (client) => {
  const { db, t } = await open(client);
  await db.exec("create table log(v)");
  await t.insertMany(rows(3000));
  // A write runs, and the search is behind it.
  const controller = new AbortController();
  const why = new Error("not wanted");
  const write = db.exec(slow);
  const search = t.search([1], { k: 1, signal: controller.signal });
  const other = t.search([2], { k: 1 });
  await pause(30);
  controller.abort(why);
  equal(await rejects(search, { message: "not wanted" }), why);
  ok((await write) === db, "the write went on");
  equal(await other, [{ rowid: 3, distance: 0 }]);
  equal(await (await db.prepare("select count(*) as n from log")).get(), {
    n: 1,
  });
  // In a transaction of somebody else.
  const inTransaction = db.transaction(async () => {
    await db.exec("insert into log values (5)");
    const late = new AbortController();
    const found = t.search([1], { k: 1, signal: late.signal });
    const running = db.exec(slow);
    late.abort(why);
    await rejects(found, { message: "not wanted" });
    await running;
  });
  await inTransaction();
  equal(await (await db.prepare("select count(*) as n from log")).get(), {
    n: 3,
  });
  // Just before or after its end: what follows is not touched.
  for (let i = 0; i < 60; i++) {
    const each = new AbortController();
    const found = t
      .search([i], { k: 2, signal: each.signal })
      .catch((error) => error);
    const next = t.search([i], { k: 1 });
    if (i % 3 === 0) await pause(i % 2);
    each.abort(why);
    const got = await found;
    ok(got === why || got.length === 2, "the search's own end");
    equal(await next, [{ rowid: i + 1, distance: 0 }]);
  }
  await db.close();
});

clientSpec(
  "a search that waits for insertMany can be aborted",
  async (client) => {
    const { db, t } = await open(client);
    const controller = new AbortController();
    const many = t.insertMany(rows(3000));
    const search = t.search([1], { k: 1, signal: controller.signal });
    const after = t.count;
    controller.abort(new Error("gone"));
    await rejects(search, { message: "gone" });
    equal([await many, await after], [3000, 3000]);
    await db.close();
  },
);

clientSpec(
  "signals: undefined, foreign, aborted before, and no listener is left",
  async (client) => {
    const { db, t } = await open(client);
    await t.insert({ e: [1] });
    equal(await t.search([1], { k: 1, signal: undefined }), [
      { rowid: 1, distance: 0 },
    ]);
    await rejects(t.search([1], { k: 1, signal: "soon" }), {
      name: "TypeError",
      message: 'search: signal is "soon", expected an AbortSignal',
    });
    await rejects(
      t.search([1], { k: 1, signal: AbortSignal.abort(new Error("early")) }),
      { message: "early" },
    );
    const { signal } = new AbortController();
    let listeners = 0;
    for (const [name, step] of [
      ["addEventListener", 1],
      ["removeEventListener", -1],
    ]) {
      const original = signal[name];
      signal[name] = function (...args) {
        listeners += step;
        return original.apply(this, args);
      };
    }
    for (let i = 0; i < 3; i++) await t.search([1], { k: 1, signal });
    await rejects(t.search([1, 2], { k: 1, signal }), { name: "VssError" });
    equal(listeners, 0);
    await db.close();
  },
);
