// Vector columns of float16, int8 and bits: typed arrays in and out, and the same answers as SQL.
import { equal, ok, rejects, skip, spec, throws } from "../lib/harness.js";

const COLUMNS = {
  f: 8,
  h: "float16[8]",
  i: "int8[8] scale=10",
  b: "bit[16]",
};
const FLOATS = [1, 0.5, -2, 0, 4, 5, -6, 7];
const BITS = new Uint8Array([0b10110011, 0xff]);
const Halves = globalThis.Float16Array;

/** What a float16 column gives. */
const halves = (numbers) => (Halves ?? Float32Array).from(numbers);

spec("elements: what a column is, and what reads back", async ({ api }) => {
  const db = await api.open();
  const t = db.vss0("t", COLUMNS);
  equal(t.columns.slice(1), [
    {
      name: "h",
      vector: true,
      dimensions: 8,
      metric: "L2",
      element: "float16",
    },
    {
      name: "i",
      vector: true,
      dimensions: 8,
      metric: "L2",
      element: "int8",
      scale: 10,
    },
    {
      name: "b",
      vector: true,
      dimensions: 16,
      metric: "HAMMING",
      element: "bit",
    },
  ]);
  t.insert({ f: FLOATS, h: FLOATS, i: FLOATS, b: BITS });
  const row = {
    rowid: 1,
    f: Float32Array.from(FLOATS),
    h: halves(FLOATS),
    i: Int8Array.from(FLOATS, (x) => x * 10),
    b: BITS,
  };
  equal(t.get(1), row);
  equal(t.search(FLOATS, { k: 1, column: "h", select: ["h", "i", "b"] }), [
    { rowid: 1, distance: 0, h: row.h, i: row.i, b: row.b },
  ]);
  // In plain SQL it is the BLOB that is stored.
  const { h, i, b } = db.prepare("select h, i, b from t").get();
  equal([h.length, i.length, b.length], [16, 8, 2]);
  equal(new Int8Array(i.buffer), row.i);
  // What was read back goes in again, and is a query.
  const { rowid, ...vectors } = row;
  t.insert(vectors);
  equal(t.getMany([2, 1]), [{ ...row, rowid: 2 }, row]);
  t.update(2, { i: FLOATS.map((x) => -x), h: Float32Array.from(FLOATS) });
  equal(t.get(2), { ...row, rowid: 2, i: row.i.map((c) => -c) });
  t.upsert({ ...row, rowid: 2 });
  equal(t.get(2), { ...row, rowid: 2 });
  for (const column of ["f", "h", "i", "b"])
    equal(
      t.search(row[column], { k: 2, column }),
      [
        { rowid, distance: 0 },
        { rowid: 2, distance: 0 },
      ],
      column,
    );
  db.close();
});

spec("elements: halves of every size read back", async ({ api }) => {
  const db = await api.open();
  const t = db.vss0("t", { h: "float16[64]" });
  // Every finite half, computed from its bits by the definition.
  const value = (bits) => {
    const exponent = (bits >> 10) & 31;
    const size = exponent
      ? (1 + (bits & 1023) / 1024) * 2 ** (exponent - 15)
      : (bits & 1023) / 1024 / 2 ** 14;
    return bits & 0x8000 ? -size : size;
  };
  const all = [];
  for (let bits = 0; bits < 0x10000; bits++)
    if ((bits & 0x7c00) !== 0x7c00) all.push(value(bits));
  equal(t.insertMany({ h: Float32Array.from(all) }), all.length / 64);
  let same = true;
  for (let row = 0; row < all.length / 64; row++) {
    const { h } = t.get(row + 1);
    for (let j = 0; j < 64; j++) same &&= Object.is(h[j], all[64 * row + j]);
  }
  ok(same, "each component is the half that went in");
  db.close();
});

spec("elements: insertMany by columns and by rows", async ({ api }) => {
  const db = await api.open();
  const t = db.vss0("t", COLUMNS);
  const given = {
    f: Float32Array.from({ length: 24 }, (_, j) => j),
    h: halves(Array.from({ length: 24 }, (_, j) => j / 4)),
    i: Int8Array.from({ length: 24 }, (_, j) => 5 * j - 60),
    b: Uint8Array.from({ length: 6 }, (_, j) => 40 * j),
  };
  t.insertMany(given);
  t.insertMany(
    [0, 1, 2].map((row) => ({
      f: given.f.subarray(8 * row, 8 * row + 8),
      h: given.h.subarray(8 * row, 8 * row + 8),
      i: given.i.subarray(8 * row, 8 * row + 8),
      b: given.b.subarray(2 * row, 2 * row + 2),
    })),
  );
  for (const row of [0, 1, 2]) {
    const stored = t.get(row + 1);
    equal(stored.i, given.i.slice(8 * row, 8 * row + 8));
    equal(stored.b, given.b.slice(2 * row, 2 * row + 2));
    equal(stored.h, given.h.slice(8 * row, 8 * row + 8));
    equal({ ...t.get(row + 4), rowid: 0 }, { ...stored, rowid: 0 });
  }
  throws(() => t.insertMany({ b: new Uint8Array(3) }), {
    name: "RangeError",
    message:
      "insertMany: b has 3 numbers, expected a multiple of 2, the bytes of its 16 bits",
  });
  throws(() => t.insertMany({ i: new Int8Array(9) }), {
    name: "RangeError",
    message:
      "insertMany: i has 9 numbers, expected a multiple of its 8 dimensions",
  });
  equal(t.count, 6);
  db.close();
});

