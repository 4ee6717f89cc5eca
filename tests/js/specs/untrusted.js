// open(..., { untrusted: true }): SQL and files from elsewhere.
import {
  equal,
  isError,
  ok,
  rejects,
  skip,
  spec,
  throws,
} from "../lib/harness.js";
import {
  OTHERS,
  QUADRATIC,
  TABLES,
  callEach,
  errorOf,
} from "../lib/worst-calls.js";

const times = (n, make) => Array.from({ length: n }, (_, i) => make(i));
const list = (n, make = () => "1") => times(n, make).join(", ");
const padded = (size) => `select 1${" ".repeat(size - "select 1".length)}`;

/**
 * The limits that SQLite publishes (sqlite.org/security.html). For each, a statement at the limit,
 * one beyond it, and the error of that.
 */
const LIMITS = {
  "length of a value": [
    (n) => `select length(zeroblob(${n}))`,
    1_000_000,
    { code: "SQLITE_TOOBIG", message: "string or blob too big" },
  ],
  "length of a statement": [padded, 100_000, { code: "SQLITE_TOOBIG" }],
  columns: [
    (n) => `create table wide${n}(${list(n, (i) => `c${i}`)})`,
    100,
    { message: "too many columns on wide101" },
  ],
  "depth of an expression": [
    (n) => `select ${"abs(".repeat(n - 1)}1${")".repeat(n - 1)}`,
    10,
    { message: "Expression tree is too large (maximum depth 10)" },
  ],
  "selects in a compound": [
    (n) => times(n, (i) => `select ${i}`).join(" union "),
    3,
    { message: "too many terms in compound SELECT" },
  ],
  "arguments of a function": [
    (n) => `select max(${list(n)})`,
    8,
    { message: "too many arguments on function max" },
  ],
  "length of a pattern": [
    (n) => `select 'a' like '${"a".repeat(n)}'`,
    50,
    {
      code: "SQLITE_TOOBIG",
      message: "LIKE or GLOB pattern is too long, expected at most 50 bytes",
    },
  ],
  parameters: [
    (n) => `select length(concat_ws('', ?${n}))`,
    101,
    { message: "variable number must be between ?1 and ?101" },
  ],
};

spec("untrusted: SQLite's published limits", async ({ api }) => {
  const db = await api.open(":memory:", { untrusted: true });
  for (const [name, [make, most, beyond]] of Object.entries(LIMITS)) {
    try {
      db.exec(make(most));
    } catch (error) {
      throw new Error(`${name}: ${most} is refused`, { cause: error });
    }
    throws(() => db.exec(make(most + 1)), { name: "VssError", ...beyond });
    equal(db.prepare("select 1").pluck().get(), 1, name);
  }
  const values = (n) => `select count(*) from (values ${list(n, () => "(1)")})`;
  equal(db.prepare(values(5000)).pluck().get(), 5000);
  // SQLite's own answer to a program that is too long.
  throws(() => db.exec(values(19_000)), { code: "SQLITE_NOMEM" });
  db.exec(
    "pragma recursive_triggers = 1; create table t(n); create trigger r after insert on t when new.n > 0 begin insert into t values (new.n - 1); end",
  );
  db.exec("insert into t values (9)");
  throws(() => db.exec("insert into t values (10)"), {
    message: "triggers nested too deep",
  });
  // Without the option none of these limits applies.
  const trusted = await api.open();
  for (const [make, most] of Object.values(LIMITS))
    trusted.exec(make(most + 1));
  trusted.close();
  db.close();
});

