// search(): the k nearest rows that satisfy the condition, compared with a plain loop in
// JavaScript.
import {
  equal,
  ok,
  randomNumbers,
  show,
  spec,
  throws,
} from "../lib/harness.js";

const N = 700;
const DIM = 12;

/** A table with every kind of filter column, and the same rows as plain objects. */
async function collection(api, metric = "L2") {
  const random = randomNumbers(2026);
  const db = await api.open();
  const table = db.vss0("docs", {
    embedding: `(${DIM}) metric_type=${metric}`,
    room: "text",
    words: "integer",
    score: "real",
  });
  const rows = [];
  for (let i = 0; i < N; i++) {
    rows.push({
      rowid: i * 3 + 1,
      // Few distinct values: ties in distance have to be broken by rowid.
      embedding: Float32Array.from({ length: DIM }, () =>
        Math.round(random() * 4 - 2),
      ),
      room: [null, "NY Times", "Guardian", "guardian", "日経"][
        Math.floor(random() * 5)
      ],
      words: random() < 0.1 ? null : Math.floor(random() * 100),
      score: random() < 0.1 ? null : random() * 10,
    });
  }
  table.insertMany(rows);
  return { db, table, rows, random };
}

const l2 = (a, b) => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0);
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);

function brute(rows, query, k, test = () => true, distance = l2, sign = 1) {
  return rows
    .filter(test)
    .map((row) => ({
      rowid: row.rowid,
      distance: Math.fround(distance(row.embedding, query)),
    }))
    .sort((a, b) => sign * (a.distance - b.distance) || a.rowid - b.rowid)
    .slice(0, k);
}

spec("search: many queries at once give what each gives", async ({ api }) => {
  const { db, table, rows, random } = await collection(api);
  const queries = Array.from({ length: 37 }, (_, i) =>
    i % 9 === 8
      ? rows[i].embedding
      : Float32Array.from({ length: DIM }, () => Math.round(random() * 4 - 2)),
  );
  queries[5] = queries[4];
  const pass = db
    .prepare("select vss_table_stats('docs') ->> 'passes'")
    .pluck();
  for (const options of [
    { k: 7 },
    { k: 0 },
    { k: 2000 },
    { k: 5, offset: 3 },
    { k: 5, maxDistance: 9 },
    { k: 4, select: ["room", "embedding", "rowid"] },
    { k: 6, where: { room: "Guardian", words: { lt: 60 } } },
    { k: 6, where: { room: { like: "%n%" }, score: { gte: 2, lte: 8 } } },
    { k: 6, where: { room: null } },
    { k: 6, where: { room: { in: ["Guardian", null] } } },
    { k: 6, where: { room: { notIn: ["Guardian", "NY Times"] } } },
    { k: 6, where: { words: { in: Array.from({ length: 90 }, (_, i) => i) } } },
    { k: 6, where: { words: { ne: 5, isNull: false }, room: { glob: "*a*" } } },
    { k: 6, where: { words: { notIn: [1, null] }, rowid: { ne: 4 } } },
    { k: 6, where: {} },
    { k: 6, where: { rowid: { gt: 300 }, distance: { gt: 8 } } },
    { k: 6, where: "abs(words - 50) < 10" },
    { k: 6, where: "words < ? or score > 9", params: [20] },
  ]) {
    equal(
      table.searchMany(queries, options),
      queries.map((query) => table.search(query, options)),
    );
  }
  const before = pass.get();
  table.searchMany(queries, { k: 3 });
  equal(pass.get() - before, 3, "37 queries, 16 of which share a pass");
  equal(table.searchMany([], { k: 3 }), []);
  equal(table.searchMany([[...queries[0]]], { k: 1 }).length, 1);
  throws(() => table.searchMany(queries[0], { k: 1 }), {
    name: "TypeError",
    message:
      "searchMany: queries is a Float32Array, expected an array of vectors",
  });
  throws(() => table.searchMany([queries[0], "x"], { k: 1 }), {
    name: "TypeError",
    message: "searchMany: queries[1] is",
  });
  throws(() => table.searchMany([queries[0], [1, 2]], { k: 1 }), {
    message: "vector has 2 components, expected 12",
  });
  throws(() => table.searchMany(queries, {}), {
    message: "search: k is missing",
  });
  db.close();
});

