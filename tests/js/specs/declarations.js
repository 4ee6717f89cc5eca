// db.vss0(name, columns) is "create or open", in both clients: what means the same columns opens a
// table however it is written, and what means others is refused in either direction.
import { bothSpecs, equal, rejects } from "../lib/harness.js";

const bothSpec = bothSpecs("declarations");

/** Two ways to write the same columns. */
const same = [
  [{ e: 4 }, { e: "(4)" }],
  [{ e: 4 }, { e: " ( 4 ) " }],
  [{ e: 4 }, { e: "(04)" }],
  [{ e: 4 }, { e: "float[4]" }],
  [{ e: 4 }, { e: "FLOAT [ 4 ]" }],
  [{ e: 4 }, { e: "float32[4]" }],
  [{ e: 4 }, { e: "(4) metric_type=L2" }],
  [{ e: 4 }, { e: "(4) distance_metric = l2" }],
  [{ e: 4 }, { e: '(4) factory="Flat, IDMap2"' }],
  [{ e: 4 }, { e: "(4) storage_type=faiss_ondisk" }],
  [
    { e: "(4) metric_type=COSINE" },
    { e: "(4) storage_type=faiss_shadow metric_type='cosine'" },
  ],
  [
    { e: "(4) metric_type=INNER_PRODUCT" },
    { e: 'float[4] distance_metric="inner_product"' },
  ],
  [{ e: "float16[4]" }, { e: "Float16 [4] metric_type=L2" }],
  [{ e: "int8[4]" }, { e: "int8[4] scale=1" }],
  [{ e: "int8[4] scale=100" }, { e: "INT8[4] scale=1e2" }],
  [
    { e: "int8[4] scale=0.5 metric_type=L1" },
    { e: "int8[4] distance_metric=l1 scale='.50'" },
  ],
  [{ e: "bit[8]" }, { e: "bit[8] metric_type=hamming" }],
  [
    { e: 1, s: "text" },
    { E: 1, S: "TEXT" },
  ],
  [
    { e: 1, s: "text" },
    { s: " Text ", e: 1 },
  ],
  [
    { e: 1, s: "" },
    { e: 1, s: "  " },
  ],
  [
    { e: 1, s: "text" },
    { e: 1, s: "text collate binary" },
  ],
  [
    { e: 1, s: "collate nocase" },
    { e: 1, s: " COLLATE\tNoCase" },
  ],
  [
    { e: 1, s: "text collate nocase" },
    { e: 1, s: 'text\ncollate "NOCASE"' },
  ],
  [
    { e: 1, s: "text collate rtrim" },
    { e: 1, s: "text collate 'RTRIM'" },
  ],
  [
    { e: 1, s: "text collate nocase" },
    { e: 1, s: "text collate [nocase]" },
  ],
  [
    { e: 1, s: "varchar(20)" },
    { e: 1, s: "VARCHAR ( 20 )" },
  ],
  [
    { e: 1, s: "decimal(10,2)" },
    { e: 1, s: "decimal( 10, 2 )" },
  ],
  [
    { e: 1, s: "double precision" },
    { e: 1, s: "Double \t Precision" },
  ],
  [
    { e: 1, s: "text hidden" },
    { e: 1, s: "TEXT  HIDDEN" },
  ],
  [
    { a: 1, s: "text", b: 2 },
    { b: 2, a: 1, s: "text" },
  ],
  [
    { "a b": 1, "x,y": "text" },
    { "x,y": "text", "A B": 1 },
  ],
];

/** Two that are not the same, and how a table of the first differs from what the second wants. */
const different = [
  [{ e: 4 }, { e: 5 }, 'where "e" has 4 dimensions instead of 5'],
  [
    { e: 4 },
    { e: "float16[4]" },
    'where "e" stores float32 instead of float16',
  ],
  [{ e: "int8[8]" }, { e: "bit[8]" }, 'where "e" stores int8 instead of bit'],
  [
    { e: "int8[4] scale=100" },
    { e: "int8[4]" },
    'where "e" has the scale 100.0 instead of 1.0',
  ],
  [
    { e: 4 },
    { e: "(4) metric_type=COSINE" },
    'where "e" has the metric L2 instead of COSINE',
  ],
  [{ e: 4, s: 2 }, { e: 4, s: "text" }, 'where "s" is a vector'],
  [{ e: 4 }, { f: 4 }, 'with a column "e" that was not asked for'],
  [{ e: 4 }, {}, 'with a column "e" that was not asked for'],
  [{ e: 4 }, { e: 4, s: "text" }, 'without a column "s"'],
  [{ a: 1, b: 2 }, { a: 2, b: 1 }, 'where "a" has 1 dimensions instead of 2'],
  [
    { e: 1, s: "integer" },
    { e: 1, s: "int" },
    'where "s" has the type "integer" instead of "int"',
  ],
  [
    { e: 1, s: "varchar(20)" },
    { e: 1, s: "varchar(21)" },
    'where "s" has the type "varchar(20)" instead of "varchar(21)"',
  ],
  [
    { e: 1, s: "double precision" },
    { e: 1, s: "doubleprecision" },
    'where "s" has the type "double precision" instead of "doubleprecision"',
  ],
  [
    { e: 1, s: "text hidden" },
    { e: 1, s: "text" },
    'where "s" has the type "text hidden" instead of "text"',
  ],
  [
    { e: 1, s: "text collate nocase" },
    { e: 1, s: "text" },
    'where "s" has the collation nocase instead of BINARY',
  ],
  [
    { e: 1, É: "text" },
    { e: 1, é: "text" },
    'with a column "É" that was not asked for',
  ],
];