spec("untrusted: what SQL may not do", async ({ api }) => {
  const db = await api.open(":memory:", { untrusted: true });
  db.vss0("v", { e: 2, n: "integer" }).insert({ e: [1, 2], n: 3 });
  db.exec("create table t(a); insert into t values (1)");
  const refused = {
    "attach ':memory:' as other": "too many attached databases - max 0",
    "attach 'file.db' as other": "too many attached databases - max 0",
    vacuum: "too many attached databases - max 0",
    "vacuum into 'copy.db'": "too many attached databases - max 0",
    "select load_extension('x')": "no such function: load_extension",
    "select readfile('x')": "no such function: readfile",
    "insert into v_rows values (1, 0, 2)": "table v_rows may not be modified",
    "delete from v_vector0": "table v_vector0 may not be modified",
    "drop table v_cache": "table v_cache may not be dropped",
    "update v_config set value = 9": "table v_config may not be modified",
    "update sqlite_schema set sql = 'x'": "may not be modified",
    "pragma writable_schema = 1; delete from sqlite_schema":
      "may not be modified",
  };
  for (const [sql, message] of Object.entries(refused))
    throws(() => db.exec(sql), { name: "VssError", message });
  // It is refused without an error.
  db.exec("pragma journal_mode = off; pragma mmap_size = 1000000");
  equal(db.prepare("pragma journal_mode").pluck().get(), "memory");
  db.exec("pragma hard_heap_limit = 0; pragma schema_version = 77");
  ok(
    db.prepare("pragma schema_version").pluck().get() !== 77,
    "the schema's version is SQLite's",
  );
  equal(db.vss0("v").search([1, 2], { k: 1 }), [{ rowid: 1, distance: 0 }]);
  db.close();
});

spec("untrusted: a vss0 table works as ever", async ({ api }) => {
  const db = await api.open(":memory:", { untrusted: true });
  const columns = Object.fromEntries(
    times(93, (i) => [`n${i}`, i % 2 ? "integer" : "text"]),
  );
  const table = db.vss0("t", { v: 8, ...columns });
  const row = { v: new Float32Array(8), n0: "a", n91: 91 };
  equal(table.insert(row), 1);
  equal(
    table.insertMany(
      times(500, (i) => ({ ...row, v: new Float32Array(8).fill(i), n1: i })),
    ),
    500,
  );
  const hits = table.search(new Float32Array(8), {
    k: 3,
    where: { n0: "a", n1: { gte: 2, lt: 100 }, n91: 91, n3: null },
  });
  equal(
    hits.map(({ rowid, distance }) => [rowid, distance]),
    [
      [4, 32],
      [5, 72],
      [6, 128],
    ],
  );
  equal(table.delete(4), true);
  db.exec("insert into t(t) values ('integrity-check'), ('rebuild')");
  equal(table.count, 500);
  const copy = await api.open(db.serialize(), { untrusted: true });
  equal(copy.vss0("t").count, 500);
  copy.close();
  db.close();
});

/** A database that somebody else made, opened with a deadline. */
async function openTables(api, deadline) {
  const maker = await api.open();
  maker.exec(TABLES);
  const bytes = maker.serialize();
  maker.close();
  // The check of the file has the same deadline, which a busy machine may miss.
  for (let i = 0; ; i++) {
    try {
      return await api.open(bytes, { untrusted: true, deadline });
    } catch (error) {
      if (error.code !== "SQLITE_INTERRUPT" || i === 100) throw error;
    }
  }
}

