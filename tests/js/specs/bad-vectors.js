// Values that are no vectors, in every place of SQL that takes a vector. Rules make the messages.
//
// A bad vector has a `value` to bind and says one of two things of itself:
//   text   what is wrong with it anywhere
//   dim    nothing, but it has so many components: wrong where another number is expected

const MAX_DIM = 65536;
const DIM = 3;

const ones = (n) => Array(n).fill(1);
const bytesOf = (floats) => new Uint8Array(Float32Array.from(floats).buffer);
const headed = (floats) =>
  new Uint8Array([...new TextEncoder().encode("v"), 1, ...bytesOf(floats)]);
const at = (i, value) => ones(DIM).map((one, j) => (j === i ? value : one));
const positions = Array.from({ length: DIM }, (_, i) => i);

function* lengths() {
  for (const n of [0, 1, 2, 4, 5, 63, 64, 65, 1000]) {
    yield { what: `JSON of ${n}`, value: JSON.stringify(ones(n)), dim: n };
    yield { what: `BLOB of ${n}`, value: bytesOf(ones(n)), dim: n };
    if (n)
      yield {
        what: `Float32Array of ${n}`,
        value: new Float32Array(n),
        dim: n,
      };
    yield { what: `headed BLOB of ${n}`, value: headed(ones(n)), dim: n };
  }
  for (const n of [MAX_DIM + 1, MAX_DIM + 2])
    yield { what: `BLOB of ${n}`, value: new Float32Array(n), dim: n };
}

/** A BLOB whose size is a multiple of 4 is raw; 2 bytes more must begin with a header. */
function* sizes() {
  for (const n of [1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 255, 1001]) {
    yield {
      what: `BLOB of ${n} bytes`,
      value: new Uint8Array(n).fill(0x41),
      text: `a BLOB of ${n} bytes is not a vector of float32, whose size is a multiple of 4`,
    };
  }
}

const finite = (i, what) =>
  `component ${i} is ${what}, expected a finite number`;

function* notFinite() {
  for (const i of positions) {
    for (const [value, what] of [
      [NaN, "NaN"],
      [Infinity, "infinite"],
      [-Infinity, "infinite"],
    ]) {
      const floats = at(i, value);
      const text = finite(i, what);
      yield { what: `${value} at ${i}`, value: bytesOf(floats), text };
      yield { what: `headed ${value} at ${i}`, value: headed(floats), text };
      yield {
        what: `Float32Array with ${value} at ${i}`,
        value: Float32Array.from(floats),
        text,
      };
    }
    for (const word of ["NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"]) {
      yield {
        what: `JSON ${word} at ${i}`,
        value: `[${at(i, word).join(", ")}]`,
        text: finite(i, /nan/i.test(word) ? "NaN" : "infinite"),
      };
    }
    for (const number of ["1e39", "-1e39", "3.5e38", "1e400", "9".repeat(39)]) {
      yield {
        what: `JSON ${number} at ${i}`,
        value: `[${at(i, number).join(",")}]`,
        text: `component ${i} (${number}) is beyond the range of float32`,
      };
    }
  }
}