/** What is no declaration at all, whether there is a table or not. */
const wrong = [
  [{ e: "4" }, 'column "e": expected a type or collate'],
  [{ e: 1, s: "text not null" }, 'column "s": constraint "not null" is not'],
  [{ e: 1, s: "text", S: "text" }, 'column "S" is declared twice'],
  [{ e: 1, k: "text" }, 'column "k": the name is reserved'],
  [{ e: "(4) metric_type=L3" }, 'column "e": unknown metric_type "L3"'],
  [{ e: "(4) scale=2" }, 'column "e": option scale goes with int8'],
  [{ e: "bit[9]" }, 'column "e"'],
  [{ e: 1, s: "varchar(2 0)" }, 'column "s": expected'],
  [{ e: 1, s: "text /* words */" }, 's: "text /* words */" is not a column'],
  [{ e: 1, s: "text, x text" }, 's: "text, x text" is not a column definition'],
  [{ e: 1, s: undefined }, "s: the definition is undefined, expected a string"],
  [{ e: 1, s: null }, "s: the definition is null, expected a string"],
  [{ e: 4n }, "e: the definition is 4n, expected a string"],
  [{ e: 4.5 }, "e: dimensions is 4.5"],
];

bothSpec("what means the same opens a table", async (client) => {
  const db = await client.open();
  for (const [i, pair] of same.entries())
    for (const [first, second] of [pair, [...pair].reverse()]) {
      const name = `t${i} ${JSON.stringify(first)}`;
      const made = await db.vss0(name, first);
      const opened = await db.vss0(name, second);
      equal(opened.columns, made.columns, name);
    }
  await db.close();
});

bothSpec("what differs is refused, in both directions", async (client) => {
  const db = await client.open();
  const failure = (name, columns) =>
    Promise.resolve()
      .then(() => db.vss0(name, columns))
      .then(
        () => "no error",
        (error) => `${error.name}: ${error.message}`,
      );
  for (const [i, [made, asked, message]] of different.entries()) {
    const name = `t${i}`;
    await db.vss0(name, made);
    equal(
      await failure(name, asked),
      `VssError: vss0: table "${name}" already exists, ${message}`,
    );
    // The other way round, where the second declaration makes a table at all.
    if (Object.keys(asked).length === 0) continue;
    await db.vss0(`u${i}`, asked);
    const back = await failure(`u${i}`, made);
    equal(
      back.startsWith(`VssError: vss0: table "u${i}" already exists, w`),
      true,
      back,
    );
    // And the table is the one that it was.
    equal((await db.vss0(name, made)).name, name);
  }
  await db.close();
});

bothSpec("what is no declaration is refused in any case", async (client) => {
  const db = await client.open();
  await db.vss0("there", { e: 1, s: "text" });
  for (const [columns, message] of wrong)
    for (const name of ["there", "not there"])
      await rejects(
        Promise.resolve().then(() => db.vss0(name, columns)),
        { message },
      );
  const count = await db.prepare(
    "select count(*) as n from sqlite_schema where name like 'not there%'",
  );
  equal(await count.get(), { n: 0 });
  await db.close();
});

bothSpec("a temporary table is the one that SQL finds", async (client) => {
  const db = await client.open();
  await db.exec("create virtual table temp.t using vss0(e(2), s text)");
  const t = await db.vss0("t");
  equal(
    t.columns.map((column) => column.name),
    ["e", "s"],
  );
  await rejects(
    Promise.resolve().then(() => db.vss0("t", { e: 3 })),
    { message: 'table "t" already exists, where "e" has 2 dimensions' },
  );
  await t.insert({ e: [1, 2], s: "x" });
  // One of the same name in the database is hidden by it.
  await db.exec("create virtual table main.t using vss0(other(3))");
  equal((await (await db.vss0("T", { e: 2, s: "text" })).get(1)).s, "x");
  await db.exec(
    "create temp table plain(a); create virtual table main.plain using vss0(e(1))",
  );
  await rejects(
    Promise.resolve().then(() => db.vss0("plain")),
    { message: '"plain" is not a vss0 table' },
  );
  await db.close();
});
