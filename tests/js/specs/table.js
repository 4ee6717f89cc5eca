// db.vss0(): create, open, insert, get, delete.
import { equal, ok, spec, throws } from "../lib/harness.js";

spec("table: create, describe, open again", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("articles", {
    headline: 3,
    body: "(2) metric_type=COSINE",
    newsroom: "text",
    words: "integer",
  });
  equal(table.columns, [
    {
      name: "headline",
      vector: true,
      dimensions: 3,
      metric: "L2",
      element: "float32",
    },
    {
      name: "body",
      vector: true,
      dimensions: 2,
      metric: "COSINE",
      element: "float32",
    },
    { name: "newsroom", vector: false, type: "text" },
    { name: "words", vector: false, type: "integer" },
  ]);
  equal([table.name, table.count], ["articles", 0]);
  equal(db.vss0("articles").columns, table.columns);
  equal(
    db.vss0("ARTICLES", {
      headline: 3,
      body: "(2) metric_type=cosine",
      newsroom: "TEXT",
      words: "integer",
    }).columns.length,
    4,
  );
  equal(api.vss0(db, "articles").columns.length, 4);
  db.close();
});

spec("table: names that need quotes", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0('my "docs"', {
    "the vector": 2,
    group: "text",
    'naïve "x"': "integer",
  });
  table.insert({ "the vector": [1, 2], group: "a", 'naïve "x"': 5 });
  equal(
    table.search([1, 2], {
      k: 1,
      select: ["group", 'naïve "x"'],
      where: { 'naïve "x"': 5 },
    }),
    [{ rowid: 1, distance: 0, group: "a", 'naïve "x"': 5 }],
  );
  db.close();
});

spec("table: the same columns in another spelling open it", async ({ api }) => {
  const db = await api.open();
  const written = {
    embedding: 4,
    image: "(2) metric_type=COSINE",
    newsroom: "text collate nocase",
    words: "integer",
    anything: "",
    e3: "float[2]",
  };
  const columns = db.vss0("docs", written).columns;
  equal(columns.length, 6);
  for (const same of [
    written,
    Object.fromEntries(Object.entries(written).reverse()),
    { ...written, embedding: "(4)", e3: 2 },
    { ...written, embedding: "( 4 ) metric_type=L2", e3: "(2)" },
    { ...written, image: "float[2] distance_metric=cosine" },
    { ...written, image: '(2)  factory="Flat,IDMap2"   METRIC_TYPE=cosine' },
    { ...written, newsroom: "TEXT COLLATE NoCase", words: " INTEGER " },
    { ...written, words: "integer collate binary" },
    Object.fromEntries(
      Object.entries(written).map(([k, v]) => [k.toUpperCase(), v]),
    ),
  ])
    equal(db.vss0("docs", same).columns, columns);
  for (const [change, message] of [
    [{ embedding: 5 }, 'where "embedding" has 4 dimensions instead of 5'],
    [
      { embedding: "(4) metric_type=L1" },
      'where "embedding" has the metric L2 instead of L1',
    ],
    [{ image: 2 }, 'where "image" has the metric COSINE instead of L2'],
    [{ image: "text" }, 'where "image" is a vector'],
    [{ words: 2 }, 'where "words" is not a vector'],
    [{ words: "int" }, 'where "words" has the type "integer" instead of "int"'],
    [
      { anything: "text" },
      'where "anything" has the type "" instead of "text"',
    ],
    [
      { newsroom: "text" },
      'where "newsroom" has the collation nocase instead of BINARY',
    ],
    [
      { words: "integer collate rtrim" },
      'where "words" has the collation BINARY instead of rtrim',
    ],
    [{ words: "integer primary key" }, 'where "words" is no primary key'],
  ]) {
    const error = throws(() => db.vss0("docs", { ...written, ...change }), {
      name: "VssError",
    });
    equal(error.message, `vss0: table "docs" already exists, ${message}`);
  }
  throws(() => db.vss0("docs", { ...written, words: "integer unique" }), {
    name: "VssError",
    message: "vss_columns_differ(): ",
  });
  // More columns than a function may have arguments.
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`c${i}`, "text"]),
  );
  db.vss0("many", { e: 1, ...many });
  equal(db.vss0("many", { e: 1, ...many }).columns.length, 301);
  db.close();
});

