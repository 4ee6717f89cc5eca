// Dangers of WebAssembly: traps, deep stacks, full memory, growth, and JavaScript of another build.
import {
  equal,
  isError,
  ok,
  randomNumbers,
  rejects,
  skip,
  spec,
  throws,
} from "../lib/harness.js";
import { openInside } from "../lib/inside.js";

/** The bytes of a wasm module with one of its byte sequences replaced. */
function patched(bytes, from, to) {
  const copy = bytes.slice();
  const text = (s) => Uint8Array.from(s, (c) => c.charCodeAt(0));
  const [a, b] = [text(from), text(to)];
  for (let i = 0; i + a.length <= copy.length; i++) {
    if (a.every((byte, j) => copy[i + j] === byte)) {
      copy.set(b, i);
      return copy;
    }
  }
  throw new Error(`${from} is not in the module`);
}

spec("hazard: deep SQL is an error, not a crash", async ({ api }) => {
  const db = await api.open();
  const deep = (n) => `select ${"(".repeat(n)}1${")".repeat(n)}`;
  throws(() => db.prepare(deep(5000)), { name: "VssError" });
  throws(() => db.prepare(`select ${"1+".repeat(5000)}1`), {
    name: "VssError",
    message: "Expression tree is too large",
  });
  throws(
    () =>
      db.prepare("select json(?)").get("[".repeat(100000) + "]".repeat(100000)),
    { name: "VssError", message: "malformed JSON" },
  );
  db.exec(
    "pragma recursive_triggers = 1; create table t(n); create trigger r after insert on t begin insert into t values (new.n + 1); end",
  );
  throws(() => db.exec("insert into t values (1)"), { name: "VssError" });
  equal(db.prepare("select 1").pluck().get(), 1);
  db.close();
});

const nothing = () => {};
/**
 * Call itself that many times, then run. Something is left to do after the call: Safari's engine,
 * which Bun has, takes no stack for a call that is the last thing, and never came to the end of it.
 */
function descend(calls, run) {
  try {
    return calls > 0 ? descend(calls - 1, run) : run();
  } finally {
    nothing();
  }
}

/**
 * How many of descend()'s calls fit on the stack. It is counted before the engine compiles the
 * function for speed: afterwards its calls need less of the stack, never more.
 */
let callsThatFit = 0;
function countCalls() {
  const count = (calls) => {
    callsThatFit = calls;
    return 0;
  };
  for (let calls = 1000; ; calls += 1000) {
    try {
      descend(calls, () => count(calls));
    } catch {
      return; // the engine's own error for a full stack
    }
  }
}

/** Run with at most a third of the stack used up by JavaScript. */
function deepDown(run) {
  if (callsThatFit === 0) countCalls();
  return descend(Math.floor(callsThatFit / 3), run);
}

spec("hazard: a long pattern is an answer or an error", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("v", { e: 1, s: "text" });
  table.insert({ e: [1], s: "a".repeat(6400) });
  const ask = (operator, pattern) => [
    () => db.prepare(`select ? ${operator} ?`).get("a".repeat(6400), pattern),
    () => table.search([1], { k: 9, where: { s: { [operator]: pattern } } }),
    () => db.exec(`select s ${operator} '${pattern}' from v`),
  ];
  const limit = 2000;
  // Each of these calls itself once per wildcard.
  for (const [operator, part] of [
    ["like", "a%"],
    ["like", "a%_"],
    ["glob", "a*"],
    ["glob", "*[a]"],
    ["like", "\u00e9%"],
  ]) {
    const size = new TextEncoder().encode(part).length;
    const most = `${part.repeat((limit - 1) / size)}b`;
    for (const run of ask(operator, most)) deepDown(run);
    for (const run of ask(operator, part.repeat(limit / size + 1)))
      throws(run, {
        name: "VssError",
        code: "SQLITE_TOOBIG",
        message:
          "LIKE or GLOB pattern is too long, expected at most 2000 bytes",
      });
  }
  const [, search] = ask("like", "a%".repeat(6400) + "b");
  throws(search, { message: "vss0 v: LIKE or GLOB pattern is too long" });
  // Few wildcards need no stack, but the limit is one of bytes.
  equal(
    table.search([1], { k: 9, where: { s: { like: `${"a".repeat(1998)}%` } } }),
    [{ rowid: 1, distance: 0 }],
  );
  // Another error with such words in it keeps its code.
  db.function("fail", () => {
    throw new Error("LIKE or GLOB pattern too complex, or what?");
  });
  throws(() => db.prepare("select fail()").get(), { message: "or what?" });
  // What the limit was derived from.
  deepDown(() => db.exec(`select ${"- ".repeat(990)}1`));
  equal(table.count, 1);
  db.close();
});

