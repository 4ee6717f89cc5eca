// Conditions as objects, in both clients: what is not understood is an error and never no
// condition, and a list means the same at any length.
import {
  bothSpecs,
  equal,
  ok,
  randomNumbers,
  rejects,
  skip,
  spec,
} from "../lib/harness.js";

const bothSpec = bothSpecs("where");

const rowids = (hits) => hits.map((hit) => hit.rowid).sort((a, b) => a - b);

/** An error as one text. */
async function failure(run) {
  try {
    await run();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
  return "no error";
}

class Foreign {
  eq = "a";
}
class Hidden {
  get eq() {
    return "a";
  }
}

const noComparison =
  "TypeError: search: where.tenant is an empty object, expected a value or one of eq, ne, gt, gte, lt, lte, like, glob, in, notIn, between, contains, isNull";
const noValue = (what) =>
  `TypeError: where.tenant.eq is ${what}, expected null, a number, bigint, string, boolean, Uint8Array, Float32Array or Int8Array`;
const noWhere = (what) =>
  `TypeError: search: where is ${what}, expected SQL text or an object`;

/** Conditions that say nothing, or not what they seem to say: [condition, the error]. */
const misunderstood = () => {
  const base = Object.create(null);
  base.eq = "a";
  return [
    [{ tenant: {} }, noComparison],
    [{ tenant: Object.create(null) }, noComparison],
    [
      { tenant: { eq: undefined } },
      `${noValue("undefined")} (use null for NULL)`,
    ],
    [
      { tenant: { isNull: undefined } },
      "TypeError: where.tenant.isNull is undefined, expected true or false",
    ],
    [
      { or: [] },
      "TypeError: search: where.or is empty, expected an array of conditions",
    ],
    [
      { and: {} },
      "TypeError: search: where.and is an Object, expected an array of conditions",
    ],
    [
      { or: [{ tenant: "a" }, {}] },
      "TypeError: search: where.or[1] is an empty object, expected a condition",
    ],
    [
      { or: [{ and: [{ not: {} }] }] },
      "TypeError: search: where.or[0].and[0].not is an empty object, expected a condition",
    ],
    [
      { not: [{ tenant: "a" }] },
      "TypeError: search: where.not is an Array, expected an object",
    ],
    [
      { or: [new Map([["tenant", "a"]])] },
      "TypeError: search: where.or[0] is a Map, expected an object",
    ],
    [
      { not: { tenat: 1 } },
      'TypeError: search: where.not names an unknown column "tenat", did you mean "tenant"?',
    ],
    [
      { or: [{ tenant: { in: ["a", undefined] } }] },
      "TypeError: where.or[0].tenant.in[1] is undefined",
    ],
    [
      { tenant: { between: [1] } },
      "TypeError: where.tenant.between is an Array, expected an array with the least and the greatest value",
    ],
    [
      { tenant: { between: [1, null] } },
      "TypeError: where.tenant.between[1] is null, expected a value",
    ],
    [
      { tenant: { contains: undefined } },
      "TypeError: where.tenant.contains is undefined, expected null",
    ],
    [
      { tenant: { contains: null } },
      "TypeError: where.tenant.contains is null, expected a value",
    ],
    [
      { tenant: { in: undefined } },
      "TypeError: where.tenant.in is undefined, expected an array",
    ],
    [
      { tenant: { like: undefined } },
      "TypeError: where.tenant.like is undefined, expected a string",
    ],
    [
      { tenant: { eq: "a", lt: undefined } },
      noValue("undefined").replace("eq", "lt") + " (use null for NULL)",
    ],
    [
      { tenant: { [Symbol("eq")]: "a" } },
      'TypeError: search: where.tenant has an unknown operator "Symbol(eq)"',
    ],
    [
      { tenant: Object.defineProperty({}, "nq", { value: 1 }) },
      'TypeError: search: where.tenant has an unknown operator "nq", did you mean "eq"?',
    ],
    [{ tenant: undefined }, `${noValue("undefined")} (use null for NULL)`],
    [{ tenant: Promise.resolve("a") }, noValue("a Promise")],
    [{ tenant: new Map([["eq", "a"]]) }, noValue("a Map")],
    [{ tenant: new Set(["a"]) }, noValue("a Set")],
    [{ tenant: /x/ }, noValue("a RegExp")],
    [{ tenant: new String("z") }, noValue("a String")],
    [{ tenant: new Number(1) }, noValue("a Number")],
    [
      { tenant: new Date(0) },
      `${noValue("a Date")} (use toISOString() or getTime())`,
    ],
    [{ tenant: new Foreign() }, noValue("a Foreign")],
    [{ tenant: new Hidden() }, noValue("a Hidden")],
    [{ tenant: Object.create({ eq: "a" }) }, noValue("an Object")],
    [{ tenant: Object.create(base) }, noValue("an object")],
    [{ tenant: () => "a" }, noValue("a function")],
    [{ tenant: Symbol("a") }, noValue("a symbol")],
    [
      { tenant: new ArrayBuffer(4) },
      `${noValue("an ArrayBuffer")} (use new Uint8Array(buffer))`,
    ],
    [
      { tenant: { in: [Promise.resolve("a")] } },
      "TypeError: where.tenant.in[0] is a Promise",
    ],
    [
      { tenant: { in: new Set(["a"]) } },
      "TypeError: where.tenant.in is a Set, expected an array",
    ],
    [
      { tenant: { in: Object.assign(Array(3), { 0: "a", 2: "b" }) } }, // has a hole
      "TypeError: where.tenant.in[1] is undefined",
    ],
    [
      { [Symbol("tenant")]: "a" },
      'TypeError: search: where names an unknown column "Symbol(tenant)"',
    ],
    [new Map([["tenant", "a"]]), noWhere("a Map")],
    [new Set(), noWhere("a Set")],
    [new Foreign(), noWhere("a Foreign")],
    [Object.create({ tenant: "a" }), noWhere("an Object")],
    [Promise.resolve({ tenant: "a" }), noWhere("a Promise")],
    [Promise.resolve("tenant = 'a'"), noWhere("a Promise")],
    [/x/, noWhere("a RegExp")],
    [new String("1"), noWhere("a String")],
    [new Date(0), noWhere("a Date")],
    [["tenant"], noWhere("an Array")],
    [null, noWhere("null")],
    [() => true, noWhere("a function")],
  ];
};

bothSpec("what is not understood is an error", async (client) => {
  const db = await client.open();
  const t = await db.vss0("t", { e: 1, tenant: "text" });
  await t.insertMany([
    { e: [1], tenant: "a" },
    { e: [2], tenant: "b" },
  ]);
  const methods = [
    ["search", (where) => t.search([1], { k: 9, where })],
    ["search", (where) => t.searchMany([[1], [2]], { k: 9, where })],
    ["facets", (where) => t.facets(["tenant"], { where })],
    ["whereSql", (where) => t.whereSql(where)],
  ];
  for (const [i, [where, said]] of misunderstood().entries())
    for (const [name, method] of methods) {
      const message = said.replace("search: ", `${name}: `);
      const got = await failure(async () => method(where));
      ok(got.startsWith(message), `${i}: got ${got}, expected ${message}`);
    }
  // What is understood: no condition at all, and objects without a prototype.
  const bare = Object.assign(Object.create(null), { tenant: "a" });
  equal(rowids(await t.search([1], { k: 9, where: {} })), [1, 2]);
  equal(rowids(await t.search([1], { k: 9, where: undefined })), [1, 2]);
  equal(rowids(await t.search([1], { k: 9, where: bare })), [1]);
  await db.close();
});

bothSpec("contains and between over values of any kind", async (client) => {
  const db = await client.open();
  const t = await db.vss0("t", { e: 1, tags: "text", n: "integer" });
  const tags = ['["a", true, 5, null]', "not JSON", null, "[]", '["A", "5"]'];
  await t.insertMany(tags.map((text, i) => ({ e: [i], tags: text, n: i + 1 })));
  const found = async (where) => rowids(await t.search([0], { k: 9, where }));
  const json = { n: { ne: 2 } };
  equal(await found({ ...json, tags: { contains: "a" } }), [1]);
  equal(await found({ ...json, tags: { contains: true } }), [1]);
  equal(await found({ ...json, tags: { contains: 5n } }), [1]);
  equal(await found({ ...json, tags: { contains: "5" } }), [5]);
  equal(await found({ ...json, not: { tags: { contains: "a" } } }), [3, 4, 5]);
  equal(await found({ n: { contains: 3 } }), [3]);
  await rejects(
    (async () => t.search([0], { k: 9, where: { tags: { contains: "a" } } }))(),
    {
      name: "VssError",
      message: "malformed JSON",
    },
  );
  equal(await found({ n: { between: [2, 4] } }), [2, 3, 4]);
  equal(await found({ n: { between: [2n, 3.5] } }), [2, 3]);
  equal(await found({ n: { between: ["2", "3"] } }), [2, 3]);
  equal(await found({ n: { between: [4, 2] } }), []);
  equal(await found({ tags: { between: ["[", "o"] } }), [1, 2, 4, 5]);
  equal(await found({ rowid: { between: [4, 9] }, not: { n: 5 } }), [4]);
  await db.close();
});

bothSpec(
  "options, rows and parameters in a Map are refused too",
  async (client) => {
    const db = await client.open();
    const t = await db.vss0("t", { e: 1, tenant: "text" });
    const map = new Map([["k", 1]]);
    const cases = [
      [
        () => t.search([1], map),
        "search: options are a Map, expected a plain object",
      ],
      [
        () => t.search([1], Object.create({ k: 1 })),
        "search: options are an Object, expected a plain object",
      ],
      [
        () => t.insertMany([], map),
        "insertMany: options are a Map, expected a plain object",
      ],
      [
        () => client.open(":memory:", new Map([["untrusted", true]])),
        "open: options are a Map, expected a plain object",
      ],
      [
        () => client.init(map),
        "init: options are a Map, expected a plain object",
      ],
      [
        () => t.insert(map),
        "insert: row is a Map, expected an object such as { rowid: 1, embedding: vector }",
      ],
      [
        () => t.insert(Promise.resolve({ e: [1] })),
        "insert: row is a Promise, expected an object",
      ],
      [
        () => t.insert(new Hidden()),
        "insert: row is a Hidden, expected an object",
      ],
      [
        () => t.insertMany([{ e: [1] }, map]),
        "row 1 is a Map, expected an object",
      ],
      [
        () => t.search([1], { k: 1, where: "1", params: map }),
        "search: params is a Map, expected an array or an object",
      ],
      [
        () => db.vss0("u", map),
        "vss0 u: columns is a Map, expected an object such as { embedding: 384 }",
      ],
      [
        () => t.search([1], { k: 1, [Symbol("where")]: {} }),
        'search: unknown option "Symbol(where)"',
      ],
      [
        () => t.insertMany([], { signal: 5 }),
        "insertMany: signal is 5, expected an AbortSignal",
      ],
      [
        () => client.open(":memory:", { readonly: "false" }),
        'open: readonly is "false", expected true or false',
      ],
      [
        () => client.open(":memory:", { create: null }),
        "open: create is null, expected true or false",
      ],
    ];
    for (const [run, message] of cases)
      await rejects((async () => run())(), { name: "TypeError", message });
    equal(await t.count, 0);
    // An object of a program's own class has properties, and is a row.
    class Row {
      e = [5];
      tenant = "c";
    }
    equal(await t.insert(new Row()), 1);
    equal((await t.get(1)).tenant, "c");
    const statement = await db.prepare("select :tenant as x");
    equal(await statement.get({ tenant: "d" }), { x: "d" });
    const none = await db.prepare("select 1");
    await rejects((async () => none.get(new Map([["a", 1]])))(), {
      message: "got 1 values, the statement has 0 parameters",
    });
    await db.close();
  },
);

bothSpec("a list means the same at any length", async (client) => {
  const db = await client.open();
  const t = await db.vss0("t", {
    e: 1,
    s: "text",
    n: "integer",
    r: "real",
    a: "",
  });
  const texts = [
    "5",
    "5.0",
    "5.5",
    "true",
    "1",
    "0",
    "",
    "\0",
    "a\0b",
    "\ud800",
    "\ufffd",
    "日本",
    '"',
    "\\ud800",
    "1e2",
    "100",
  ];
  const numbers = [
    5,
    5.5,
    1,
    0,
    100,
    2 ** 53,
    2 ** 60,
    2 ** 63,
    -(2 ** 63),
    0.1,
    1e308,
    5e-324,
    -0,
    Infinity,
    -Infinity,
    2n ** 62n,
    2n ** 60n + 1n,
    1 / 3,
  ];
  let rowid = 0;
  for (const value of [...texts, ...numbers, new Uint8Array([53]), null]) {
    for (const column of ["s", "n", "r", "a"]) {
      // A column refuses what its type cannot hold.
      await (async () =>
        t.insert({ rowid: ++rowid, e: [rowid], [column]: value }))().catch(
        () => {},
      );
    }
  }
  ok((await t.count) > 60, "rows");
  const strange = (i) => 1e6 + i;
  for (const fill of [strange, (i) => `none of them ${i}`]) {
    for (const value of [
      ...texts,
      ...numbers,
      true,
      false,
      new Uint8Array([53]),
    ]) {
      const rest = (n) => [
        value,
        ...Array.from({ length: n }, (_, i) => fill(i)),
      ];
      for (const column of ["s", "n", "r", "a", "rowid"]) {
        for (const operator of ["in", "notIn"]) {
          const found = async (list) =>
            rowids(
              await t.search([0], {
                k: 1e4,
                where: { [column]: { [operator]: list } },
              }),
            ).join();
          const short = await found(rest(0));
          for (const n of [63, 64, 70]) {
            const long = await found(rest(n));
            if (long !== short)
              equal(
                long,
                short,
                `${column} ${operator} ${String(value)} and ${n} more`,
              );
          }
        }
      }
    }
  }
  await db.close();
});

spec("where: long lists of many kinds", async ({ api, env }) => {
  if (env.client) skip("run where there is no client");
  const db = await api.open();
  const t = db.vss0("t", { e: 1, s: "text", n: "integer" });
  const n = 500;
  t.insertMany({
    e: new Float32Array(n),
    s: Array.from({ length: n }, (_, i) => (i % 10 ? `t${i}` : null)),
    n: Array.from({ length: n }, (_, i) => (i % 7 ? i : null)),
  });
  const all = Array.from({ length: n }, (_, i) => i);
  const ask = (where) => rowids(t.search([0], { k: n, where }));
  const ids = (keep) => all.filter(keep).map((i) => i + 1);
  for (const length of [1, 64, 65, 66, 300]) {
    const list = all.slice(0, length);
    const texts = list.map((i) => `t${i}`);
    equal(
      ask({ n: { in: list } }),
      ids((i) => i % 7 && i < length),
    );
    equal(
      ask({ n: { notIn: list } }),
      ids((i) => i % 7 && i >= length),
    );
    equal(
      ask({ n: { in: [...list, null] } }),
      ids((i) => !(i % 7) || i < length),
    );
    equal(
      ask({ n: { notIn: [...list, null] } }),
      ids((i) => i % 7 && i >= length),
    );
    equal(
      ask({ s: { in: texts } }),
      ids((i) => i % 10 && i < length),
    );
    equal(
      ask({ s: { notIn: texts } }),
      ids((i) => i % 10 && i >= length),
    );
    equal(
      ask({ n: { in: list.map(BigInt) } }),
      ids((i) => i % 7 && i < length),
    );
    equal(ask({ n: { in: list.map((i) => i + 0.5) } }), []);
  }
  equal(
    ask({ n: { notIn: [null] } }),
    ids((i) => i % 7),
  );
  equal(
    ask({ n: { in: [null] } }),
    ids((i) => !(i % 7)),
  );
  // One JSON parameter: SQLite allows 32,766 parameters.
  const many = Array.from({ length: 40_000 }, (_, i) => i);
  equal(
    ask({ n: { in: many } }),
    ids((i) => i % 7),
  );
  db.close();
});

const inOrder = (hits) => hits.map((hit) => hit.rowid);

/** A random condition as an object, and what it says of a row: true, false or null (unknown). */
function randomCondition(random, depth) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const and = (values) =>
    values.includes(false) ? false : values.includes(null) ? null : true;
  const not = (value) => (value === null ? null : !value);
  const kind = random();
  if (depth > 0 && kind < 0.5) {
    const word = pick(["or", "and", "not"]);
    const parts = Array.from(
      { length: word === "not" ? 1 : 1 + Math.floor(random() * 3) },
      () => randomCondition(random, depth - 1),
    );
    const all = (row) => parts.map(([, test]) => test(row));
    if (word === "not")
      return [{ not: parts[0][0] }, (row) => not(all(row)[0])];
    return [
      { [word]: parts.map(([where]) => where) },
      word === "and"
        ? (row) => and(all(row))
        : (row) => not(and(all(row).map(not))),
    ];
  }
  const known = (column, test) => (row) =>
    row[column] === null ? null : test(row[column]);
  const n = Math.floor(random() * 10);
  const tag = pick(["a", "b", "c"]);
  return pick([
    () => [{ n }, known("n", (v) => v === n)],
    () => [
      { n: { between: [n - 3, n] } },
      known("n", (v) => v >= n - 3 && v <= n),
    ],
    () => [{ n: { isNull: true } }, (row) => row.n === null],
    () => [
      { n: { in: [n, n + 1] } },
      known("n", (v) => v === n || v === n + 1),
    ],
    () => [
      { tags: { contains: tag } },
      (row) => row.tags !== null && JSON.parse(row.tags).includes(tag),
    ],
    () => [
      { n: { gte: n }, tags: { ne: null } },
      (row) => and([known("n", (v) => v >= n)(row), row.tags !== null]),
    ],
  ])();
}

