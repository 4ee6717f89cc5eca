// Bad arguments of the JavaScript API. Rules make the cases: values of every type in every place,
// and names that do not exist.

/** Values of every type, each with what a message calls it. */
const VALUES = {
  undefined: [undefined, "undefined"],
  null: [null, "null"],
  true: [true, "true"],
  false: [false, "false"],
  zero: [0, "0"],
  one: [1, "1"],
  minus: [-1, "-1"],
  fraction: [1.5, "1.5"],
  NaN: [NaN, "NaN"],
  Infinity: [Infinity, "Infinity"],
  huge: [2 ** 53, "9007199254740992"],
  bigint: [5n, "5n"],
  "empty text": ["", '""'],
  text: ["abc", '"abc"'],
  "long text": ["x".repeat(50), "a text of 50 characters"],
  array: [[], "an Array"],
  object: [{}, "an Object"],
  function: [() => 1, "a function"],
  symbol: [Symbol("s"), "a symbol"],
  date: [new Date(0), "a Date"],
  map: [new Map(), "a Map"],
  buffer: [new ArrayBuffer(8), "an ArrayBuffer"],
  Float64Array: [new Float64Array(3), "a Float64Array"],
  Int16Array: [new Int16Array(3), "an Int16Array"],
  Uint8Array: [new Uint8Array(8), "a Uint8Array"],
  Float32Array: [new Float32Array(2), "a Float32Array"],
};

/** Each value except those named, as { name, value, shown }. */
function* valuesBut(...names) {
  for (const [name, [value, shown]] of Object.entries(VALUES))
    if (!names.includes(name)) yield { name, value, shown };
}

const numbers = ["zero", "one", "minus", "fraction", "NaN", "Infinity", "huge"];
const texts = ["empty text", "text", "long text"];
const objects = ["object", "map", "date", "buffer"];
/** What SQL can hold, and what it cannot. */
const bindable = [
  ...numbers.filter((name) => name !== "NaN"),
  ...texts,
  "null",
  "true",
  "false",
  "bigint",
  "Uint8Array",
  "Float32Array",
];
const unbindable = [
  ...objects,
  "function",
  "symbol",
  "Float64Array",
  "Int16Array",
];

const TypeError = { name: "TypeError" };
const RangeError = { name: "RangeError" };

/**
 * Each value except those named gives a TypeError: `<subject> <value>, expected <expected>`.
 */
function* refused(subject, expected, run, ...but) {
  for (const { name, value, shown } of valuesBut(...but))
    yield {
      what: `${subject} ${name}`,
      run: (context) => run(context, value),
      ...TypeError,
      message: `${subject} ${shown}, expected ${expected}`,
    };
}

/** Names that are nearly right: { wrong: right }. */
function* misspelt(subject, names, run) {
  for (const [wrong, near] of Object.entries(names))
    yield {
      what: `${subject} ${wrong}`,
      run: (context) => run(context, wrong),
      ...TypeError,
      message: `${subject} "${wrong}", did you mean "${near}"?`,
    };
}

/** Arguments that must be a count, and are not. */
function* noCounts(subject, run, ...also) {
  for (const { name, value, shown } of valuesBut("zero", "one", ...also)) {
    const isNumber = typeof value === "number";
    yield {
      what: `${subject} ${name}`,
      run: (context) => run(context, value),
      ...(isNumber ? RangeError : TypeError),
      message: `${subject} is ${shown}, expected a whole number${isNumber ? " from 0 up" : ""}`,
    };
  }
}

/** What a message says about views that are no vectors. */
const cureOf = (value) =>
  ArrayBuffer.isView(value) ? " (convert it: Float32Array.from(...))" : "";