spec("elements: searches by each kind of query", async ({ api }) => {
  const db = await api.open();
  const t = db.vss0("t", { ...COLUMNS, n: "integer" });
  const rows = 300;
  let state = 7;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let n = 0; n < rows; n++) {
    const vector = Float32Array.from({ length: 8 }, () => 8 * random() - 4);
    t.insert({
      f: vector,
      h: vector,
      i: vector,
      b: Uint8Array.from({ length: 2 }, () => 256 * random()),
      n,
    });
  }
  const query = { i: [1, -2, 3, 0, 0.5, 1, 2, 3], b: [7, 200] };
  const options = { k: 7, where: { n: { gte: 40 } }, offset: 2 };
  const floats = Float32Array.from(query.i);
  const bits = Float32Array.from({ length: 16 }, (_, j) =>
    (query.b[j >> 3] >> (j & 7)) & 1 ? 0.25 : -3,
  );
  const same = (column, first, second) => {
    const hits = t.search(first, { ...options, column });
    equal(hits.length, 7);
    equal(t.search(second, { ...options, column }), hits, column);
    equal(
      t.searchMany([first, second, first], { ...options, column }),
      [hits, hits, hits],
      column,
    );
    return hits;
  };
  same(
    "i",
    Int8Array.from(query.i, (x) => x * 10),
    floats,
  );
  same("h", halves(query.i), floats);
  same("b", Uint8Array.from(query.b), bits);
  if (Halves) same("f", halves(query.i), floats);
  // The distance is that of what reads back.
  for (const { rowid, distance } of t.search(floats, { k: 5, column: "i" })) {
    const sum = t.get(rowid).i.reduce((total, c, j) => {
      const difference = floats[j] - Math.fround(c / 10);
      return total + difference * difference;
    }, 0);
    ok(Math.abs(sum - distance) < 1e-5 * sum, "the squared distance");
  }
  db.close();
});

spec("elements: what a column refuses", async ({ api }) => {
  const db = await api.open();
  const t = db.vss0("t", COLUMNS);
  throws(() => t.insert({ i: [1, 2, 13, 0, 0, 0, 0, 0] }), {
    name: "VssError",
    message:
      "vss0 t.i: component 2 is 13, times the scale 10 it is 130, and int8 holds -128 to 127: the greatest scale that fits this vector is 9.76923",
  });
  throws(() => t.insert({ h: [1, 2, 3, 1e6, 0, 0, 0, 0] }), {
    message: "vss0 t.h: component 3 is 1000000, float16 holds -65504 to 65504",
  });
  throws(() => t.insert({ i: new Int8Array(7) }), {
    message:
      "vss0 t.i: vector is a BLOB of 7 bytes, expected 8 (int8) or 32 (float32)",
  });
  throws(() => t.insert({ h: new Float64Array(8) }), {
    name: "TypeError",
    message: "(Float32Array.from() makes a vector of it)",
  });
  throws(() => t.search(new Float64Array(8), { k: 1, column: "i" }), {
    name: "TypeError",
    message: "(convert it: Float32Array.from(...))",
  });
  throws(() => t.search(new Int8Array(7), { k: 1, column: "i" }), {
    name: "RangeError",
    message: 'search: query is an Int8Array of 7, expected 8 for "i"',
  });
  throws(() => t.search(new Uint8Array(3), { k: 1, column: "b" }), {
    name: "RangeError",
    message: 'search: query is a Uint8Array of 3, expected 2 for "b"',
  });
  // A typed array of another column's kind.
  throws(() => t.search(new Int8Array(8), { k: 1, column: "h" }), {
    name: "TypeError",
    message: "search: query is an Int8Array",
  });
  throws(() => db.vss0("t", { ...COLUMNS, i: "int8[8] scale=11" }), {
    message: 'where "i" has the scale 10.0 instead of 11.0',
  });
  throws(() => db.vss0("t", { ...COLUMNS, i: "float16[8]" }), {
    message: 'where "i" stores int8 instead of float16',
  });
  equal(t.count, 0);
  db.close();
});

spec("elements: worker client", async ({ env }) => {
  if (!env.client) skip("run on pages only");
  const db = await env.client.open();
  const t = await db.vss0("t", COLUMNS);
  const row = { h: halves(FLOATS), i: Int8Array.from(FLOATS), b: BITS };
  await t.insert({ ...row, f: FLOATS });
  await t.insertMany(row);
  const stored = await t.get(2);
  equal(stored, { rowid: 2, f: null, ...row });
  equal(await t.search(row.i, { k: 1, column: "i", select: ["i"] }), [
    { rowid: 1, distance: 0, i: row.i },
  ]);
  equal(await t.searchMany([BITS], { k: 2, column: "b" }), [
    [
      { rowid: 1, distance: 0 },
      { rowid: 2, distance: 0 },
    ],
  ]);
  await rejects(t.insert({ i: [1e9, 0, 0, 0, 0, 0, 0, 0] }), {
    message: "component 0 is 1e+09",
  });
  await db.close();
});