spec(
  "hazard: memory that is full is an error, and the database goes on",
  async ({ api }) => {
    const db = await api.open();
    db.exec("create table t(v)");
    db.exec(`pragma hard_heap_limit = ${24 << 20}`);
    throws(() => db.exec("insert into t values (zeroblob(100000000))"), {
      code: "SQLITE_NOMEM",
    });
    throws(() => db.prepare("select ?").get("x".repeat(40 << 20)), {
      code: "SQLITE_NOMEM",
    });
    const table = db.vss0("v", { e: 256 });
    const floats = new Float32Array(256 * 1000);
    let error;
    try {
      for (let i = 0; i < 40; i++) table.insertMany({ e: floats });
    } catch (caught) {
      error = caught;
    }
    equal(error?.code, "SQLITE_NOMEM");
    db.exec("pragma hard_heap_limit = 0");
    equal(table.count % 1000, 0);
    equal(db.prepare("pragma integrity_check").pluck().get(), "ok");
    equal(
      table.search(new Float32Array(256), { k: 1 }).length,
      table.count ? 1 : 0,
    );
    db.close();
  },
);

spec("hazard: growth in the middle of every kind of call", async ({ api }) => {
  const db = await api.open();
  db.exec("create table t(v)");
  const insert = db.prepare("insert into t values (?)");
  for (let i = 0; i < 24; i++) {
    const text = `${i}`.repeat(1 << 20).slice(0, 1 << 20);
    insert.run(text);
    equal(
      db
        .prepare("select length(v) from t where rowid = ?")
        .pluck()
        .get(i + 1),
      1 << 20,
    );
  }
  const all = db.prepare("select v from t").pluck().all();
  ok(
    all.every((text, i) => text.startsWith(`${i}`)),
    "texts are what was written",
  );
  db.function("grow", (n) => new Uint8Array(n).fill(3));
  const blob = db
    .prepare("select grow(?)")
    .pluck()
    .get(9 << 20);
  ok(
    blob.length === 9 << 20 && blob.every((b) => b === 3),
    "a result that made memory grow",
  );
  db.close();
});

spec("hazard: a million small calls leave nothing behind", async ({ api }) => {
  const { db, inside } = await openInside(() => api.open());
  const add = db.prepare("select ? + 1").pluck();
  for (let i = 0; i < 1000; i++) add.get(i);
  const [stack, heap] = [inside.x.vss_js_stack_save(), inside.byteLength];
  const used = db.prepare("select vss_memory_usage() as n").get().n;
  for (let i = 0; i < 100000; i++) equal(add.get(i), i + 1);
  for (let i = 0; i < 20000; i++) {
    db.prepare("select ?").finalize();
    db.exec("select 1");
    try {
      db.prepare("nonsense");
    } catch {
      // It must fail.
    }
  }
  equal([inside.x.vss_js_stack_save(), inside.byteLength], [stack, heap]);
  equal(db.prepare("select vss_memory_usage() as n").get().n, used);
  db.close();
});