spec(
  "search: equals a plain loop, without and with conditions",
  async ({ api }) => {
    const { db, table, rows, random } = await collection(api);
    const has = (v) => v !== null;
    const cases = [
      [{}, () => true],
      [{ where: { room: "NY Times" } }, (r) => r.room === "NY Times"],
      [{ where: { room: null } }, (r) => r.room === null],
      [
        { where: { room: { ne: "NY Times" } } },
        (r) => has(r.room) && r.room !== "NY Times",
      ],
      [{ where: { room: { ne: null } } }, (r) => has(r.room)],
      [{ where: { room: { isNull: true } } }, (r) => r.room === null],
      [{ where: { room: { isNull: false } } }, (r) => has(r.room)],
      [
        { where: { words: { gte: 20, lt: 30 } } },
        (r) => has(r.words) && r.words >= 20 && r.words < 30,
      ],
      [
        { where: { words: { gt: 97.5 } } },
        (r) => has(r.words) && r.words > 97.5,
      ],
      [{ where: { score: { lte: 1 } } }, (r) => has(r.score) && r.score <= 1],
      [
        { where: { words: { in: [1, 2, 3, 50n] } } },
        (r) => [1, 2, 3, 50].includes(r.words),
      ],
      [
        { where: { words: { in: [1, null] } } },
        (r) => r.words === 1 || r.words === null,
      ],
      [
        { where: { words: { notIn: [1, 2, null] } } },
        (r) => (has(r.words) && r.words > 2) || r.words === 0,
      ],
      [
        { where: { words: { notIn: [1, 2] } } },
        (r) => has(r.words) && ![1, 2].includes(r.words),
      ],
      [{ where: { words: { in: [] } } }, () => false],
      [{ where: { words: { notIn: [] } } }, () => true],
      [
        { where: { words: { in: Array.from({ length: 80 }, (_, i) => i) } } },
        (r) => has(r.words) && r.words < 80,
      ],
      [
        { where: { room: { like: "GUARD%" } } },
        (r) => r.room?.toLowerCase().startsWith("guard"),
      ],
      [
        { where: { room: { glob: "Guard*" } } },
        (r) => r.room?.startsWith("Guard"),
      ],
      [
        { where: { room: "日経", words: { lt: 50 } } },
        (r) => r.room === "日経" && has(r.words) && r.words < 50,
      ],
      [
        { where: { rowid: { gt: 1000, in: [1001, 1003, 1006, 1009, 4] } } },
        (r) => [1003, 1006, 1009].includes(r.rowid),
      ],
      [
        { where: "words < ? or room = ?", params: [10, "NY Times"] },
        (r) => (has(r.words) && r.words < 10) || r.room === "NY Times",
      ],
      [
        { where: "words between ?2 and ?1", params: [40, 30] },
        (r) => has(r.words) && r.words >= 30 && r.words <= 40,
      ],
      [
        { where: "words % :m = 0 -- every m-th", params: { m: 7 } },
        (r) => has(r.words) && r.words % 7 === 0,
      ],
      [{ where: "length(room) = 8" }, (r) => r.room?.length === 8],
      [
        { where: "not (words > 50 and score > 5)" },
        (r) => {
          const [a, b] = [
            has(r.words) ? r.words > 50 : null,
            has(r.score) ? r.score > 5 : null,
          ];
          return a === false || b === false;
        },
      ],
    ];
    for (const [options, test] of cases) {
      for (const k of [1, 10, 2 * N]) {
        const query = Float32Array.from({ length: DIM }, () =>
          Math.round(random() * 4 - 2),
        );
        const hits = table.search(query, { k, ...options });
        equal(hits, brute(rows, query, k, test), show(options));
      }
    }
    db.close();
  },
);

spec("search: offset pages through the same order", async ({ api }) => {
  const { db, table, rows } = await collection(api);
  const query = new Float32Array(DIM);
  const pages = [];
  for (let offset = 0; offset < 100; offset += 10)
    pages.push(...table.search(query, { k: 10, offset }));
  equal(pages, brute(rows, query, 100));
  equal(table.search(query, { k: 10, offset: N }), []);
  db.close();
});

spec("search: maxDistance, k = 0, and more than there is", async ({ api }) => {
  const { db, table, rows } = await collection(api);
  const query = new Float32Array(DIM).fill(1);
  const all = brute(rows, query, N);
  const limit = all[50].distance;
  equal(
    table.search(query, { k: N, maxDistance: limit }),
    all.filter((hit) => hit.distance <= limit),
  );
  equal(
    table.search(query, { k: 5, maxDistance: limit, where: "words >= 0" })
      .length,
    5,
  );
  equal(table.search(query, { k: N, maxDistance: -1 }), []);
  equal(table.search(query, { k: 0 }), []);
  equal(table.search(query, { k: 10 * N }).length, N);
  db.close();
});

