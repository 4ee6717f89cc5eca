// vss-wasm/worker: the same API, asynchronous, in a Worker of its own. Run where env.client is its
// module.
import { equal, isError, ok, rejects, skip, spec } from "../lib/harness.js";

function clientSpec(name, run) {
  spec(`worker client: ${name}`, async (context) => {
    if (!context.env.client) skip("run on pages only");
    await run({ ...context, client: context.env.client });
  });
}

clientSpec("statements", async ({ client }) => {
  const db = await client.open();
  equal(
    [db.location, db.open, db.readonly, await db.inTransaction],
    [":memory:", true, false, false],
  );
  ok(
    (await db.exec("create table t(id integer primary key, v)")) === db,
    "exec chains",
  );
  const insert = await db.prepare("insert into t(v) values (?)");
  equal(
    [insert.sql, insert.reader, insert.readonly],
    ["insert into t(v) values (?)", false, false],
  );
  equal(await insert.run("a"), { changes: 1, lastInsertRowid: 1 });
  await insert.run(2n ** 60n);
  await insert.run(new Uint8Array([1, 2, 3]));
  const query = await db.prepare(
    "select v from t where id >= :from order by id",
  );
  equal(await query.get({ from: 1 }), { v: "a" });
  equal(await (await query.pluck()).all({ from: 2 }), [
    2n ** 60n,
    new Uint8Array([1, 2, 3]),
  ]);
  equal((await (await query.raw()).get({ from: 1 }))[0], "a");
  equal((await query.columns())[0].column, "v");
  await query.finalize();
  await rejects(query.get({ from: 1 }), {
    name: "VssError",
    message: "finalized",
  });
  await db.close();
  await db.close();
  await rejects(db.exec("select 1"), {
    name: "VssError",
    message: "this database is closed",
  });
});

clientSpec("iterate in batches, and stop early", async ({ client }) => {
  const db = await client.open();
  await db.exec(
    "create table t(v); insert into t select value from generate_series(1, 1)".replace(
      "generate_series(1, 1)",
      "json_each('[1]')",
    ),
  );
  await db.exec(
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 350) insert into t select i from n",
  );
  const statement = await (await db.prepare("select v from t")).pluck();
  const values = [];
  for await (const v of statement.iterate()) values.push(v);
  equal(values.length, 351);
  for await (const v of statement.iterate()) {
    equal(v, 1);
    break;
  }
  equal(await statement.get(), 1);
  await db.close();
});

clientSpec("tables, inserts in bulk, searches", async ({ client }) => {
  const db = await client.open();
  const table = await db.vss0("t", { v: 4, n: "integer" });
  equal(table.columns[0].dimensions, 4);
  equal(await table.insert({ v: [1, 2, 3, 4], n: 0 }), 1);
  const n = 2500;
  const v = Float32Array.from({ length: 4 * n }, (_, i) => i % 23);
  const seen = [];
  equal(
    await table.insertMany(
      { v, n: Array.from({ length: n }, (_, i) => i) },
      { onProgress: (done, total) => seen.push([done, total]) },
    ),
    n,
  );
  equal(v.length, 4 * n, "the caller keeps the vectors");
  equal(seen, [
    [1000, 2500],
    [2000, 2500],
    [2500, 2500],
  ]);
  equal(await table.count, n + 1);
  const hits = await table.search(new Float32Array([1, 2, 3, 4]), {
    k: 1,
    select: ["v"],
  });
  equal(hits, [{ rowid: 1, distance: 0, v: new Float32Array([1, 2, 3, 4]) }]);
  const many = [new Float32Array([1, 2, 3, 4]), [4, 3, 2, 1]];
  equal(await table.searchMany(many, { k: 2 }), [
    await table.search(many[0], { k: 2 }),
    await table.search(many[1], { k: 2 }),
  ]);
  equal((await table.get(2)).n, 0);
  equal([await table.delete(2), await table.delete(2)], [true, false]);
  await db.close();
});