spec("hazard: a trap poisons its database and no other", async ({ api }) => {
  const { db, inside } = await openInside(() => api.open());
  const other = await api.open();
  other.exec("create table t(v); insert into t values (1)");
  const statement = db.prepare("select 1");
  throws(() => inside.crash(db), {
    name: "VssError",
    code: "VSS_TRAPPED",
    message: "open it again",
  });
  for (const use of [
    () => statement.get(),
    () => db.exec("select 1"),
    () => db.prepare("select 1"),
    () => db.serialize(),
    () => db.vss0("t"),
    () => db.inTransaction,
  ]) {
    throws(use, { name: "VssError", code: "VSS_TRAPPED" });
  }
  ok(db.open, "still to be closed");
  db.close();
  ok(!db.open, "closed");
  equal(other.prepare("select v from t").pluck().get(), 1);
  other.close();
});

spec(
  "hazard: a trap inside a user function ends the call that ran it",
  async ({ api }) => {
    const { db, inside } = await openInside(() => api.open());
    db.function("bad", () => {
      try {
        inside.crash(db);
      } catch {
        // The function may hide the error, but the database must not go on.
      }
      return 1;
    });
    throws(() => db.prepare("select bad()").get(), { code: "VSS_TRAPPED" });
    throws(() => db.exec("select 1"), { code: "VSS_TRAPPED" });
    db.close();
  },
);

spec(
  "hazard: after a trap a stored database opens again, whole",
  async ({ api, env }) => {
    const location = env.location?.();
    if (!location) return;
    try {
      for (let i = 0; i < 10; i++) {
        const { db, inside } = await openInside(() => api.open(location));
        const table = db.vss0("t", { v: 2 });
        equal(table.count, i);
        table.insert({ v: [i, i] });
        db.exec("begin");
        table.insert({ v: [-1, -1] });
        throws(() => inside.crash(db), {
          code: "VSS_TRAPPED",
        });
        db.close();
      }
      const db = await api.open(location);
      equal(db.prepare("pragma integrity_check").pluck().get(), "ok");
      equal(db.vss0("t").search([0, 0], { k: 99 }).length, 10);
      db.close();
    } finally {
      await env.remove(location);
    }
  },
);

spec("hazard: the JavaScript stack may end inside a call", async ({ api }) => {
  const db = await api.open();
  const statement = db.prepare("select 1").pluck();
  const dive = () => {
    try {
      dive();
    } catch {
      // This is as near to the end of the stack as JavaScript gets.
    }
    try {
      statement.get();
    } catch {
      // Either the stack is too short, or the database says that it trapped.
    }
  };
  dive();
  let outcome;
  try {
    outcome = statement.get();
  } catch (error) {
    outcome = error.code;
  }
  ok(outcome === 1 || outcome === "VSS_TRAPPED", `got ${outcome}`);
  db.close();
});

spec("hazard: another build’s module is refused by name", async ({ env }) => {
  // Only where a module may be made of bytes; a fresh copy of the loader is needed, since the first
  // module is kept.
  if (!env.freshApi) return;
  const other = patched(env.wasm, "vss_js_abi", "vss_js_abx");
  const fresh = await env.freshApi();
  const error = await rejects(fresh.open(":memory:", { wasm: other }), {
    name: "VssError",
    code: "VSS_ABI",
    message: "different builds",
  });
  ok(/ expected \d+:/.test(error.message), error.message);
});

spec("hazard: a module of somebody else is refused", async ({ env }) => {
  if (!env.freshApi) return;
  // It imports env.y, a function that nobody gives.
  const foreign = new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0],
    ...[2, 9, 1, 3, 0x65, 0x6e, 0x76, 1, 0x79, 0, 0],
  ]);
  const fresh = await env.freshApi();
  const error = await rejects(fresh.open(":memory:", { wasm: foreign }), {
    name: "VssError",
    code: "VSS_ABI",
    message: "vss.wasm does not fit, expected ",
  });
  equal(error.cause.name, "LinkError");
});

spec("hazard: a source that fails may be tried again", async ({ env }) => {
  if (!env.freshApi) return;
  const fresh = await env.freshApi();
  await rejects(fresh.init({ wasm: new Uint8Array([1, 2, 3]) }), {
    name: "CompileError",
  });
  await rejects(fresh.init({ wasm: 42 }), {
    name: "TypeError",
    message: "wasm is 42, expected a WebAssembly.Module",
  });
  await fresh.init({ wasm: Promise.resolve(env.wasm) });
  const db = await fresh.open();
  equal(db.prepare("select 1").pluck().get(), 1);
  db.close();
});