const END = "the end of the text";
/** A text, where its reading ends, what was expected there and what was found. */
const MALFORMED = [
  ["", 0, "[", END],
  ["   ", 3, "[", END],
  ["{}", 0, "[", "{"],
  ["1", 0, "[", "1"],
  ["null", 0, "[", "null"],
  ['"[1, 2, 3]"', 0, "[", '"'],
  ["é[1, 2, 3]", 0, "[", "é"],
  ["\ufeff[1, 2, 3]", 0, "[", "\ufeff"],
  ["(1, 2, 3)", 0, "[", "("],
  ["select", 0, "[", "select"],
  ["[", 1, "a number", END],
  ["[1,", 3, "a number", END],
  ["[1, 2, ", 7, "a number", END],
  ["[,1,2]", 1, "a number", ","],
  ["[1,,2]", 3, "a number", ","],
  ["[1,2,]", 5, "a number", "]"],
  ["[[1,2,3]]", 1, "a number", "["],
  ["[1,[2],3]", 3, "a number", "["],
  ["[{},1,2]", 1, "a number", "{"],
  ["[true,1,2]", 1, "a number", "true"],
  ["[1,false,2]", 3, "a number", "false"],
  ["[null,1,2]", 1, "a number", "null"],
  ["[1,2,undefined]", 5, "a number", "undefined"],
  ['["1",2,3]', 1, "a number", '"'],
  ["['1',2,3]", 1, "a number", "'"],
  ["[.5,1,2]", 1, "a number", "."],
  ["[+1,1,2]", 1, "a number", "+"],
  ["[--1,1,2]", 1, "a number", "-"],
  ["[- 1,1,2]", 1, "a number", "-"],
  ["[1,2,é]", 5, "a number", "é"],
  ["[1,2,\u0000]", 5, "a number", "a zero byte"],
  ["[1 2 3]", 3, ", or ]", "2"],
  ["[1;2;3]", 2, ", or ]", ";"],
  ["[1,2", 4, ", or ]", END],
  ["[1,2,3", 6, ", or ]", END],
  ["[1,2,3}", 6, ", or ]", "}"],
  ["[01,1,2]", 2, ", or ]", "1"],
  ["[1.,2,3]", 2, ", or ]", "."],
  ["[1.5.5,2,3]", 4, ", or ]", "."],
  ["[1e,2,3]", 2, ", or ]", "e"],
  ["[1e+,2,3]", 2, ", or ]", "e"],
  ["[0x10,1,2]", 2, ", or ]", "x"],
  ["[1_0,1,2]", 2, ", or ]", "_"],
  ["[1f,1,2]", 2, ", or ]", "f"],
  ["[1n,1,2]", 2, ", or ]", "n"],
  ["[1,2\u0000,3]", 4, ", or ]", "a zero byte"],
  ["[1,2,3]x", 7, END, "x"],
  ["[1,2,3] [", 8, END, "["],
  ["[1,2,3],", 7, END, ","],
  ["[1,2,3];", 7, END, ";"],
  ["[1,2,3]\u0000", 7, END, "a zero byte"],
];

function* malformed() {
  for (const [value, offset, wanted, got] of MALFORMED)
    yield {
      what: `JSON ${JSON.stringify(value)}`,
      value,
      text: `JSON vector: expected ${wanted} at offset ${offset}, got ${got}`,
    };
}

function* otherTypes() {
  const wrong = {
    INTEGER: [0, 7, -1, 2 ** 53 - 1, 2n ** 62n, -(2n ** 63n), true],
    REAL: [7.5, -0.5, 2 ** 53, 1e300, 5e-324, Infinity],
    NULL: [null],
  };
  for (const [type, values] of Object.entries(wrong))
    for (const value of values)
      yield {
        what: `${type} ${value}`,
        value,
        type,
        text: `a vector was expected (BLOB or JSON array), got ${type}`,
      };
}

export const BAD_VECTORS = [
  ...lengths(),
  ...sizes(),
  ...notFinite(),
  ...malformed(),
  ...otherTypes(),
];

/** What takes a vector of three components. */
const column = (sql, nullIsFine = false) => ({
  sql,
  nullIsFine,
  message: ({ text, dim }) =>
    `vss0 t.e: ${text ?? `vector has ${dim} components, expected ${DIM}`}`,
  isFine: ({ dim }) => dim === DIM,
});

const tooLong = (dim) =>
  `vector has ${dim} components, expected at most ${MAX_DIM}`;

/** One of two vectors that must have the same length. */
const pair = (name, sql, first) => ({
  sql,
  nullIsFine: true,
  message({ text, dim }) {
    const which = `${name}(): ${first ? "first" : "second"} vector: `;
    if (text) return which + text;
    if (dim > MAX_DIM) return which + tooLong(dim);
    const [a, b] = first ? [dim, DIM] : [DIM, dim];
    return `${name}(): vectors have ${a} and ${b} components, expected the same number`;
  },
  isFine: ({ dim }) => dim === DIM,
});

/** What takes a vector of any length. */
const single = (name, more = "") => ({
  sql: `select ${name}(?${more})`,
  nullIsFine: true,
  message: ({ text, dim }) => `${name}(): ${text ?? tooLong(dim)}`,
  // vector_value_at() checks its index, too.
  isFine: ({ dim }) => dim <= MAX_DIM && (more === "" || dim > 0),
  isOther: ({ dim }) => dim === 0 && more !== "",
});