spec("table: what cannot be created or opened", async ({ api }) => {
  const db = await api.open();
  db.exec("create table plain(a)");
  db.vss0("t", { v: 2, n: "integer" });
  throws(() => db.vss0("nope"), {
    name: "VssError",
    message: 'no such table "nope"',
  });
  throws(() => db.vss0("plain"), {
    name: "VssError",
    message: '"plain" is not a vss0 table',
  });
  throws(() => db.vss0("t", { v: 3, n: "integer" }), {
    message: 'where "v" has 2 dimensions instead of 3',
  });
  throws(() => db.vss0("t", { v: 2 }), {
    message: 'a column "n" that was not asked for',
  });
  throws(() => db.vss0("t", { v: 2, n: "text" }), {
    message: 'the type "integer" instead of "text"',
  });
  throws(() => db.vss0("t", { v: 2, n: "integer", m: "text" }), {
    message: 'without a column "m"',
  });
  throws(() => db.vss0("u", { v: 0 }), {
    name: "VssError",
    message: "dimension",
  });
  throws(() => db.vss0("u", { v: 2.5 }), {
    name: "RangeError",
    message: "vss0 u.v: dimensions is 2.5",
  });
  throws(() => db.vss0("u", { v: 2, x: "text, y text" }), {
    name: "TypeError",
    message: "is not a column definition",
  });
  throws(() => db.vss0("u", { v: "(2)); drop table t; --" }), {
    name: "TypeError",
    message: "is not a column definition",
  });
  throws(() => db.vss0("u", { v: true }), {
    name: "TypeError",
    message: "vss0 u.v: the definition is true",
  });
  throws(() => db.vss0("u", [3]), {
    name: "TypeError",
    message: "columns is an Array",
  });
  throws(() => db.vss0("u", { note: "text" }), {
    name: "VssError",
    message: "vector",
  });
  throws(() => db.vss0(1), { name: "TypeError", message: "name is 1" });
  throws(() => db.vss0("safe", { v: 1 }).get(2 ** 53), {
    name: "RangeError",
    message:
      "get: id is 9007199254740992, expected a whole number (a bigint beyond 2^53)",
  });
  throws(() => api.vss0({}, "t"), {
    name: "TypeError",
    message: "expected a Database",
  });
  db.close();
});

spec(
  "table: insert in every form of a vector, get, delete",
  async ({ api }) => {
    const db = await api.open();
    const table = db.vss0("t", { v: 3, n: "integer" });
    equal(table.insert({ v: [1, 2, 3], n: 1 }), 1);
    equal(table.insert({ v: new Float32Array([4, 5, 6]) }), 2);
    equal(
      table.insert({ rowid: 2n ** 60n, v: api.encode([7, 8, 9]) }),
      2n ** 60n,
    );
    equal(table.insert({ rowid: 50, v: "[1, 1, 1]" }), 50);
    equal(table.insert({ rowid: 51, v: null, n: 5 }), 51);
    equal(table.count, 5);
    equal(table.get(1), { rowid: 1, v: new Float32Array([1, 2, 3]), n: 1 });
    equal(table.get(2n), { rowid: 2, v: new Float32Array([4, 5, 6]), n: null });
    equal(table.get(2n ** 60n).v, new Float32Array([7, 8, 9]));
    equal(table.get(51).v, null);
    equal(table.get(99), undefined);
    equal(
      [table.delete(50), table.delete(50), table.delete(2n ** 60n)],
      [true, false, true],
    );
    equal(table.count, 3);
    db.close();
  },
);

spec("table: bad rows are refused and change nothing", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("docs", { embedding: 3, newsroom: "text" });
  const bad = [
    [
      { embedding: [1, 2] },
      "VssError",
      "vss0 docs.embedding: vector has 2 components, expected 3",
    ],
    [{ embedding: [1, 2, NaN] }, "VssError", "component 2 is NaN"],
    [{ embedding: [1, 2, Infinity] }, "VssError", "component 2"],
    [{ embedding: [1, 2, 1e39] }, "VssError", "component 2"],
    [
      { embedding: [1, 2, "3"] },
      "TypeError",
      'component 2 is "3", expected a number',
    ],
    [{ embedding: new Float64Array(3) }, "TypeError", "Float64Array"],
    [
      { embedding: undefined },
      "TypeError",
      "insert: row.embedding is undefined",
    ],
    [
      { embeding: [1, 2, 3] },
      "TypeError",
      'unknown column "embeding", did you mean "embedding"?',
    ],
    [{ embedding: [1, 2, 3], newsroom: new Date() }, "TypeError", "is a Date"],
    [{ rowid: 1.5, embedding: [1, 2, 3] }, "RangeError", "rowid is 1.5"],
    [{ rowid: "a", embedding: [1, 2, 3] }, "TypeError", 'rowid is "a"'],
    [[1, 2, 3], "TypeError", "row is an Array, expected an object"],
    [null, "TypeError", "row is null"],
    [{ embedding: 5 }, "VssError", "vss0 docs.embedding"],
    [{ embedding: "[1, 2" }, "VssError", "vss0 docs.embedding"],
    [{ embedding: new Uint8Array(11) }, "VssError", "vss0 docs.embedding"],
  ];
  for (const [row, name, message] of bad)
    throws(() => table.insert(row), { name, message });
  equal(table.count, 0);
  table.insert({ rowid: 1, embedding: [1, 2, 3] });
  throws(() => table.insert({ rowid: 1, embedding: [1, 2, 3] }), {
    name: "VssError",
    message: "UNIQUE constraint failed: docs.rowid",
  });
  for (const method of ["get", "delete"]) {
    throws(() => table[method]("1"), {
      name: "TypeError",
      message: `${method}: id is "1"`,
    });
    throws(() => table[method](1.5), { name: "RangeError" });
    throws(() => table[method](), { name: "TypeError", message: "undefined" });
  }
  ok(table.get(1), "the good one is there");
  db.close();
});

spec("table: dropped or closed under its feet", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("t", { v: 2 });
  table.insert({ v: [1, 2] });
  db.exec("drop table t");
  throws(() => table.search([1, 2], { k: 1 }), {
    name: "VssError",
    message: "no such table: t",
  });
  throws(() => table.insert({ v: [1, 2] }), {
    name: "VssError",
    message: "no such table: t",
  });
  db.close();
  throws(() => table.count, {
    name: "VssError",
    message: "this database is closed",
  });
});