spec("untrusted: one long call of a function ends", async ({ api }) => {
  const db = await openTables(api, 100);
  for (const [name, sql] of Object.entries({ ...QUADRATIC, ...OTHERS })) {
    const error = errorOf(db, sql);
    // SQLITE_TOOBIG is an answer too: the result would be beyond the limit.
    const ends = ["SQLITE_INTERRUPT", "SQLITE_TOOBIG"];
    if (QUADRATIC[name]) equal(error?.code, ends[0], name);
    else if (error && !error.message.includes("untrusted SQL"))
      ok(ends.includes(error.code), `${name}: ${error.message}`);
  }
  for (const call of [
    "json_pretty('[1]')",
    "json_pretty('[1]', ' ')",
    "json_patch('{}', '{}')",
    "jsonb_patch('{}', '{}')",
  ])
    throws(() => db.prepare(`select ${call}`).get(), {
      message: `${call.split("(")[0]}() is switched off for untrusted SQL, because its time has no bound`,
    });
  throws(
    () =>
      db.prepare("select 1 from long(?)").get(`NEAR(${"a ".repeat(16)}, 3)`),
    {
      message:
        "fts5: the query has 18 words and NEAR, expected at most 16 in untrusted SQL",
    },
  );
  const words = (n) => "a ".repeat(n);
  for (const sql of [
    `select 1 from long('"${words(20)}"')`,
    `select 1 from long('"${words(20)}"') order by rank`,
    `select 1 from long('NEAR(${words(8)}, 3)')`,
    `select 1 from trigrams where a like '%${"a".repeat(40)}%'`,
  ])
    throws(() => db.prepare(sql).all(), {
      message: "fts5: a row has too many matches for untrusted SQL",
    });
  // The same answers as ever, also in a view of the file's.
  db.exec(
    "create view v as select trim('xxaxx', 'yx') a, instr('abc', 'c') b, replace('aba', 'b', 'cc') c, hex(unhex('0A-0b', '-')) d",
  );
  equal(db.prepare("select * from v").get(), {
    a: "a",
    b: 3,
    c: "acca",
    d: "0A0B",
  });
  db.close();
});

spec("untrusted: the deadline that comes by itself", async ({ api }) => {
  const { now } = Date;
  const begin = now();
  let clock = begin;
  // Each look at the clock finds it 50 ms further.
  Date.now = () => (clock += 50);
  const count =
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 400000) select count(*) from n";
  try {
    for (const [options, ends] of [
      [{ untrusted: true }, true],
      [{ untrusted: true, deadline: Infinity }, false],
      [{}, false],
    ]) {
      const db = await api.open(":memory:", options);
      const statement = db.prepare(count).pluck();
      clock = begin;
      if (ends) {
        throws(() => statement.get(), { code: "SQLITE_INTERRUPT" });
        const ms = clock - begin;
        ok(ms >= 5000 && ms < 5500, `it ended after ${ms} ms`);
      } else equal(statement.get(), 400_000);
      db.close();
    }
  } finally {
    Date.now = now;
  }
});

spec("untrusted: a call of any function ends", async ({ api }) => {
  const db = await openTables(api, 100);
  const answered = new Map();
  callEach(db, 50_000, (sql, argument, name) => {
    const error = errorOf(db, sql, argument);
    answered.set(name, answered.get(name) || !error);
    if (error) equal(error.name, "VssError", `${name}: ${error.message}`);
    ok(error?.code !== "VSS_TRAPPED", name);
  });
  ok(answered.size > 180, `${answered.size} functions`);
  const others = [...answered].filter(([, is]) => !is).map(([name]) => name);
  // They need other arguments, or stand in another place, or are refused.
  equal(others.sort(), [
    "bm25",
    "faiss_agg",
    "faiss_agg_with_scores",
    "faiss_search",
    "faiss_search_with_scores",
    "fts5_get_locale",
    "highlight",
    "json_patch",
    "json_pretty",
    "jsonb_patch",
    "likelihood",
    "match",
    "rtreecheck",
    "snippet",
    "vector_from_blob",
    "vector_slice",
    "vector_to_bit",
    "vector_to_float32",
    "vector_value_at",
    "vss_columns",
    "vss_columns_differ",
    "vss_distance",
    "vss_range_search",
    "vss_search",
    "vss_table_stats",
  ]);
  db.close();
});