function* searches() {
  const query = [1, 2, 3];
  yield* noCounts(
    "search: k",
    ({ t }, k) => t.search(query, { k }),
    "undefined",
  );
  yield* noCounts(
    "search: offset",
    ({ t }, offset) => t.search(query, { k: 1, offset }),
    "undefined",
  );
  yield {
    what: "search: no k",
    run: ({ t }) => t.search(query, {}),
    ...TypeError,
    message: "search: k is missing: how many rows, at most?",
  };
  yield* refused(
    "search: options are",
    "a plain object",
    ({ t }, value) => t.search(query, value),
    "undefined",
    "null",
    "object",
  );
  for (const { name, value, shown } of valuesBut(
    "array",
    "Float32Array",
    "Uint8Array",
  ))
    yield {
      what: `search: query ${name}`,
      run: ({ t }) => t.search(value, { k: 1 }),
      ...TypeError,
      message: `search: query is ${shown}, expected a Float32Array or an array of numbers${cureOf(value)}`,
    };
  for (const i of [0, 1, 2])
    yield* refused(
      `search: query: component ${i} is`,
      "a number",
      ({ t }, value) =>
        t.search(
          query.with?.(i, value) ?? query.map((x, j) => (j === i ? value : x)),
          { k: 1 },
        ),
      ...numbers,
    );
  for (const n of [0, 4, 16, 400])
    yield {
      what: `search: a BLOB of ${n} bytes`,
      run: ({ t }) => t.search(new Uint8Array(n), { k: 1 }),
      message: `vss0 t.e: vector has ${n / 4} components, expected 3`,
    };
  for (const n of [0, 1, 2, 4, 100])
    yield {
      what: `search: ${n} components`,
      run: ({ t }) => t.search(Array(n).fill(1), { k: 1 }),
      message: `vss0 t.e: vector has ${n} components, expected 3`,
    };
  for (const [value, what] of [
    [NaN, "NaN"],
    [Infinity, "infinite"],
    [1e39, "infinite"],
  ])
    for (const i of [0, 1, 2])
      yield {
        what: `search: ${value} at ${i}`,
        run: ({ t }) =>
          t.search(
            query.map((x, j) => (j === i ? value : x)),
            { k: 1 },
          ),
        message: `vss0 t.e: component ${i} is ${what}, expected a finite number`,
      };
  yield* misspelt(
    "search: unknown option",
    {
      K: "k",
      kk: "k",
      were: "where",
      wher: "where",
      param: "params",
      selct: "select",
      maxdistance: "maxDistance",
      offst: "offset",
      colum: "column",
    },
    ({ t }, wrong) => t.search(query, { k: 1, [wrong]: 1 }),
  );
  yield* refused(
    "search: maxDistance is",
    "a number",
    ({ t }, value) => t.search(query, { k: 1, maxDistance: value }),
    "undefined",
    ...numbers,
  );
  yield* refused(
    "search: select is",
    "an array of column names",
    ({ t }, value) => t.search(query, { k: 1, select: value }),
    "undefined",
    "array",
  );
  yield* refused(
    "search: select[0] is",
    "a string",
    ({ t }, value) => t.search(query, { k: 1, select: [value] }),
    ...texts,
  );
  yield* refused(
    "search: column is",
    "a string",
    ({ t }, value) => t.search(query, { k: 1, column: value }),
    "undefined",
    ...texts,
  );
  for (const column of ["n", "name"])
    yield {
      what: `search: column ${column}`,
      run: ({ t }) => t.search(query, { k: 1, column }),
      ...TypeError,
      message: `search: "${column}" is not a vector column, expected "e"`,
    };
  yield {
    what: "search: which column?",
    run: ({ db }) => db.vss0("two").search([1, 2], { k: 1 }),
    ...TypeError,
    message: "search: name the column, one of e, f",
  };
}