clientSpec(
  "an aborted or failed insertMany leaves nothing",
  async ({ client }) => {
    const db = await client.open();
    const table = await db.vss0("t", { v: 1 });
    const controller = new AbortController();
    const stop = () => controller.abort(new Error("enough"));
    await rejects(
      table.insertMany(
        { v: new Float32Array(5000) },
        { onProgress: stop, signal: controller.signal },
      ),
      { message: "enough" },
    );
    equal(await table.count, 0);
    await rejects(
      table.insertMany([...Array(1500).fill({ v: [1] }), { v: [1, 2] }]),
      { name: "VssError", message: "vector has 2 components, expected 1" },
    );
    equal([await table.count, await db.inTransaction], [0, false]);
    await rejects(table.insertMany({ v: new Float32Array(2), m: [1, 2] }), {
      name: "TypeError",
      message: 'unknown column "m"',
    });
    await rejects(table.insertMany(5), {
      name: "TypeError",
      message: "rows is 5",
    });
    equal(await table.insertMany([]), 0);
    await db.close();
  },
);

clientSpec(
  "insertMany names the same row as the synchronous table",
  async ({ client, api }) => {
    const n = 3000;
    const docs = { embedding: 2, n: "integer" };
    const rows = (bad) =>
      Array.from({ length: n }, (_, i) =>
        i === 1500 ? bad : { embedding: [i, i], n: i },
      );
    const embedding = new Float32Array(2 * n);
    const list = (bad) =>
      Array.from({ length: n }, (_, i) => (i === 1500 ? bad : i));
    const wrongVector = embedding.slice();
    wrongVector[3000] = NaN;
    class Foreign {}
    const cases = {
      "a vector too long": rows({ embedding: [1, 2, 3] }),
      "a vector that is a text": rows({ embedding: "[1]" }),
      "no object": rows(5),
      "an unknown column": rows({ embeding: [1, 2] }),
      "an undefined value": rows({ embedding: [1, 2], n: undefined }),
      "an object of a class": rows({ embedding: [1, 2], n: new Foreign() }),
      "a function": rows({ embedding: [1, 2], n: () => 1 }),
      "a rowid that exists": rows({ rowid: 7, embedding: [1, 2] }),
      "columns: NaN in a vector": { embedding: wrongVector },
      "columns: NaN": { embedding, n: list(NaN) },
      "columns: a symbol": { embedding, n: list(Symbol("s")) },
      "columns: an undefined value": { embedding, n: list(undefined) },
      "columns: a number too many": { embedding: new Float32Array(2 * n + 1) },
      "columns: lengths": { embedding, n: [1] },
      "columns: none": {},
    };
    const here = await api.open();
    const table = here.vss0("docs", docs);
    const db = await client.open();
    const remote = await db.vss0("docs", docs);
    for (const [what, given] of Object.entries(cases)) {
      let expected;
      try {
        table.insertMany(given);
      } catch (error) {
        expected = error;
      }
      const error = await rejects(remote.insertMany(given), {});
      equal(
        [error.name, error.message, error.code],
        [expected?.name, expected?.message, expected?.code],
        what,
      );
      if (Array.isArray(given)) ok(/^row 1500\b/.test(error.message), what);
      equal([await remote.count, await db.inTransaction], [0, false], what);
    }
    // An iterable is read as it goes, and its length is not known beforehand.
    const seen = [];
    const some = function* () {
      for (let i = 0; i < 1200; i++) yield { embedding: [i, i] };
    };
    const onProgress = (...args) => seen.push(args);
    equal(await remote.insertMany(some(), { onProgress }), 1200);
    equal(table.insertMany(some(), { onProgress }), 1200);
    equal(seen.slice(0, 2), seen.slice(2));
    here.close();
    await db.close();
  },
);

clientSpec(
  "its objects have what the synchronous ones have, and nothing else",
  async ({ client, api }) => {
    const db = await client.open();
    await db.exec("create table p(a)");
    const statement = await db.prepare("select a from p");
    const table = await db.vss0("t", { v: 2 });
    const names = (prototype) =>
      Object.getOwnPropertyNames(prototype).sort().join(" ");
    for (const [object, Class] of [
      [db, api.Database],
      [statement, api.Statement],
      [table, api.VssTable],
    ]) {
      equal(Reflect.ownKeys(object), [], "own properties");
      const prototype = Object.getPrototypeOf(object);
      equal(names(prototype), names(Class.prototype));
      equal(Object.getOwnPropertySymbols(prototype), []);
    }
    const Remote = Object.getPrototypeOf(db.constructor);
    equal(Reflect.ownKeys(Remote.prototype), ["constructor"]);
    for (const Class of [Remote, db.constructor, table.constructor]) {
      let thrown;
      try {
        new Class();
      } catch (error) {
        thrown = error;
      }
      isError(thrown, {
        name: "TypeError",
        message: "only open() and what it gives make these objects",
      });
    }
    await db.close();
  },
);

