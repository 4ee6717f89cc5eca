// insertMany: objects or columns, one transaction, progress and abort.
import { equal, randomNumbers, spec, throws } from "../lib/harness.js";

spec("insertMany: rows as objects", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("t", { v: 2, name: "text", n: "real" });
  equal(
    table.insertMany([
      { v: [1, 2], name: "a" },
      { v: new Float32Array([3, 4]), n: 1.5 },
      { rowid: 10, v: null, name: null },
    ]),
    3,
  );
  equal(table.insertMany([]), 0);
  equal(table.insertMany(new Set([{ v: "[5, 6]" }])), 1);
  equal(table.get(1), {
    rowid: 1,
    v: new Float32Array([1, 2]),
    name: "a",
    n: null,
  });
  equal(table.get(2), {
    rowid: 2,
    v: new Float32Array([3, 4]),
    name: null,
    n: 1.5,
  });
  equal(table.get(10), { rowid: 10, v: null, name: null, n: null });
  equal(table.get(11).v, new Float32Array([5, 6]));
  db.close();
});

spec("insertMany: columns, and more rows than a chunk", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("t", {
    v: 3,
    name: "text",
    n: "integer",
    data: "blob",
  });
  const n = 2345;
  const random = randomNumbers(1);
  const v = Float32Array.from({ length: n * 3 }, random);
  const name = Array.from({ length: n }, (_, i) => (i % 10 ? `ü${i}` : null));
  const numbers = Array.from({ length: n }, (_, i) =>
    i % 3 === 0 ? BigInt(i) * 2n ** 50n : i % 3 === 1 ? i : i % 2 === 0,
  );
  const data = Array.from({ length: n }, (_, i) =>
    new Uint8Array(i % 5).fill(i),
  );
  equal(table.insertMany({ v, name, n: numbers, data }), n);
  equal(table.count, n);
  for (const i of [0, 1, 2, 999, 1000, 1001, n - 1]) {
    const row = table.get(i + 1);
    equal(row.v, v.slice(i * 3, i * 3 + 3));
    equal(row.name, name[i]);
    equal(Number(row.n), Number(numbers[i]));
    equal(row.data, data[i]);
  }
  db.close();
});

spec("insertMany: rowids", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("t", { v: 1 });
  table.insertMany({
    rowids: [5, 2n ** 62n, 7],
    v: new Float32Array([1, 2, 3]),
  });
  table.insertMany({ rowids: new BigInt64Array([8n, 9n]), v: [[4], [5]] });
  equal(db.prepare("select rowid from t order by rowid").pluck().all(), [
    5,
    7,
    8,
    9,
    2n ** 62n,
  ]);
  db.close();
});

spec("insertMany: all or nothing", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("docs", { embedding: 2, n: "integer" });
  const cases = [
    [
      [{ embedding: [1, 2] }, { embedding: [1] }],
      "VssError",
      "row 1: vss0 docs.embedding: vector has 1 components, expected 2",
    ],
    [
      [{ embedding: [1, 2] }, { embeddin: [1, 2] }],
      "TypeError",
      'row 1: unknown column "embeddin"',
    ],
    [
      [{ embedding: [1, 2] }, { embedding: [1, 2], n: {} }],
      "TypeError",
      "row 1: n is an Object",
    ],
    [[{ embedding: [1, 2], n: NaN }], "TypeError", "row 0: n is NaN"],
    [
      [
        { rowid: 1, embedding: [1, 2] },
        { rowid: 1, embedding: [1, 2] },
      ],
      "VssError",
      "row 1: ",
    ],
    [
      { embedding: new Float32Array(3) },
      "RangeError",
      "embedding has 3 numbers, expected a multiple of its 2 dimensions",
    ],
    [
      { embedding: new Float32Array(4), n: [1] },
      "RangeError",
      "n has 1 rows, embedding has 2",
    ],
    [
      { embedding: new Float32Array(4), m: [1, 2] },
      "TypeError",
      'unknown column "m"',
    ],
    [
      { embedding: "x" },
      "TypeError",
      'embedding is "x", expected a Float32Array of all vectors or an array',
    ],
    [{ rowids: ["a"], embedding: [[1, 2]] }, "TypeError", 'rowids[0] is "a"'],
    [{}, "TypeError", "insertMany: rows names no column, expected one"],
    [5, "TypeError", "rows is 5"],
    [[5], "TypeError", "row 0 is 5"],
    [
      { embedding: new Float32Array([1, 2, 3, NaN]) },
      "VssError",
      "row 1: vss0 docs.embedding",
    ],
  ];
  for (const [rows, name, message] of cases) {
    throws(() => table.insertMany(rows), { name, message });
    equal([table.count, db.inTransaction], [0, false], message);
  }
  const iterable = {
    *[Symbol.iterator]() {
      for (let i = 0; i < 1500; i++) yield { embedding: [i, i] };
      throw new Error("source is gone");
    },
  };
  throws(() => table.insertMany(iterable), { message: "source is gone" });
  equal(table.count, 0);
  throws(() => table.insertMany([], { onprogress: 1 }), {
    name: "TypeError",
    message: 'did you mean "onProgress"?',
  });
  throws(() => table.insertMany([], { onProgress: 1 }), {
    name: "TypeError",
    message: "onProgress is 1",
  });
  db.close();
});

spec("insertMany: progress and abort", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("t", { v: 1 });
  const seen = [];
  table.insertMany(
    { v: new Float32Array(2500) },
    { onProgress: (done, total) => seen.push([done, total]) },
  );
  const thousands = (total) => [
    [1000, total],
    [2000, total],
    [2500, total],
  ];
  equal(seen.splice(0), thousands(2500));
  const rows = Array.from({ length: 2500 }, () => ({ v: [1] }));
  const onProgress = (...call) => seen.push(call);
  const other = db.vss0("other", { v: 1 });
  other.insertMany(rows, { onProgress });
  equal(seen.splice(0), thousands(2500));
  other.insertMany(new Set(rows), { onProgress });
  equal(seen.splice(0), thousands(undefined));
  // Large vectors cross in chunks of 4 MiB, the other values of a row counted in.
  const wide = db.vss0("wide", { v: 4096 });
  wide.insertMany({ v: new Float32Array(4096 * 600) }, { onProgress });
  equal(seen.splice(0), [
    [255, 600],
    [510, 600],
    [600, 600],
  ]);
  const controller = new AbortController();
  const stop = (done) => done >= 1000 && controller.abort(new Error("enough"));
  throws(
    () =>
      table.insertMany(
        { v: new Float32Array(5000) },
        { onProgress: stop, signal: controller.signal },
      ),
    { message: "enough" },
  );
  equal(table.count, 2500);
  throws(() => table.insertMany([{ v: [1] }], { signal: controller.signal }), {
    message: "enough",
  });
  db.close();
});

spec("insertMany: inside a transaction it is a savepoint", async ({ api }) => {
  const db = await api.open();
  const table = db.vss0("t", { v: 1 });
  db.transaction(() => {
    table.insert({ v: [1] });
    throws(() => table.insertMany([{ v: [2] }, { v: [3, 4] }]), {
      name: "VssError",
    });
    table.insertMany([{ v: [5] }]);
  })();
  equal(table.count, 2);
  equal(
    table.search([5], { k: 9 }).map((hit) => hit.distance),
    [0, 16],
  );
  db.close();
});