function* conditions() {
  const find = (t, where, params) =>
    t.search([1, 2, 3], { k: 1, where, params });
  yield* refused(
    "search: where is",
    "SQL text or an object",
    ({ t }, value) => find(t, value),
    "undefined",
    "function",
    ...texts,
    ...objects,
  );
  for (const text of ["", "  ", "\n"])
    yield {
      what: `where: text ${JSON.stringify(text)}`,
      run: ({ t }) => find(t, text),
      ...TypeError,
      message: "search: where is empty",
    };
  for (const operator of ["eq", "ne", "gt", "gte", "lt", "lte"])
    for (const { name, value } of valuesBut("undefined", ...bindable))
      yield {
        what: `where: ${operator} ${name}`,
        run: ({ t }) => find(t, { n: { [operator]: value } }),
        ...TypeError,
        message: new RegExp(`^where\\.n\\.${operator} is `),
      };
  for (const operator of ["like", "glob"])
    yield* refused(
      `where.name.${operator} is`,
      "a string",
      ({ t }, value) => find(t, { name: { [operator]: value } }),
      "undefined",
      ...texts,
    );
  for (const operator of ["in", "notIn"]) {
    yield* refused(
      `where.n.${operator} is`,
      "an array",
      ({ t }, value) => find(t, { n: { [operator]: value } }),
      "undefined",
      "array",
    );
    for (const { name, value } of valuesBut(...bindable))
      yield {
        what: `where: ${operator} [1, ${name}]`,
        run: ({ t }) => find(t, { n: { [operator]: [1, value] } }),
        ...TypeError,
        message: new RegExp(`^where\\.n\\.${operator}\\[1\\] is `),
      };
  }
  yield* refused(
    "where.n.isNull is",
    "true or false",
    ({ t }, value) => find(t, { n: { isNull: value } }),
    "undefined",
    "true",
    "false",
  );
  yield* misspelt(
    "search: where.n has an unknown operator",
    {
      eqq: "eq",
      gtt: "gt",
      nein: "ne",
      likes: "like",
      notin: "notIn",
      isnull: "isNull",
      globb: "glob",
    },
    ({ t }, wrong) => find(t, { n: { [wrong]: 1 } }),
  );
  yield* misspelt(
    "search: where names an unknown column",
    { nam: "name", nn: "n", rowd: "rowid", distanc: "distance" },
    ({ t }, wrong) => find(t, { [wrong]: 1 }),
  );
  for (const big of [2n ** 63n, -(2n ** 63n) - 1n, 2n ** 200n])
    yield {
      what: `where: ${big}n`,
      run: ({ t }) => find(t, { n: big }),
      ...RangeError,
      message: `where.n.eq is ${big}n, which does not fit SQLite's 64-bit integers`,
    };
  yield {
    what: "params without where",
    run: ({ t }) => find(t, undefined, [1]),
    ...TypeError,
    message: "search: params are given without where",
  };
  yield {
    what: "params with an object",
    run: ({ t }) => find(t, { n: 1 }, [1]),
    ...TypeError,
    message:
      "search: params go with where as SQL text, an object has its values in it",
  };
  yield* refused(
    "search: params is",
    "an array or an object",
    ({ t }, value) => find(t, "n = ?", value),
    "undefined",
    "array",
    ...objects,
  );
  for (const text of [
    "n = ",
    "n = 1)",
    "nn = 1",
    "n = 1; drop table t",
    "union select 1",
  ])
    yield {
      what: `where: ${text}`,
      run: ({ t }) => find(t, text),
      message: /./,
    };
}