clientSpec(
  "a view goes over without the rest of its buffer",
  async ({ client }) => {
    const db = await client.open();
    const { byteLength } = new Float32Array(1 << 20);
    const large = new Float32Array(byteLength / 4);
    large[7] = 5;
    const sent = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      const sizes = (value, depth = 0) =>
        ArrayBuffer.isView(value)
          ? [value.buffer.byteLength]
          : value && typeof value === "object" && depth < 6
            ? Object.values(value).flatMap((item) => sizes(item, depth + 1))
            : [];
      sent.push(...sizes(message));
      return postMessage.call(this, message, ...rest);
    };
    try {
      const table = await db.vss0("t", { v: 2, b: "blob" });
      const view = large.subarray(6, 8);
      await table.insert({ v: view, b: new Uint8Array(large.buffer, 28, 4) });
      await table.insertMany([{ v: view, b: view }]);
      await table.insertMany({ v: large.subarray(6, 10) });
      equal((await table.search(view, { k: 1 }))[0], { rowid: 1, distance: 0 });
      const statement = await db.prepare("select length(:b)");
      await statement.get({ b: view });
      await statement.get(view);
      ok(sent.length >= 7, `${sent.length} views were sent`);
      ok(Math.max(...sent) <= 64, `${Math.max(...sent)} bytes were sent`);
    } finally {
      Worker.prototype.postMessage = postMessage;
    }
    await db.close();
  },
);

clientSpec("errors come over whole", async ({ client, api }) => {
  const db = await client.open();
  const error = await rejects(db.prepare("select nme"), {
    name: "VssError",
    code: "SQLITE_ERROR",
    errcode: 1,
    offset: 7,
    message: "no such column: nme",
  });
  ok(error instanceof client.VssError, "its class");
  equal(error.errstr, "SQL logic error");
  const table = await db.vss0("docs", { embedding: 2 });
  const mistake = await rejects(table.search([1, 2], { kk: 1 }), {
    message: 'did you mean "k"?',
  });
  ok(mistake instanceof TypeError, "a TypeError");
  await rejects(table.search([1, 2, 3], { k: 1 }), {
    name: "VssError",
    message: "expected 2",
  });
  await rejects(table.insert({ embedding: () => 1 }), {
    name: "TypeError",
    message: "value 2 is a function, expected null, a number",
  });
  await rejects(
    (await db.prepare("select ?")).get(() => 1),
    {
      name: "TypeError",
      message: "get: argument 1 is a function, which cannot go to a Worker",
    },
  );
  await rejects(
    (await db.prepare("select :a, :b")).all({ a: 1, b: Symbol() }),
    {
      name: "TypeError",
      message: "all: argument 1.b is a symbol, which cannot go to a Worker",
    },
  );
  let thrown;
  try {
    db.function("f", () => 1);
  } catch (caught) {
    thrown = caught;
  }
  isError(thrown, { name: "TypeError", message: "cannot go to a Worker" });
  await rejects(client.open("x.db"), {
    name: "TypeError",
    message: "is not a location",
  });
  await rejects(client.open("file:x.db"), {
    name: "VssError",
    code: "SQLITE_CANTOPEN",
  });
  ok(api.VssError, "the other entry has it too");
  await db.close();
});