spec("search: INNER_PRODUCT comes greatest first", async ({ api }) => {
  const { db, table, rows } = await collection(api, "INNER_PRODUCT");
  const query = Float32Array.from({ length: DIM }, (_, i) => i - 4);
  equal(
    table.search(query, { k: 20 }),
    brute(rows, query, 20, () => true, dot, -1),
  );
  const least = brute(rows, query, 20, () => true, dot, -1)[9].distance;
  ok(
    table
      .search(query, { k: N, maxDistance: least })
      .every((hit) => hit.distance >= least),
    "maxDistance is a minimum here",
  );
  db.close();
});

spec(
  "search: select gives columns, vectors as Float32Array",
  async ({ api }) => {
    const { db, table, rows } = await collection(api);
    const [hit] = table.search(rows[5].embedding, {
      k: 1,
      where: { rowid: rows[5].rowid },
      select: ["words", "embedding", "rowid"],
    });
    equal(hit, {
      rowid: rows[5].rowid,
      distance: 0,
      words: rows[5].words,
      embedding: rows[5].embedding,
    });
    equal(api.search(table, rows[5].embedding, { k: 1, select: [] }).length, 1);
    db.close();
  },
);

spec("search: several vector columns", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("two", { a: 2, b: 2, n: "integer" });
  table.insertMany([
    { a: [0, 0], b: [9, 9] },
    { a: [9, 9], b: [0, 0] },
  ]);
  equal(table.search([0, 0], { k: 1, column: "a" })[0].rowid, 1);
  equal(table.search([0, 0], { k: 1, column: "B" })[0].rowid, 2);
  throws(() => table.search([0, 0], { k: 1 }), {
    name: "TypeError",
    message: "name the column, one of a, b",
  });
  throws(() => table.search([0, 0], { k: 1, column: "n" }), {
    name: "TypeError",
    message: '"n" is not a vector column',
  });
  throws(() => table.search([0, 0], { k: 1, column: "c" }), {
    name: "TypeError",
    message: 'unknown column "c"',
  });
  db.close();
});

