// Rows that exist: update(), upsert(), upsertMany(), getMany(), deleteMany() and facets(), in both
// clients.
import { bothSpecs, equal, ok, rejects } from "../lib/harness.js";

const bothSpec = bothSpecs("table");

async function articles(client) {
  const db = await client.open();
  const table = await db.vss0("articles", {
    headline: 2,
    newsroom: "text collate nocase",
    words: "integer",
  });
  await table.insertMany([
    { rowid: 1, headline: [1, 0], newsroom: "NY Times", words: 10 },
    { rowid: 2, headline: [2, 0], newsroom: "ny times", words: 20 },
    { rowid: 3, headline: [3, 0], newsroom: "Le Monde", words: 30 },
    { rowid: 4, headline: [4, 0], newsroom: null, words: 30 },
  ]);
  return { db, table };
}
const show = (row) =>
  row && [row.rowid, [...row.headline], row.newsroom, row.words];
/** What a method throws or rejects with, whichever client it is. */
const failing = (run, message) => rejects((async () => run())(), { message });

bothSpec("update changes what is named", async (client) => {
  const { db, table } = await articles(client);
  equal(await table.update(2, { words: 21 }), true);
  equal(await table.update(3, { headline: [9, 9], NEWSROOM: null }), true);
  equal(await table.update(99, { words: 1 }), false);
  equal((await table.getMany([1, 2, 3])).map(show), [
    [1, [1, 0], "NY Times", 10],
    [2, [2, 0], "ny times", 21],
    [3, [9, 9], null, 30],
  ]);
  equal((await table.search([9, 9], { k: 1 }))[0].rowid, 3);
  equal(await table.update(3, { headline: new Float32Array([0, 0]) }), true);
  equal((await table.search([0, 0], { k: 1 }))[0].rowid, 3);
  for (const [id, changes, message] of [
    [
      1,
      {},
      "update: changes is an empty object, expected an object such as { embedding: vector }",
    ],
    [
      1,
      undefined,
      "update: changes is undefined, expected an object such as { embedding: vector }",
    ],
    [1, new Map([["words", 1]]), "update: changes is a Map"],
    [
      1,
      { word: 1 },
      'update: changes: unknown column "word", did you mean "words"?',
    ],
    [
      1,
      { rowid: 7 },
      "update: changes.rowid: a row keeps its rowid, which is given first",
    ],
    [1, { words: undefined }, "update: changes.words is undefined"],
    [1, { words: {} }, "update: changes.words is an Object"],
    [
      "1",
      { words: 1 },
      'update: id is "1", expected a whole number or a bigint',
    ],
    [1, { headline: [1] }, "headline"],
  ])
    await failing(() => table.update(id, changes), message);
  equal(show(await table.get(1)), [1, [1, 0], "NY Times", 10]);
  await db.close();
});

bothSpec("upsert replaces a row as a whole, or adds it", async (client) => {
  const { db, table } = await articles(client);
  equal(await table.upsert({ rowid: 2, headline: [7, 7] }), 2);
  equal(await table.upsert({ headline: [5, 5], words: 50 }), 5);
  equal(show(await table.get(2)), [2, [7, 7], null, null]);
  equal(
    await table.upsertMany([
      { rowid: 3, headline: [3, 3], words: 33 },
      { rowid: 60, headline: [6, 6], newsroom: "new" },
    ]),
    2,
  );
  equal(
    await table.upsertMany({
      rowids: [60, 61],
      headline: new Float32Array([1, 2, 3, 4]),
    }),
    2,
  );
  equal((await table.getMany([3, 60, 61])).map(show), [
    [3, [3, 3], null, 33],
    [60, [1, 2], null, null],
    [61, [3, 4], null, null],
  ]);
  equal(await table.count, 7);
  // All or none, and the messages name the method that was called.
  await failing(
    () =>
      table.upsertMany([
        { rowid: 1, headline: [0, 0] },
        { rowid: 2, headline: [1, 2, 3] },
      ]),
    "row 1",
  );
  equal(show(await table.get(1)), [1, [1, 0], "NY Times", 10]);
  await failing(() => table.upsertMany(7), "upsertMany: rows is 7");
  await failing(
    () => table.upsertMany({ rowids: [1], headline: new Float32Array(4) }),
    "upsertMany: headline has 2 rows, rowids has 1",
  );
  await failing(
    () => table.upsert({ head: 1 }),
    'upsert: row: unknown column "head"',
  );
  await failing(
    () => table.upsert({ headline: [1, 2] }, {}),
    "upsert: row is one argument, got 2: upsertMany() takes several",
  );
  await failing(() => table.insert({ rowid: 1, headline: [1, 2] }), "");
  await db.close();
});

bothSpec("rows by several rowids", async (client) => {
  const { db, table } = await articles(client);
  const big = 2n ** 60n + 1n;
  await table.insert({ rowid: big, headline: [0, 1] });
  const rows = await table.getMany([4, 99, big, 1, 4]);
  equal(
    rows.map((row) => row?.rowid),
    [4, undefined, big, 1, 4],
  );
  equal([...rows[2].headline], [0, 1]);
  equal(await table.getMany([]), []);
  equal(await table.deleteMany([1, 99, big, 1]), 2);
  equal(await table.deleteMany([]), 0);
  equal(await table.count, 3);
  await failing(
    () => table.getMany(1),
    "getMany: ids is 1, expected an array of ids",
  );
  await failing(
    () => table.deleteMany([1, "2"]),
    'deleteMany: ids[1] is "2", expected a whole number or a bigint',
  );
  await failing(
    () => table.getMany([1.5]),
    "getMany: ids[0] is 1.5, expected a whole number",
  );
  await db.close();
});

bothSpec("facets", async (client) => {
  const { db, table } = await articles(client);
  equal(await table.facets(["newsroom", "words"]), {
    newsroom: [
      { value: "NY Times", count: 2 },
      { value: null, count: 1 },
      { value: "Le Monde", count: 1 },
    ],
    words: [
      { value: 30, count: 2 },
      { value: 10, count: 1 },
      { value: 20, count: 1 },
    ],
  });
  equal(
    await table.facets(["WORDS"], {
      where: { newsroom: "ny times" },
      limit: 1,
    }),
    {
      words: [{ value: 10, count: 1 }],
    },
  );
  equal(
    await table.facets(["words"], {
      where: "words > ? or words < 5",
      params: [25],
    }),
    {
      words: [{ value: 30, count: 2 }],
    },
  );
  for (const [columns, options, message] of [
    [[], {}, "facets: columns is empty, expected an array of filter columns"],
    [
      "words",
      {},
      'facets: columns is "words", expected an array of filter columns',
    ],
    [
      ["headline"],
      {},
      'facets: "headline" is not a filter column, expected one of newsroom, words',
    ],
    [["rowid"], {}, 'facets: "rowid" is not a filter column'],
    [["word"], {}, 'facets: unknown column "word", did you mean "words"?'],
    [[1], {}, "facets: columns[0] is 1, expected a string"],
    [
      ["words"],
      { wher: {} },
      'facets: unknown option "wher", did you mean "where"?',
    ],
    [
      ["words"],
      { where: { word: 1 } },
      'facets: where names an unknown column "word"',
    ],
    [
      ["words"],
      { where: {}, params: [] },
      "facets: params go with where as SQL text",
    ],
    [
      ["words"],
      { limit: -1 },
      "facets: limit is -1, expected a whole number from 0 up",
    ],
  ])
    await failing(() => table.facets(columns, options), message);
  ok(await table.count, "rows");
  await db.close();
});
