// Tables with ids of their own: every method takes the id and gives it, in both clients.
import { bothSpecs, equal, rejects } from "../lib/harness.js";

const bothSpec = bothSpecs("table");

async function pages(client) {
  const db = await client.open();
  const table = await db.vss0("pages", {
    lang: "text",
    path: "text primary key",
    e: 2,
  });
  await table.insertMany([
    { path: "/a", e: [1, 0], lang: "en" },
    { path: "/b", e: [2, 0], lang: "en" },
    { path: "7", e: [3, 0], lang: "de" },
  ]);
  return { db, table };
}
const show = (row) => row && [row.path, [...row.e], row.lang];
/** What a method throws or rejects with, whichever client it is. */
const failing = (run, message) => rejects((async () => run())(), { message });

bothSpec(
  "a text id is given and taken instead of the rowid",
  async (client) => {
    const { db, table } = await pages(client);
    equal(await table.columns, [
      { name: "lang", vector: false, type: "text" },
      { name: "path", vector: false, type: "text", primaryKey: true },
      {
        name: "e",
        vector: true,
        dimensions: 2,
        metric: "L2",
        element: "float32",
      },
    ]);
    equal(Object.keys(await table.get("/a")), ["path", "lang", "e"]);
    equal(show(await table.get("/b")), ["/b", [2, 0], "en"]);
    equal(await table.get("/c"), undefined);
    equal(show(await table.get("7")), ["7", [3, 0], "de"]);
    equal(await table.search([2, 0], { k: 2, where: { lang: "en" } }), [
      { path: "/b", distance: 0 },
      { path: "/a", distance: 1 },
    ]);
    equal(
      await table.search([2, 0], {
        k: 1,
        where: { path: { in: ["/a", "7"] } },
        select: ["lang", "rowid", "path"],
      }),
      [{ path: "/a", distance: 1, lang: "en", rowid: 1 }],
    );
    equal(
      await table.searchMany(
        [
          [3, 0],
          [0, 0],
        ],
        { k: 1 },
      ),
      [[{ path: "7", distance: 0 }], [{ path: "/a", distance: 1 }]],
    );
    equal(await table.insert({ path: "/c", e: [4, 0] }), "/c");
    equal(await table.insert({ path: "8", e: [5, 0], rowid: 50 }), "8");
    equal(await table.update("/c", { lang: "fr", e: [4, 4] }), true);
    equal(await table.update("/c", { path: "/d" }), true);
    equal(await table.update("/c", { lang: "it" }), false);
    equal(show(await table.get("/d")), ["/d", [4, 4], "fr"]);
    equal(await table.upsert({ path: "/a", e: [9, 9] }), "/a");
    equal(show(await table.get("/a")), ["/a", [9, 9], null]);
    equal(
      await table.upsertMany([{ path: "/a", e: [1, 1] }, { path: "/e" }]),
      2,
    );
    equal(
      await table.upsertMany({ path: ["/e", "/f"], e: new Float32Array(4) }),
      2,
    );
    equal((await table.getMany(["/f", "nobody", "7", "/a", "/f"])).map(show), [
      ["/f", [0, 0], null],
      undefined,
      ["7", [3, 0], "de"],
      ["/a", [1, 1], null],
      ["/f", [0, 0], null],
    ]);
    equal(await table.delete("/f"), true);
    equal(await table.delete("/f"), false);
    equal(await table.deleteMany(["/a", "/b", "/f", "8"]), 3);
    equal(
      (await (await db.prepare("select path from pages")).all()).map(
        (row) => row.path,
      ),
      ["7", "/d", "/e"],
    );
    await db.close();
  },
);

bothSpec("a duplicate id has the code of a primary key", async (client) => {
  const { db, table } = await pages(client);
  const twice = {
    name: "VssError",
    code: "SQLITE_CONSTRAINT_PRIMARYKEY",
    message: "UNIQUE constraint failed: pages.path ('/a' already exists)",
  };
  const run = (what) => (async () => what())();
  await rejects(
    run(() => table.insert({ path: "/a", e: [0, 0] })),
    twice,
  );
  await rejects(
    run(() => table.insertMany([{ path: "/z" }, { path: "/a" }])),
    twice,
  );
  await rejects(
    run(() => table.update("/b", { path: "/a" })),
    twice,
  );
  await rejects(
    run(() => table.insert({ e: [0, 0] })),
    {
      code: "SQLITE_CONSTRAINT_NOTNULL",
      message: "NOT NULL constraint failed: pages.path",
    },
  );
  equal(await table.count, 3);
  await db.close();
});