function* rows() {
  const isRowId = ["zero", "one", "minus", "bigint"];
  for (const method of ["get", "delete"])
    for (const { name, value, shown } of valuesBut(...isRowId)) {
      const isNumber = typeof value === "number";
      yield {
        what: `${method} by id: ${name}`,
        run: ({ t }) => t[method](value),
        ...(isNumber ? RangeError : TypeError),
        message: `${method}: id is ${shown}, expected a whole number${isNumber ? " (a bigint beyond 2^53)" : " or a bigint"}`,
      };
    }
  for (const { name, value, shown } of valuesBut(
    "undefined",
    "null",
    ...isRowId,
  )) {
    const isNumber = typeof value === "number";
    yield {
      what: `insert: rowid ${name}`,
      run: ({ t }) => t.insert({ rowid: value, e: [1, 2, 3] }),
      ...(isNumber ? RangeError : TypeError),
      message: `insert: row.rowid is ${shown}, expected a whole number${isNumber ? " (a bigint beyond 2^53)" : " or a bigint"}`,
    };
  }
  yield* refused(
    "insert: row is",
    "an object such as { rowid: 1, embedding: vector }",
    ({ t }, value) => t.insert(value),
    "function",
    ...objects,
  );
  for (const column of ["e", "n", "name", "rowid"])
    yield {
      what: `insert: ${column} undefined`,
      run: ({ t }) => t.insert({ [column]: undefined }),
      ...TypeError,
      message: `insert: row.${column} is undefined (use null for NULL)`,
    };
  for (const [i, column] of ["e", "n", "name"].entries())
    for (const name of unbindable) {
      const [value, shown] = VALUES[name];
      yield {
        what: `insert: ${column} ${name}`,
        run: ({ t }) => t.insert({ [column]: value }),
        ...TypeError,
        message: new RegExp(
          `^value ${i + 2} is ${shown}, expected null, a number`,
        ),
      };
    }
  for (const column of ["n", "name"])
    yield {
      what: `insert: ${column} NaN`,
      run: ({ t }) => t.insert({ [column]: NaN }),
      ...TypeError,
      message: `value ${column === "n" ? 3 : 4} is NaN, which SQL cannot hold (use null)`,
    };
  yield* misspelt(
    "insert: row: unknown column",
    { nam: "name", ee: "e", rowd: "rowid" },
    ({ t }, wrong) => t.insert({ [wrong]: 1 }),
  );
  yield* refused(
    "insertMany: rows is",
    "an iterable of rows or an object of columns",
    ({ t }, value) => t.insertMany(value),
    "array",
    "Float64Array",
    "Int16Array",
    "Uint8Array",
    "Float32Array",
    ...texts,
    ...objects,
  );
  for (const n of [1, 2, 4, 5, 100])
    yield {
      what: `insertMany: ${n} numbers`,
      run: ({ t }) => t.insertMany({ e: new Float32Array(n) }),
      ...RangeError,
      message: `insertMany: e has ${n} numbers, expected a multiple of its 3 dimensions`,
    };
  for (const n of [0, 1, 3])
    yield {
      what: `insertMany: 2 vectors, ${n} values`,
      run: ({ t }) =>
        t.insertMany({ e: new Float32Array(6), n: Array(n).fill(1) }),
      ...RangeError,
      message: `insertMany: n has ${n} rows, e has 2`,
    };
  yield {
    what: "insertMany: no column",
    run: ({ t }) => t.insertMany({}),
    ...TypeError,
    message: "insertMany: rows names no column, expected one",
  };
  for (const where of [0, 1, 57])
    for (const n of [0, 1, 2, 4])
      yield {
        what: `insertMany: row ${where} of 60 with ${n} components`,
        run: ({ t }) =>
          t.insertMany(
            Array.from({ length: 60 }, (_, i) => ({
              e: new Float32Array(i === where ? n : 3),
            })),
          ),
        message: `row ${where}: vss0 t.e: vector has ${n} components, expected 3`,
      };
  yield* refused(
    "insertMany: onProgress is",
    "a function",
    ({ t }, value) => t.insertMany([], { onProgress: value }),
    "undefined",
    "function",
  );
  yield* misspelt(
    "insertMany: unknown option",
    { onprogress: "onProgress", signl: "signal" },
    ({ t }, wrong) => t.insertMany([], { [wrong]: 1 }),
  );
}