clientSpec(
  "a page that the browser keeps for Back has its database in memory",
  async ({ client, env }) => {
    const leave = (persisted) =>
      globalThis.dispatchEvent(
        new PageTransitionEvent("pagehide", { persisted }),
      );
    const closed = {
      name: "VssError",
      message: "this database was closed when its page was left",
    };
    const empty = await client.open();
    await empty.exec("create table t(v); insert into t values (1)");
    const bytes = await client.open(await empty.serialize());
    const location = `opfs:client-back-${Date.now()}/a.db`;
    const stored = env.hasOpfs ? await client.open(location) : undefined;
    const running = stored?.exec("create table t(v)").catch((error) => error);
    leave(true);
    for (const db of [empty, bytes])
      equal(await (await db.prepare("select v from t")).get(), { v: 1 });
    if (stored) {
      isError(await running, closed);
      await rejects(stored.exec("select 1"), closed);
      // Its file is free at once.
      await (await client.open(location)).close();
      const root = await navigator.storage.getDirectory();
      await root.removeEntry(location.split(/[:/]/)[1], { recursive: true });
    }
    const asked = empty.exec("select 1");
    leave(false);
    await rejects(asked, closed);
    await rejects(bytes.exec("select 1"), closed);
    equal([empty.open, bytes.open], [false, false]);
  },
);

clientSpec("transactions", async ({ client }) => {
  const db = await client.open();
  await db.exec("create table t(v)");
  const insert = await db.prepare("insert into t values (?)");
  const add = db.transaction(async (a, b) => {
    await insert.run(a);
    await insert.run(b);
    return "done";
  });
  equal(await add(1, 2), "done");
  await add.immediate(3, 4);
  const fail = db.transaction(async () => {
    await insert.run(5);
    throw new Error("undo");
  });
  await rejects(fail(), { message: "undo" });
  const [first, second] = await Promise.allSettled([add(6, 7), add(8, 9)]);
  equal([first.status, second.status], ["fulfilled", "rejected"]);
  isError(second.reason, {
    name: "VssError",
    message: "another one is running",
  });
  equal(
    await (await (await db.prepare("select v from t")).pluck()).all(),
    [1, 2, 3, 4, 6, 7],
  );
  await db.close();
});

clientSpec("bytes out and in", async ({ client }) => {
  const db = await client.open();
  await db.exec("create table t(v); insert into t values ('kept')");
  const bytes = await db.serialize();
  await db.close();
  const copy = await client.open(bytes);
  equal(bytes.length > 0, true, "the caller keeps the bytes");
  equal(await (await copy.prepare("select v from t")).get(), { v: "kept" });
  await copy.close();
});

clientSpec(
  "a page reaches opfs:, or is told why not",
  async ({ client, env }) => {
    if (!env.hasOpfs) {
      await rejects(client.open("opfs:x.db"), {
        name: "VssError",
        code: "SQLITE_CANTOPEN",
        message: "keep serialize() in IndexedDB instead",
      });
      return;
    }
    const location = `opfs:client-${Date.now()}/articles.db`;
    const stored = await client.open(location);
    const table = await stored.vss0("t", { v: 2 });
    await table.insertMany({ v: new Float32Array(200) });
    await rejects(client.open(location), {
      name: "VssError",
      code: "SQLITE_BUSY",
      message: "is open elsewhere",
    });
    await stored.close();
    const again = await client.open(location);
    equal(await (await again.vss0("t")).count, 100);
    await again.close();
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(location.split(/[:/]/)[1], { recursive: true });
  },
);

clientSpec("init() chooses the kernels of the Worker", async (context) => {
  const { api, client } = context;
  const usual = client.version.simd;
  equal(usual, api.version.simd);
  await rejects(client.init({ simd: "fast" }), {
    name: "TypeError",
    message: 'init: simd is "fast", expected "baseline" or "relaxed"',
  });
  await client.init({ simd: "baseline" });
  equal(client.version.simd, "baseline");
  // What the Worker does with the choice shows when a wrong one arrives there.
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...more) {
    const args = message.args?.map((x) => (x === "baseline" ? "slow" : x));
    return postMessage.call(this, { ...message, args }, ...more);
  };
  try {
    await rejects(client.open(), {
      name: "TypeError",
      message: 'init: simd is "slow", expected "baseline" or "relaxed"',
    });
  } finally {
    Worker.prototype.postMessage = postMessage;
    await client.init({ simd: usual });
  }
  const db = await client.open();
  const table = await db.vss0("t", { e: 2 });
  await table.insertMany({ e: new Float32Array([1, 2, 3, 4]) });
  equal((await table.search([3, 4], { k: 1 }))[0].rowid, 2);
  await db.close();
});
