// encode, decode, mergeTopK.
import { equal, ok, spec, throws } from "../lib/harness.js";

const hex = (bytes) =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

spec("encode: little-endian float32, a copy", async ({ api }) => {
  equal(hex(api.encode([2.4, 4.1, 1.8])), "9a991940333383406666e63f");
  const floats = new Float32Array([9, 1, 2]).subarray(1);
  const bytes = api.encode(floats);
  equal(hex(bytes), "0000803f00000040");
  bytes.fill(0);
  equal(floats, new Float32Array([1, 2]));
  equal(api.encode([]).length, 0);
  equal(hex(api.encode([-0, Infinity])), "000000800000807f");
});

spec("decode: at any alignment, a copy", async ({ api }) => {
  const bytes = new Uint8Array(13);
  bytes.set(api.encode([1, 2, 3]), 1);
  const floats = api.decode(bytes.subarray(1));
  equal(floats, new Float32Array([1, 2, 3]));
  bytes.fill(0);
  equal(floats[2], 3);
  equal(api.decode(new Uint8Array(0)), new Float32Array(0));
  equal(
    api.decode(api.encode([2.4, 4.1, 1.8])),
    new Float32Array([2.4, 4.1, 1.8]),
  );
});

spec("encode, decode: what they refuse", async ({ api }) => {
  throws(() => api.decode(new Uint8Array(6)), {
    name: "RangeError",
    message: "got 6 bytes, expected a multiple of 4",
  });
  throws(() => api.decode([1, 2]), {
    name: "TypeError",
    message: "expected a Uint8Array",
  });
  throws(() => api.decode(null), { name: "TypeError" });
  throws(() => api.encode("1,2"), {
    name: "TypeError",
    message: 'vector is "1,2"',
  });
  throws(() => api.encode([1, "2"]), {
    name: "TypeError",
    message: 'component 1 is "2"',
  });
  throws(() => api.encode(new Float64Array(2)), {
    name: "TypeError",
    message: "Float32Array.from",
  });
  throws(() => api.encode(undefined), { name: "TypeError" });
});

spec("encode: what SQL functions read", async ({ api }) => {
  const db = await api.open();
  equal(
    db
      .prepare("select vector_to_json(?)")
      .pluck()
      .get(api.encode([1, 2.5])),
    "[1.0,2.5]".replace("1.0", "1.0"),
  );
  db.close();
});

spec(
  "mergeTopK: exact over shards, ties to the earlier list",
  async ({ api }) => {
    const list = (...distances) =>
      distances.map((distance, i) => ({ rowid: i, distance }));
    const merged = api.mergeTopK([list(1, 3, 5), list(2, 3, 4)], 4);
    equal(
      merged.map((hit) => hit.distance),
      [1, 2, 3, 3],
    );
    const tie = api.mergeTopK(
      [[{ rowid: "first", distance: 1 }], [{ rowid: "second", distance: 1 }]],
      1,
    );
    equal(tie[0].rowid, "first");
    equal(
      api
        .mergeTopK([list(5, 3), list(4)], 2, "desc")
        .map((hit) => hit.distance),
      [5, 4],
    );
    equal(api.mergeTopK([], 5), []);
    equal(api.mergeTopK([[], list(1)], 0), []);
    throws(() => api.mergeTopK([], -1), { name: "RangeError" });
    throws(() => api.mergeTopK([1], 1), {
      name: "TypeError",
      message: "array of arrays",
    });
    throws(() => api.mergeTopK([], 1, "down"), {
      name: "TypeError",
      message: 'expected "asc" or "desc"',
    });
    ok(merged.length === 4, "length");
  },
);

spec("mergeTopK: equals one table over the whole", async ({ api }) => {
  const db = await api.open();
  const tables = ["whole", "left", "right"].map((name) =>
    db.vss0(name, { v: 2 }),
  );
  for (let i = 1; i <= 60; i++) {
    const row = { rowid: i, v: [i % 7, (i * i) % 11] };
    tables[0].insert(row);
    tables[i <= 30 ? 1 : 2].insert(row);
  }
  const [whole, ...shards] = tables;
  const merged = api.mergeTopK(
    shards.map((table) => table.search([3, 3], { k: 12 })),
    12,
  );
  equal(merged, whole.search([3, 3], { k: 12 }));
  db.close();
});