function* statements() {
  for (const [method, subject] of [
    ["exec", "exec: sql"],
    ["prepare", "prepare: sql"],
    ["vss0", "vss0: name"],
  ]) {
    yield* refused(
      `${subject} is`,
      "a string",
      ({ db }, value) => db[method](value),
      ...texts,
    );
    for (const at of [0, 3, 8])
      yield {
        what: `${method}: NUL at ${at}`,
        run: ({ db }) =>
          db[method](`${"select 1".slice(0, at)}\0${"select 1".slice(at)}`),
        ...TypeError,
        message: `${subject} has a NUL character at offset ${at}`,
      };
  }
  for (const sql of ["", " ", ";", "-- nothing", "/* nothing */"])
    yield {
      what: `prepare: ${JSON.stringify(sql)}`,
      run: ({ db }) => db.prepare(sql),
      ...TypeError,
      message: "prepare: the text holds no SQL statement",
    };
  for (const sql of [
    "select 1; select 2",
    "select 1; nonsense",
    "select 1; ;;; delete from t",
  ])
    yield {
      what: `prepare: ${sql}`,
      run: ({ db }) => db.prepare(sql),
      ...TypeError,
      message:
        "prepare: the text goes on after its first statement: use exec() for several",
    };
  for (const [sql, expected] of [
    ["select 1", 0],
    ["select ?", 1],
    ["select ?, ?", 2],
    ["select ?5", 5],
  ])
    for (const n of [0, 1, 2, 3, 6])
      if (n !== expected)
        yield {
          what: `${sql} with ${n} values`,
          run: ({ db }) => db.prepare(sql).get(...Array(n).fill(1)),
          ...RangeError,
          message: `got ${n} values, the statement has ${expected} parameters`,
        };
  for (const name of [
    "undefined",
    "function",
    "symbol",
    "date",
    "buffer",
    "Float64Array",
    "Int16Array",
  ]) {
    const [value, shown] = VALUES[name];
    for (const method of ["run", "get", "all", "iterate"])
      yield {
        what: `${method}: ${name}`,
        run: ({ db }) => db.prepare("select ?").pluck()[method]([value]),
        ...TypeError,
        message: new RegExp(`^value 1 is ${shown}, expected null, a number`),
      };
    yield {
      what: `named: ${name}`,
      run: ({ db }) => db.prepare("select :a").get({ a: value }),
      ...TypeError,
      message: new RegExp(
        `^parameter "a" is ${shown}, expected null, a number`,
      ),
    };
  }
  for (const big of [2n ** 63n, -(2n ** 63n) - 1n])
    yield {
      what: `bind ${big}n`,
      run: ({ db }) => db.prepare("select ?").get(big),
      ...RangeError,
      message: `value 1 is ${big}n, which does not fit SQLite's 64-bit integers`,
    };
  yield* misspelt(
    "unknown parameter",
    { frm: "from", too: "to" },
    ({ db }, wrong) =>
      db.prepare("select :from, :to").get({ from: 1, to: 2, [wrong]: 1 }),
  );
  yield {
    what: "named: one is missing",
    run: ({ db }) => db.prepare("select :from, :to").get({ from: 1 }),
    ...TypeError,
    message: "parameter :to has no value",
  };
  for (const shape of ["raw", "pluck"])
    for (const { name, value, shown } of valuesBut(
      "undefined",
      "true",
      "false",
    ))
      yield {
        what: `${shape}: ${name}`,
        run: ({ db }) => db.prepare("select 1")[shape](value),
        ...TypeError,
        message: `${shape}: on is ${shown}, expected true or false`,
      };
  for (const sql of [
    "selec 1",
    "select",
    "select * frm t",
    "insert t",
    "select (1",
    "select 'a",
    "\u0001",
  ])
    yield {
      what: `exec: ${JSON.stringify(sql)}`,
      run: ({ db }) => db.exec(sql),
      message: /^(near |incomplete input|unrecognized token)/,
    };
}