spec("untrusted: damaged bytes are refused at once", async ({ api }) => {
  const db = await api.open();
  db.exec(
    "create table t(a, b); create index i on t(a); with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000) insert into t select i, randomblob(20) from n",
  );
  db.vss0("v", { e: 4 }).insertMany({ e: new Float32Array(4000) });
  const bytes = db.serialize();
  db.close();
  (await api.open(bytes, { untrusted: true })).close();
  const page = 8192;
  let refused = 0;
  for (let at = page; at < bytes.length; at += page) {
    const copy = bytes.slice();
    copy.fill(0x7f, at, at + 16);
    try {
      (await api.open(copy, { untrusted: true })).close();
    } catch (error) {
      isError(error, {
        name: "VssError",
        code: /^SQLITE_CORRUPT/.exec(error.code)?.[0] ?? "SQLITE_CORRUPT",
      });
      refused++;
    }
  }
  equal(refused, bytes.length / page - 1, "pages whose damage was seen");
  const error = await rejects(
    api.open(bytes.slice(0, page * 3), { untrusted: true }),
    { name: "VssError" },
  );
  ok(/^SQLITE_CORRUPT/.test(error.code), error.code);
  // Without the option it is opened, and the damage is found later.
  const copy = bytes.slice();
  copy.fill(0x7f, page * 2, page * 2 + 16);
  (await api.open(copy)).close();
});

spec("untrusted: a schema that calls functions", async ({ api }) => {
  const maker = await api.open();
  maker.exec("create table t(a); insert into t values (1)");
  maker.exec("create view v as select secret(a) as s from t");
  maker.exec(
    "create view f as select faiss_search('main', 't', 'x', 1) as s from t",
  );
  maker.exec(
    "create trigger g after insert on t begin select secret(new.a); end",
  );
  const bytes = maker.serialize();
  maker.close();
  const db = await api.open(bytes, { untrusted: true });
  let calls = 0;
  db.function("secret", (x) => (calls++, x));
  throws(() => db.prepare("select * from v").all(), {
    message: "unsafe use of secret()",
  });
  throws(() => db.prepare("select * from f").all(), {
    message: "unsafe use of faiss_search()",
  });
  throws(() => db.exec("insert into t values (2)"), {
    message: "unsafe use of secret()",
  });
  equal(calls, 0);
  equal(db.prepare("select secret(a) from t").pluck().all(), [1]);
  db.close();
});

spec("untrusted: options that are wrong", async ({ api }) => {
  const wrong = {
    'untrusted is "yes", expected true or false': { untrusted: "yes" },
    "untrusted is 1, expected true or false": { untrusted: 1 },
    "untrusted is null, expected true or false": { untrusted: null },
    "deadline is -1, expected a whole number": { deadline: -1 },
    "deadline is NaN, expected a whole number": { deadline: NaN },
    'deadline is "5", expected a whole number': { deadline: "5" },
    "memoryLimit is -5, expected a whole number": { memoryLimit: -5 },
    "memoryLimit is Infinity, expected a whole number": {
      memoryLimit: Infinity,
    },
    "stop is true, expected a function": { stop: true },
    "onBuild is 5, expected a function": { onBuild: 5 },
    'unknown option "untrustd", did you mean "untrusted"?': { untrustd: true },
    'unknown option "deadlin", did you mean "deadline"?': { deadlin: 5 },
    'unknown option "memorylimit", did you mean "memoryLimit"?': {
      memorylimit: 5,
    },
  };
  for (const [message, options] of Object.entries(wrong)) {
    const error = await rejects(api.open(":memory:", options), { message });
    ok(/^(Type|Range)Error$/.test(error.name), error.name);
  }
  const db = await api.open(":memory:", {
    untrusted: false,
    deadline: Infinity,
  });
  equal(db.prepare("select 1").pluck().get(), 1);
  db.close();
});

spec("untrusted: a stored database", async ({ api, env }) => {
  const location = env.location?.();
  if (!location) skip("no storage here");
  try {
    const db = await api.open(location, { untrusted: true });
    db.vss0("t", { v: 2 }).insert({ v: [1, 2] });
    throws(() => db.exec("attach 'x.db' as x"), {
      message: "too many attached databases",
    });
    db.close();
    const again = await api.open(location, { untrusted: true, readonly: true });
    equal(again.vss0("t").count, 1);
    throws(() => again.exec("delete from t"), { code: "SQLITE_READONLY" });
    again.close();
  } finally {
    await env.remove(location);
  }
});