spec("hazard: pointers above 2 GiB", async ({ api, env }) => {
  // This is more than an isolate of Cloudflare Workers may have.
  if (env.runtime.startsWith("workerd")) skip("an isolate has 128 MB");
  const { db, inside } = await openInside(() => api.open());
  for (let i = 0; i < 3; i++) {
    if (inside.malloc(750 << 20) !== 0) continue;
    db.close();
    skip("this machine gives no memory above 2 GiB");
  }
  // What is still free below is used up, so that whatever is allocated next is above.
  for (const size of [1 << 20, 1 << 16, 4096, 256, 64]) {
    let at;
    do ok((at = inside.malloc(size)) !== 0, "memory that is not full");
    while (at < 2 ** 31);
  }
  const table = db.vss0("t", { v: 8, name: "text" });
  const floats = Float32Array.from({ length: 8 * 500 }, (_, i) => i % 13);
  table.insertMany({
    v: floats,
    name: Array.from({ length: 500 }, (_, i) => `näme ${i}`),
  });
  equal(table.get(500), {
    rowid: 500,
    v: floats.slice(8 * 499),
    name: "näme 499",
  });
  equal(
    table.search(floats.slice(0, 8), {
      k: 1,
      where: { name: { glob: "n*" } },
    })[0].distance,
    0,
  );
  db.exec("create table p(a, b)");
  const insert = db.prepare("insert into p values (:a, :b)");
  insert.run({ a: "text", b: new Uint8Array([1, 2, 3]) });
  equal(db.prepare("select a, b from p").get(), {
    a: "text",
    b: new Uint8Array([1, 2, 3]),
  });
  equal(db.prepare("select a from p").columns()[0].table, "p");
  db.function("twice", (x) => `${x}${x}`);
  equal(
    db
      .prepare(
        "select twice('ab'), strftime('%Y', 'now', 'localtime') > '2000'",
      )
      .raw()
      .get(),
    ["abab", 1],
  );
  throws(() => db.prepare("select nme from p"), {
    offset: 7,
    message: "no such column: nme",
  });
  const copy = await api.open(db.serialize());
  equal(copy.vss0("t").count, 500);
  copy.close();
  ok(inside.malloc(16) > 2 ** 31, "it was really there");
  db.close();
});

spec(
  "hazard: a hundred traps, each in the middle of something",
  async ({ api }) => {
    const random = randomNumbers(100);
    for (let i = 0; i < 100; i++) {
      const { db, inside } = await openInside(() => api.open());
      const table = db.vss0("t", { v: 4 });
      table.insertMany({ v: new Float32Array(40) });
      const rows = db.prepare("select * from t").iterate();
      if (random() < 0.5) rows.next();
      if (random() < 0.5) db.exec("begin; delete from t");
      // Any export gets a wild pointer. Some survive it, which is as good.
      const names = [
        "vss_js_step",
        "sqlite3_column_text",
        "sqlite3_finalize",
        "sqlite3_errmsg",
        "sqlite3_bind_null",
      ];
      const wild = (0x70000000 + Math.floor(random() * 0x8fff0000)) >>> 0;
      let trapped = false;
      try {
        inside.crash(db, names[i % names.length], wild);
      } catch (error) {
        trapped = isError(error, { code: "VSS_TRAPPED" }) !== undefined;
      }
      if (trapped) {
        throws(() => table.search([0, 0, 0, 0], { k: 1 }), {
          code: "VSS_TRAPPED",
        });
        throws(() => rows.next(), { code: "VSS_TRAPPED" });
      }
      db.close();
      throws(() => table.count, { message: "this database is closed" });
    }
  },
);

spec("hazard: a thousand databases, one after the other", async ({ api }) => {
  for (let i = 0; i < 1000; i++) {
    const db = await api.open();
    db.exec("create table t(v); insert into t values (1)");
    equal(db.prepare("select v from t").pluck().get(), 1);
    db.close();
  }
});
