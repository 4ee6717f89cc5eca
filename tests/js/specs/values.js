// A value that goes into SQL is given back the same, or is refused.
import { equal, ok, spec, throws } from "../lib/harness.js";

async function withTable(api, run) {
  const db = await api.open();
  db.exec("create table t(v)");
  const roundTrip = (value) => {
    db.prepare("delete from t").run();
    db.prepare("insert into t values (?)").run(value);
    return db.prepare("select typeof(v) as type, v from t").get();
  };
  try {
    await run(roundTrip, db);
  } finally {
    db.close();
  }
}

spec("values: numbers", ({ api }) =>
  withTable(api, (roundTrip) => {
    for (const n of [
      0,
      1,
      -1,
      2 ** 31,
      -(2 ** 31) - 1,
      2 ** 52,
      Number.MAX_SAFE_INTEGER,
      -Number.MAX_SAFE_INTEGER,
    ]) {
      equal(roundTrip(n), { type: "integer", v: n });
    }
    for (const n of [
      0.5,
      -1.25,
      1e300,
      2 ** 53,
      2 ** 63,
      5e-324,
      Infinity,
      -Infinity,
    ]) {
      equal(roundTrip(n), { type: "real", v: n });
    }
    throws(() => roundTrip(NaN), {
      name: "TypeError",
      message: "value 1 is NaN",
    });
  }),
);

spec(
  "values: bigints are exact and come back as numbers only where those are",
  ({ api }) =>
    withTable(api, (roundTrip) => {
      for (const n of [
        2n ** 53n,
        -(2n ** 53n),
        2n ** 63n - 1n,
        -(2n ** 63n),
        2n ** 53n + 1n,
      ]) {
        equal(roundTrip(n), { type: "integer", v: n });
      }
      equal(roundTrip(5n), { type: "integer", v: 5 });
      equal(roundTrip(2n ** 53n - 1n), {
        type: "integer",
        v: Number.MAX_SAFE_INTEGER,
      });
      throws(() => roundTrip(2n ** 63n), {
        name: "RangeError",
        message: "does not fit SQLite's 64-bit integers",
      });
      throws(() => roundTrip(-(2n ** 63n) - 1n), { name: "RangeError" });
    }),
);

spec(
  "values: whole numbers go into REAL columns without complaint",
  async ({ api }) => {
    const db = await api.open();
    db.exec("create table t(score real)");
    db.prepare("insert into t values (?)").run(3);
    equal(db.prepare("select typeof(score) as type, score from t").get(), {
      type: "real",
      score: 3,
    });
    db.close();
  },
);

spec("values: null and booleans", ({ api }) =>
  withTable(api, (roundTrip) => {
    equal(roundTrip(null), { type: "null", v: null });
    equal(roundTrip(true), { type: "integer", v: 1 });
    equal(roundTrip(false), { type: "integer", v: 0 });
  }),
);

spec("values: texts, whatever is in them", ({ api }) =>
  withTable(api, (roundTrip) => {
    const texts = [
      "",
      "a",
      "häßlich",
      "日本語",
      "👩‍👩‍👧",
      "a\0b",
      "\ufeffbom",
      "it's",
      "x".repeat(23),
      "x".repeat(24),
      "x".repeat(25),
      "é".repeat(40),
    ];
    for (const text of [
      ...texts,
      "y".repeat(65535),
      "z".repeat(65536),
      "ü".repeat(70000),
    ]) {
      equal(roundTrip(text), { type: "text", v: text });
    }
  }),
);

spec("values: BLOBs of every size", ({ api }) =>
  withTable(api, (roundTrip) => {
    for (const size of [0, 1, 65535, 65536, 65537, 1 << 20]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
      const { type, v } = roundTrip(bytes);
      equal(type, "blob");
      ok(
        v instanceof Uint8Array &&
          v.length === size &&
          v.every((b, i) => b === ((i * 7) & 255)),
        `${size} bytes`,
      );
    }
  }),
);

spec("values: a typed array is one value, its offset respected", ({ api }) =>
  withTable(api, (roundTrip, db) => {
    const floats = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    equal(api.decode(roundTrip(floats).v), new Float32Array([1, 2]));
    equal(roundTrip(new Int8Array([-1, 2])).v, new Uint8Array([255, 2]));
    equal(
      roundTrip(new Uint8Array([1, 2, 3]).subarray(1)).v,
      new Uint8Array([2, 3]),
    );
    const statement = db.prepare("select length(?)").pluck();
    equal(statement.get(new Float32Array(3)), 12);
    equal(statement.get([new Float32Array(3)]), 12);
  }),
);

spec("values: BLOBs are copies, not views of the module", ({ api }) =>
  withTable(api, (roundTrip) => {
    const { v } = roundTrip(new Uint8Array([1, 2, 3]));
    equal(v.buffer.byteLength, 3);
    v[0] = 99;
    equal(roundTrip(new Uint8Array([1, 2, 3])).v, new Uint8Array([1, 2, 3]));
  }),
);

spec("values: what SQL cannot hold is refused with a cure", ({ api }) =>
  withTable(api, (roundTrip) => {
    const cases = [
      [undefined, "value 1 is undefined", "use null"],
      [[[1, 2]], "value 1 is an Array", "encode() makes a vector"],
      [new Date(0), "value 1 is a Date", "toISOString"],
      [new Float64Array(2), "value 1 is a Float64Array", "Float32Array.from()"],
      [
        new ArrayBuffer(2),
        "value 1 is an ArrayBuffer",
        "new Uint8Array(buffer)",
      ],
      [Symbol("x"), "value 1 is a symbol", ""],
      [() => 1, "value 1 is a function", ""],
    ];
    for (const [value, message, cure] of cases) {
      const error = throws(() => roundTrip(value), {
        name: "TypeError",
        message,
      });
      ok(error.message.includes(cure), `${error.message} should say ${cure}`);
    }
  }),
);

spec(
  "values: lastInsertRowid follows the rule of integers",
  async ({ api }) => {
    const db = await api.open();
    db.exec("create table t(id integer primary key)");
    const insert = db.prepare("insert into t values (?)");
    equal(insert.run(7).lastInsertRowid, 7);
    equal(insert.run(2n ** 60n).lastInsertRowid, 2n ** 60n);
    equal(db.prepare("select id from t order by id").pluck().all(), [
      7,
      2n ** 60n,
    ]);
    db.close();
  },
);