const faissSearch = (name) => ({
  sql: `select ${name}('main', 'posts', ?, 2)`,
  message({ text, dim }) {
    const subject = `${name}(): embedding`;
    const inner =
      text ??
      (dim === 0
        ? "vector has 0 components, expected at least 1"
        : undefined) ??
      (dim > MAX_DIM ? tooLong(dim) : undefined);
    return inner
      ? `${subject} to search for: ${inner}`
      : `${subject} has ${dim} components, those of main.posts have ${DIM}`;
  },
  isFine: ({ dim }) => dim === DIM,
});

const faissAgg = (name) => [
  {
    sql: `select ${name}(1, ?, '[1, 2, 3]', 2)`,
    nullIsFine: true,
    message: ({ text, dim }) =>
      `${name}(): embedding: ${text ?? `vector has ${dim} components, expected ${DIM}`}`,
    isFine: ({ dim }) => dim === DIM,
  },
  {
    sql: `select ${name}(1, '[1, 2, 3]', ?, 2)`,
    message({ text, dim }) {
      if (text ?? dim > MAX_DIM)
        return `${name}(): compare_embedding: ${text ?? tooLong(dim)}`;
      return dim === 0
        ? `${name}(): compare_embedding: vector has 0 components, expected at least 1`
        : `${name}(): embedding: vector has ${DIM} components, expected ${dim}`;
    },
    isFine: ({ dim }) => dim === DIM,
  },
];

const METRICS = [
  "vss_distance_l1",
  "vss_distance_l2",
  "vss_distance_linf",
  "vss_distance_cosine",
  "vss_distance_canberra",
  "vss_distance_bray_curtis",
  "vss_distance_jensen_shannon",
  "vss_inner_product",
  "vss_cosine_similarity",
  "vss_fvec_add",
  "vss_fvec_sub",
  "vector_add",
  "vector_sub",
];

/** Every place that takes a vector. */
export const PLACES = [
  column("insert into t(e) values (?)", true),
  column("insert into t(rowid, e, n) values (100, ?, 5)", true),
  column("insert or replace into t(rowid, e) values (1, ?)", true),
  column("insert or ignore into t(rowid, e) values (100, ?)", true),
  column("update t set e = ?", true),
  column("update t set n = 5, e = ? where rowid = 1", true),
  column("select rowid from t where vss_search(e, ?) limit 1"),
  column("select rowid from t where e match ? limit 1"),
  column("select rowid from t where e match ? and k = 1"),
  column("select rowid from t where vss_search(e, ?) and n > 0 limit 1"),
  column(
    "select rowid from t where vss_search(e, vss_search_params(?, 5)) and name like 'a%'",
  ),
  column(
    "select rowid from t where vss_range_search(e, vss_range_search_params(?, 5))",
  ),
  column(
    "select t.rowid from (select ? as q) join t on vss_search(t.e, q) limit 1",
  ),
  column("select (select rowid from t where vss_search(e, ?) limit 1)"),
  ...METRICS.flatMap((name) => [
    pair(name, `select ${name}(?, '[1, 2, 3]')`, true),
    pair(name, `select ${name}('[1, 2, 3]', ?)`, false),
  ]),
  pair("vss_distance", "select vss_distance('L2', ?, '[1, 2, 3]')", true),
  pair("vss_distance", "select vss_distance('COSINE', '[1, 2, 3]', ?)", false),
  ...[
    "vector0",
    "vector_length",
    "vector_debug",
    "vector_to_json",
    "vector_to_raw",
    "vector_to_blob",
    "vector_normalize",
    "vector_to_float16",
    "vector_to_int8",
  ].map((name) => single(name)),
  single("vector_value_at", ", 0"),
  faissSearch("faiss_search"),
  faissSearch("faiss_search_with_scores"),
  ...faissAgg("faiss_agg"),
  ...faissAgg("faiss_agg_with_scores"),
];

/** Every bad vector in every place where it is one: { what, sql, params, message }. */
export function* badVectors() {
  for (const place of PLACES) {
    for (const bad of BAD_VECTORS) {
      if (bad.text === undefined && (place.isFine(bad) || place.isOther?.(bad)))
        continue;
      if (bad.type === "NULL" && place.nullIsFine) continue;
      yield {
        what: `${place.sql}: ${bad.what}`,
        sql: place.sql,
        params: [bad.value],
        message: place.message(bad),
      };
    }
  }
}