bothSpec(
  "and, or, not, between and contains are what they say",
  async (client, env) => {
    const seed = Number(env.seed ?? 20261128);
    const random = randomNumbers(seed);
    const db = await client.open();
    const t = await db.vss0("t", { e: 1, n: "integer", tags: "text" });
    const rows = Array.from({ length: 300 }, (_, i) => ({
      rowid: i + 1,
      e: [i % 17],
      n: random() < 0.1 ? null : Math.floor(random() * 10),
      tags:
        random() < 0.1
          ? null
          : JSON.stringify(["a", "b", "c"].filter(() => random() < 0.4)),
    }));
    await t.insertMany(rows);
    for (let i = 0; i < 150; i++) {
      const [where, test] = randomCondition(random, 3);
      const wanted = rows
        .filter((row) => test(row) === true)
        .sort((a, b) => a.e[0] - b.e[0] || a.rowid - b.rowid)
        .map((row) => row.rowid);
      const what = `seed ${seed}: ${JSON.stringify(where)}`;
      equal(inOrder(await t.search([0], { k: 300, where })), wanted, what);
      const [first, second] = await t.searchMany([[0], [0]], { k: 5, where });
      equal(inOrder(first), wanted.slice(0, 5), what);
      equal(inOrder(second), wanted.slice(0, 5), what);
      const { n } = await t.facets(["n"], { where });
      const counts = new Map();
      for (const row of rows)
        if (test(row) === true) counts.set(row.n, (counts.get(row.n) ?? 0) + 1);
      equal(
        n.map(({ value, count }) => [value, count]),
        [...counts].sort((a, b) => b[1] - a[1] || (a[0] ?? -1) - (b[0] ?? -1)),
        what,
      );
    }
    // A column of the name of a connective goes first.
    const odd = await db.vss0("odd", { e: 1, or: "integer" });
    await odd.insertMany([
      { e: [1], or: 5 },
      { e: [2], or: 6 },
    ]);
    equal(inOrder(await odd.search([0], { k: 9, where: { or: 6 } })), [2]);
    await db.close();
  },
);