bothSpec("what is no id is refused", async (client) => {
  const { db, table } = await pages(client);
  for (const [run, message] of [
    [() => table.get(null), "get: id is null, expected a string"],
    [() => table.get(7), "get: id is 7, expected a string"],
    [() => table.get("a\0"), "get: id has a NUL character at offset 1"],
    [() => table.get(1.5), "get: id is 1.5, expected a string"],
    [() => table.delete(["/a"]), "delete: id is an Array, expected a string"],
    [
      () => table.update({}, { lang: "x" }),
      "update: id is an Object, expected a string",
    ],
    [
      () => table.update("/a", { path: true }),
      "update: changes.path is true, expected a string",
    ],
    [
      () => table.update("/a", {}),
      "update: changes is an empty object, expected an object such as { embedding: vector }",
    ],
    [
      () => table.update("/a", { rowid: 3 }),
      "update: changes.rowid: a row keeps its rowid, which is given first",
    ],
    [
      () => table.getMany("/a"),
      'getMany: ids is "/a", expected an array of ids',
    ],
    [
      () => table.deleteMany(["/a", undefined]),
      "deleteMany: ids[1] is undefined, expected a string",
    ],
    [
      () => table.insert({ path: false }),
      "insert: row.path is false, expected a string",
    ],
    [
      () => table.insertMany({ path: ["/x", {}] }),
      "row 1: path is an Object, expected a string",
    ],
    [
      () => table.insert(3),
      "insert: row is 3, expected an object such as { path: 1, embedding: vector }",
    ],
  ])
    await failing(run, message);
  equal(await table.count, 3);
  await db.close();
});

bothSpec(
  "an id may be any text, in the collation of its column",
  async (client) => {
    const db = await client.open();
    const table = await db.vss0("t", {
      e: 1,
      id: "text collate nocase primary key",
    });
    const odd = ["", "é😀", '"[1]"', "'; drop table t; --"];
    for (const [i, id] of odd.entries()) await table.insert({ id, e: [i] });
    equal(
      (await table.getMany(odd)).map((row) => row.id),
      odd,
    );
    for (const [i, id] of odd.entries()) equal((await table.get(id)).e[0], i);
    await table.insert({ id: "Word", e: [10] });
    equal(
      (await table.getMany(["wORD", "WORD"])).map((row) => row.id),
      ["Word", "Word"],
    );
    equal(await table.update("word", { e: [11] }), true);
    equal(await table.deleteMany(["WORD", ...odd]), 5);
    equal(await table.count, 0);
    await db.close();
  },
);

bothSpec("an integer id is the rowid by its name", async (client) => {
  const db = await client.open();
  const table = await db.vss0("t", {
    id: "integer primary key",
    e: 1,
    n: "integer",
  });
  const big = 2n ** 60n + 1n;
  equal(await table.insert({ id: 5, e: [1], n: 1 }), 5);
  equal(await table.insert({ e: [2] }), 6);
  equal(await table.insert({ rowid: 9, e: [3] }), 9);
  equal(await table.insert({ id: big, e: [4] }), big);
  equal(await table.upsert({ id: 5, e: [5] }), 5);
  equal({ ...(await table.get(5)), e: 0 }, { id: 5, e: 0, n: null });
  equal(await table.search([5], { k: 2, where: { id: { lt: 9 } } }), [
    { id: 5, distance: 0 },
    { id: 6, distance: 9 },
  ]);
  equal(await table.update(6, { id: 7, n: 2 }), true);
  equal(
    (await table.getMany([7, 6, big])).map((row) => row?.id),
    [7, undefined, big],
  );
  equal(await table.deleteMany([7, big]), 2);
  await failing(
    () => table.get("5"),
    'get: id is "5", expected a whole number or a bigint',
  );
  await rejects((async () => table.insert({ id: 5 }))(), {
    code: "SQLITE_CONSTRAINT_PRIMARYKEY",
    message: "UNIQUE constraint failed: t.id (5 already exists)",
  });
  // The same columns open the table, and others do not.
  equal(
    await (
      await db.vss0("t", {
        e: 1,
        n: "integer",
        id: "Integer not null primary key",
      })
    ).count,
    2,
  );
  await rejects(
    (async () => db.vss0("t", { id: "integer", e: 1, n: "integer" }))(),
    {
      message: 'vss0: table "t" already exists, where "id" is the primary key',
    },
  );
  await db.close();
});

bothSpec("a query may be a BLOB that was read back", async (client) => {
  const db = await client.open();
  const table = await db.vss0("t", { e: 2, h: "float16[2]", i: "int8[2]" });
  await table.insertMany([
    { e: [1, 2], h: [1, 2], i: [1, 2] },
    { e: [3, 4], h: [3, 4], i: [3, 4] },
  ]);
  const blobs = await (
    await db.prepare(
      "select e, h, i, vector_to_blob(e) as headed from t where rowid = 2",
    )
  ).get();
  for (const [column, blob] of [
    ["e", blobs.e],
    ["e", blobs.headed],
    ["h", blobs.h],
    ["i", blobs.i],
  ]) {
    const hits = [{ rowid: 2, distance: 0 }];
    equal(await table.search(blob, { k: 1, column }), hits);
    equal(await table.searchMany([blob, [1, 2]], { k: 1, column }), [
      hits,
      [{ rowid: 1, distance: 0 }],
    ]);
  }
  await failing(
    () => table.search(blobs.e.slice(1), { k: 1, column: "e" }),
    "vss0 t.e: ",
  );
  await db.close();
});