spec("search: bad questions are told what is wrong", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("docs", {
    embedding: 2,
    room: "text",
    words: "integer",
  });
  table.insert({ embedding: [1, 2] });
  const q = [1, 2];
  const cases = [
    [q, undefined, "TypeError", "k is missing"],
    [q, { limit: 3 }, "TypeError", 'unknown option "limit"'],
    [q, { k: "3" }, "TypeError", 'k is "3", expected a whole number'],
    [q, { k: -1 }, "RangeError", "k is -1"],
    [q, { k: 1.5 }, "RangeError", "k is 1.5"],
    [q, { k: 1, offset: -1 }, "RangeError", "offset is -1"],
    [
      "text",
      { k: 1 },
      "TypeError",
      'query is "text", expected a Float32Array or an array of numbers',
    ],
    [new Float64Array(2), { k: 1 }, "TypeError", "Float32Array.from"],
    [[1, null], { k: 1 }, "TypeError", "component 1 is null"],
    [[1, 2, 3], { k: 1 }, "VssError", "vector has 3 components, expected 2"],
    [[], { k: 1 }, "VssError", "expected 2"],
    [[NaN, 1], { k: 1 }, "VssError", "NaN"],
    [
      q,
      { k: 1, where: { rom: 1 } },
      "TypeError",
      'unknown column "rom", did you mean "room"?',
    ],
    [
      q,
      { k: 1, where: { words: { gtt: 1 } } },
      "TypeError",
      'unknown operator "gtt", did you mean "gt"?',
    ],
    [
      q,
      { k: 1, where: { words: { $gt: 1 } } },
      "TypeError",
      'unknown operator "$gt", did you mean "gt"?',
    ],
    [
      q,
      { k: 1, where: { words: { in: 5 } } },
      "TypeError",
      "where.words.in is 5, expected an array",
    ],
    [
      q,
      { k: 1, where: { words: { in: [{}] } } },
      "TypeError",
      "where.words.in[0] is an Object",
    ],
    [
      q,
      { k: 1, where: { words: { like: 5 } } },
      "TypeError",
      "where.words.like is 5, expected a string",
    ],
    [
      q,
      { k: 1, where: { words: { isNull: 1 } } },
      "TypeError",
      "expected true or false",
    ],
    [
      q,
      { k: 1, where: { words: [1, 2] } },
      "TypeError",
      "where.words.eq is an Array",
    ],
    [q, { k: 1, where: { words: undefined } }, "TypeError", "undefined"],
    [q, { k: 1, where: 5 }, "TypeError", "where is 5"],
    [q, { k: 1, where: " " }, "TypeError", "where is empty"],
    [
      q,
      { k: 1, where: { words: 1 }, params: [1] },
      "TypeError",
      "params go with where as SQL text",
    ],
    [q, { k: 1, params: [1] }, "TypeError", "params are given without where"],
    [q, { k: 1, where: "words = ?", params: 5 }, "TypeError", "params is 5"],
    [q, { k: 1, where: "words = ?" }, "TypeError", "has no value"],
    [
      q,
      { k: 1, where: "words = ?", params: [1, 2] },
      "RangeError",
      "got 2 values",
    ],
    [
      q,
      { k: 1, where: "words = :w", params: { v: 1 } },
      "TypeError",
      'unknown parameter "v"',
    ],
    [q, { k: 1, where: "wrds = 1" }, "VssError", "no such column: wrds"],
    [q, { k: 1, where: "words = " }, "VssError", "syntax error"],
    [
      q,
      { k: 1, select: ["wrds"] },
      "TypeError",
      'unknown column "wrds", did you mean "words"?',
    ],
    [
      q,
      { k: 1, select: "words" },
      "TypeError",
      'select is "words", expected an array',
    ],
    [q, { k: 1, maxDistance: "1" }, "TypeError", 'maxDistance is "1"'],
  ];
  for (const [query, options, name, message] of cases)
    throws(() => table.search(query, options), { name, message });
  throws(() => api.search({}, q, { k: 1 }), {
    name: "TypeError",
    message: "expected a VssTable",
  });
  equal(table.search(q, { k: 1 }), [{ rowid: 1, distance: 0 }]);
  db.close();
});

spec("search: values are bound, never pasted", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("docs", { embedding: 1, room: "text" });
  const evil = "x' or 1=1 --";
  table.insertMany([
    { embedding: [1], room: "a" },
    { embedding: [2], room: evil },
  ]);
  equal(
    table.search([1], { k: 9, where: { room: evil } }).map((hit) => hit.rowid),
    [2],
  );
  equal(
    table
      .search([1], { k: 9, where: { room: { in: Array(100).fill(evil) } } })
      .map((hit) => hit.rowid),
    [2],
  );
  equal(table.count, 2);
  db.close();
});

spec(
  "search: sees what the transaction did, and not what it took back",
  async ({ api }) => {
    const db = await api.open();
    const table = db.vss0("t", { v: 1 });
    table.insert({ v: [1] });
    throws(
      () =>
        db.transaction(() => {
          table.insert({ v: [2] });
          equal(table.search([2], { k: 1 }), [{ rowid: 2, distance: 0 }]);
          throw new Error("undo");
        })(),
      { message: "undo" },
    );
    equal(table.search([2], { k: 9 }), [{ rowid: 1, distance: 1 }]);
    db.close();
  },
);

spec("search: in SQL, through a JOIN, and beside FTS5", async ({ api }) => {
  const { db, rows } = await collection(api);
  db.exec("create table author(id integer primary key, name)");
  const insert = db.prepare("insert into author values (?, ?)");
  for (const row of rows) insert.run(row.rowid, row.rowid % 2 ? "odd" : "even");
  const query = new Float32Array(DIM);
  const found = db
    .prepare(
      `select d.rowid, d.distance from docs d join author a on a.id = d.rowid
      where vss_search(d.embedding, ?) and a.name = 'even' limit 10`,
    )
    .all(query);
  equal(
    found,
    brute(rows, query, 10, (r) => r.rowid % 2 === 0),
  );
  db.close();
});

spec(
  "search: a thousand different questions keep few statements",
  async ({ api }) => {
    const { db, table } = await collection(api);
    for (let i = 0; i < 200; i++)
      table.search(new Float32Array(DIM), { k: 1, where: `words <> ${i}` });
    equal(table.search(new Float32Array(DIM), { k: 1 }).length, 1);
    db.close();
  },
);