function* others() {
  for (const { name, value, shown } of valuesBut("function"))
    yield {
      what: `transaction: ${name}`,
      run: ({ db }) => db.transaction(value),
      ...TypeError,
      message: `transaction: the function is ${shown}, expected a function`,
    };
  for (const { name, value, shown } of valuesBut("undefined", "function"))
    yield {
      what: `function: ${name}`,
      run: ({ db }) => db.function("f", {}, value),
      ...TypeError,
      message: `function f: the function is ${shown}, expected a function`,
    };
  yield* misspelt(
    "function f: unknown option",
    {
      determinstic: "deterministic",
      inocuous: "innocuous",
      varargz: "varargs",
    },
    ({ db }, wrong) => db.function("f", { [wrong]: true }, () => 1),
  );
  for (const { name, value, shown } of valuesBut("array", "Float32Array"))
    yield {
      what: `encode: ${name}`,
      run: ({ api }) => api.encode(value),
      ...TypeError,
      message: new RegExp(
        `^vector is ${shown.replace(/[".]/g, "\\$&")}, expected a Float32Array or an array of numbers`,
      ),
    };
  for (const { name, value, shown } of valuesBut("Uint8Array"))
    yield {
      what: `decode: ${name}`,
      run: ({ api }) => api.decode(value),
      ...TypeError,
      message: `decode: bytes is ${shown}, expected a Uint8Array`,
    };
  for (const n of [1, 2, 3, 5, 6, 7])
    yield {
      what: `decode: ${n} bytes`,
      run: ({ api }) => api.decode(new Uint8Array(n)),
      ...RangeError,
      message: `decode: got ${n} bytes, expected a multiple of 4`,
    };
  yield* noCounts("mergeTopK: k", ({ api }, k) => api.mergeTopK([], k));
  yield* refused(
    "mergeTopK: lists is",
    "an array of arrays of hits",
    ({ api }, value) => api.mergeTopK(value, 1),
    "array",
  );
  yield* refused(
    "mergeTopK: order is",
    `"asc" or "desc"`,
    ({ api }, value) => api.mergeTopK([], 1, value),
    "undefined",
  );
  yield* refused(
    "vss0 x: columns is",
    "an object such as { embedding: 384 }",
    ({ db }, value) => db.vss0("x", value),
    "undefined",
    "function",
    "Float32Array",
    "Float64Array",
    "Int16Array",
    "Uint8Array",
    ...objects,
  );
  yield* refused(
    "vss0 x.e: the definition is",
    "a string",
    ({ db }, value) => db.vss0("x", { e: value }),
    ...numbers,
    ...texts,
  );
  for (const [value, shown] of [
    [-1, "-1"],
    [1.5, "1.5"],
    [NaN, "NaN"],
    [Infinity, "Infinity"],
  ])
    yield {
      what: `vss0: ${shown} dimensions`,
      run: ({ db }) => db.vss0("x", { e: value }),
      ...RangeError,
      message: `vss0 x.e: dimensions is ${shown}, expected a whole number from 0 up`,
    };
  for (const value of [0, 65537, 2 ** 40])
    yield {
      what: `vss0: ${value} dimensions`,
      run: ({ db }) => db.vss0("x", { e: value }),
      message: `vss0 x: column "e": expected dimensions (1 to 65536), got ${value}`,
    };
  for (const text of [
    "text, b text",
    "text)",
    "(2",
    "(2))",
    "text; drop table t",
    "text -- x",
    "text /* x",
    '"',
    "'",
    "text') --",
    "(2), f(3)",
  ])
    yield {
      what: `vss0: column ${text}`,
      run: ({ db }) => db.vss0("x", { e: 2, a: text }),
      ...TypeError,
      message: `vss0 x.a: ${JSON.stringify(text)} is not a column definition, expected dimensions, "(384) metric_type=COSINE" or an SQL type`,
    };
  for (const [what, columns, message] of [
    [
      "another dimension",
      { e: 4, n: "integer", name: "text" },
      'where "e" has 3 dimensions instead of 4',
    ],
    [
      "a column less",
      { e: 3, n: "integer" },
      'with a column "name" that was not asked for',
    ],
    [
      "a column more",
      { e: 3, n: "integer", name: "text", z: "text" },
      'without a column "z"',
    ],
    [
      "another type",
      { e: 3, n: "real", name: "text" },
      'where "n" has the type "integer" instead of "real"',
    ],
    [
      "no vector",
      { e: "text", n: "integer", name: "text" },
      'where "e" is a vector',
    ],
    ["a vector", { e: 3, n: 3, name: "text" }, 'where "n" is not a vector'],
  ])
    yield {
      what: `vss0: ${what}`,
      run: ({ db }) => db.vss0("t", columns),
      message: `vss0: table "t" already exists, ${message}`,
    };
  for (const table of ["posts", "plain"])
    yield {
      what: `vss0: ${table}`,
      run: ({ db }) => db.vss0(table),
      message: `vss0: "${table}" is not a vss0 table`,
    };
  for (const table of ["nope", "", "t "])
    yield {
      what: `vss0: no ${JSON.stringify(table)}`,
      run: ({ db }) => db.vss0(table),
      message: `vss0: no such table "${table}" (name its columns to create it)`,
    };
  yield* refused(
    "open: location is",
    "a string or bytes",
    ({ api }, value) => api.open(value),
    "undefined",
    "buffer",
    "Uint8Array",
    ...texts,
  );
  for (const location of [
    "",
    "x",
    "x.db",
    "ftp://x",
    "memory",
    ":memory",
    "sqlite:x",
  ])
    yield {
      what: `open: ${location}`,
      run: ({ api }) => api.open(location),
      ...TypeError,
      message: /^open: .* is not a location, expected ":memory:"/,
    };
  for (const bytes of [10, 100, 512, 4096])
    yield {
      what: `open: ${bytes} bytes that are no database`,
      run: ({ api }) => api.open(new Uint8Array(bytes).fill(7)),
      code: "SQLITE_NOTADB",
      message: "file is not a database",
    };
}

/** { what, run, name, code, message } */
export function* badArguments() {
  yield* searches();
  yield* conditions();
  yield* rows();
  yield* statements();
  yield* others();
}
