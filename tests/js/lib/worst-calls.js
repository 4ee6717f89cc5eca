// Calls of SQLite's functions whose time grows with their arguments, at the sizes that untrusted
// mode allows: 1,000,000 bytes for a value, 50 for a pattern.

/** An SQL text of n (an even number) times that character. */
const many = (n, text = "a") =>
  `replace(hex(zeroblob(${n / 2})), '0', '${text}')`;
const ones = `'[' || ${many(480_000, "1,")} || '1]'`;
const deepOnes = `${many(960, "[")} || ${many(400_000, "1,")} || '1' || ${many(960, "]")}`;

/**
 * The tables that some of the calls need. They are made without limits, as a file from elsewhere
 * would be.
 */
export const TABLES = `
  create virtual table long using fts5(a);
  insert into long values (${many(60_000, "a ")}), (${many(60_000, "a. ")});
  create virtual table trigrams using fts5(a, tokenize = trigram);
  insert into trigrams values (${many(60_000)});
  create virtual table many using fts5(a, detail = none, content = '');
  create virtual table words using fts5vocab(long, 'instance');
  create virtual table boxes using rtree(id, a, b);
  with recursive n(i) as (select 1 union all select i + 1 from n limit 5000)
    insert into boxes select i, i % 100, i % 100 + 1 from n;
  insert into many(rowid, a) select id, 'a' from boxes;
  create table texts(a);
  insert into texts select ${many(9_000)} || (id % 7) from boxes where id <= 100;
  create view two as select 1 as a union all select 2;
  create view two4 as select a.a from two a, two b, two c, two d;
  create view two16 as select a.a from two4 a, two4 b, two4 c, two4 d;
  create view two64 as select a.a from two16 a, two16 b, two16 c, two16 d;
`;

/** Calls whose time grows with the product of two lengths. Left alone, each runs for seconds. */
export const QUADRATIC = {
  trim: `select trim(${many(144_000)}, ${many(36_000, "b")} || 'a')`,
  ltrim: `select ltrim(${many(144_000)}, ${many(36_000, "b")} || 'a')`,
  rtrim: `select rtrim(${many(144_000)}, ${many(36_000, "b")} || 'a')`,
  instr: `select instr(${many(480_000)}, ${many(240_000)} || 'b')`,
  "instr of BLOBs": `select instr(zeroblob(900000), zeroblob(450000) || x'01')`,
  replace: `select replace(${many(480_000)}, ${many(240_000)} || 'b', 'x')`,
  unhex: `select unhex(${many(480_000, "z")}, ${many(480_000, "y")} || 'z')`,
  snippet: "select length(snippet(long, 0, '[', ']', '', 64)) from long('a')",
  "a view of 2^64 rows": "select count(*) from two64",
  "a recursion without end":
    "with recursive n(i) as (select 1 union select i + 1 from n) select count(*) from n",
  "a window":
    "with recursive n(i) as (select 1 union all select i + 1 from n limit 1000000) select max(s) from (select sum(i) over (order by i rows between unbounded preceding and unbounded following) s from n)",
};

/**
 * Calls that look at each byte a few times, that stop at the limit of a value's size, or that may
 * be done before the deadline.
 */
export const OTHERS = {
  "replace by more": `select replace(${many(990_000)}, 'a', 'bb')`,
  highlight: "select length(highlight(long, 0, '', '')) from long('a')",
  "highlight, wide": `select length(highlight(long, 0, ${many(900_000)}, '')) from long('a')`,
  bm25: "select bm25(long) from long('a a a a a a a a a a')",
  "bm25 of many rows":
    "select bm25(many) from many('a or a or a or a') limit 1",
  "fts5, long query": `select count(*) from long(${many(450_000, "a ")})`,
  "fts5, phrase": `select count(*) from long('"' || ${many(990, "a ")} || 'b"')`,
  "fts5, near": `select count(*) from long('NEAR(' || ${many(980, "a ")} || ', 3)')`,
  "fts5, prefix": "select count(*) from long('a*')",
  "fts5, trigrams": `select count(*) from trigrams where a like '%${"a".repeat(40)}b%'`,
  "fts5, insert": `insert into long values (${many(450_000, "a ")})`,
  "fts5, insert words": `insert into long values (${many(9_000)} || hex(randomblob(400000)))`,
  "fts5, insert trigrams": `insert into trigrams values (hex(randomblob(490000)))`,
  "fts5, optimize": "insert into long(long) values ('optimize')",
  "fts5, integrity-check": "insert into long(long) values ('integrity-check')",
  "fts5, rebuild": "insert into long(long) values ('rebuild')",
  "fts5, merge": "insert into long(long, rank) values ('merge', -1000)",
  "fts5, AND": `select count(*) from long('${Array(300).fill("a").join(" AND ")}')`,
  "fts5, AND without a common row": `select count(*) from many('${Array(200).fill("a").join(" AND ")} AND b')`,
  "fts5, NOT": `select count(*) from many('${Array(100).fill("(a NOT b)").join(" OR ")}')`,
  "fts5, prefixes": `select count(*) from long('${Array(400).fill("a*").join(" ")}')`,
  "fts5, prefix of a phrase": `select count(*) from long('${Array(300).fill("a").join(" + ")} + a*')`,
  "fts5, first words": `select count(*) from long('${Array(300).fill("^a").join(" OR ")}')`,
  "fts5, columns": `select count(*) from long('${Array(200).fill("a : a").join(" OR ")}')`,
  "fts5, phrases": `select count(*) from long('${Array(150).fill('"a a a b"').join(" OR ")}')`,
  "fts5, phrase of a row": `select count(*) from long('"${"a ".repeat(14)}"')`,
  "fts5, NEAR of a row": `select count(*) from long('NEAR(${"a ".repeat(7)}, 9)')`,
  "fts5, sorted by rank":
    "select rowid from many('a or a or a or a') order by rank limit 1",
  fts5vocab: "select count(*) from words",
  "fts5vocab, a word": "select max(offset) from words where term = 'a'",
  rtree: "select count(*) from boxes, boxes b where b.a > boxes.a",
  rtreecheck: "select rtreecheck('boxes')",
  rtreenode: "select rtreenode(5, x'0000ffff' || zeroblob(900000))",
  "sort of long texts":
    "select max(a) from (select a.a || b.a || c.a || d.a || 'x' a, b.rowid r from texts a, texts b, texts c, texts d where a.rowid + b.rowid + c.rowid + d.rowid < 30 order by 1 collate nocase, 2)",
  "sort of many rows":
    "with recursive n(i) as (select 1 union all select i + 1 from n limit 120000) select max(i) from (select i from n order by i * 7919 % 100003, i)",
  "group_concat, separator": `select length(group_concat(a, ${many(900_000)})) from texts`,
  "group_concat, window":
    "select max(length(g)) from (select group_concat(id, 'xxxx') over (order by id rows between 4000 preceding and current row) g from boxes)",
  "json_group_array, window":
    "select max(length(g)) from (select json_group_array(id) over (order by id rows between 4000 preceding and current row) g from boxes)",
  json_group_object: "select length(json_group_object(id, a)) from boxes",
  "sort for an index": "create index by_text on texts(a collate nocase)",
  "distinct texts":
    "select count(distinct x.a || y.rowid) from texts x, texts y",
  "union of texts":
    "select count(*) from (select x.a || y.rowid from texts x, texts y union select a from texts)",
  "a window of frames":
    "select max(s) from (select sum(a) over (order by a groups between 9 preceding and 9 following exclude ties) s from boxes)",
  "a window of texts":
    "select max(length(g)) from (select group_concat(a) over (order by rowid rows between 90 preceding and current row) g from texts)",
  like: `select ${many(990_000)} like '%${"a".repeat(48)}b'`,
  "like, many wildcards": `select ${many(990_000)} like '${"%a".repeat(24)}b'`,
  glob: `select ${many(990_000)} glob '*${"[^b]".repeat(11)}b'`,
  "printf, precision": "select length(printf('%.999000d', 1))",
  "printf, width": "select length(printf('%999000s', 1))",
  "printf, many": `select printf(${many(100_000, "%.900000d%.0s")}, 1)`,
  "printf, quotes": `select length(printf('%Q', ${many(480_000, "''")}))`,
  hex: "select length(hex(zeroblob(499000)))",
  quote: "select length(quote(zeroblob(499000)))",
  upper: `select length(upper(${many(990_000)}))`,
  substr: `select length(substr(${many(480_000, "\u00e9")}, 470000, 2))`,
  concat_ws: `select length(concat_ws(${many(100_000)}, 1, 2, 3, 4, 5, 6, 7))`,
  randomblob: "select length(randomblob(999000))",
  strftime: `select length(strftime(${many(800, "%G%V%U%W%j%u")}, 'now'))`,
  "strftime, long": `select length(strftime(${many(40_000, "%G%V%U%W%j%u")}, 'now'))`,
  date: `select date('now', ${many(900_000)})`,
  "cast to real": `select cast(${many(980_000, "9")} as real)`,
  "compare without case": `select ${many(990_000)} = ${many(990_000)} collate nocase`,
  unistr: `select length(unistr(${many(160_000, "\\0061")}))`,
  json: `select length(json(${ones}))`,
  "json, deep": `select length(json(${deepOnes}))`,
  jsonb: `select length(jsonb(${deepOnes}))`,
  json_extract: `select json_extract(${ones}, '$[479000]')`,
  json_remove: `select length(json_remove(${ones}, '$[0]', '$[1]', '$[2]', '$[3]'))`,
  json_set: `select length(json_set(${ones}, '$[#]', 1, '$[#]', 1))`,
  "json_set, deep": `select length(json_set('{}', '$' || ${many(960, ".a")}, 1))`,
  json_quote: `select length(json_quote(${many(480_000, '"')}))`,
  json_each: `select count(*) from json_each(${ones})`,
  json_tree: `select max(length(path)) from json_tree(${deepOnes})`,
  "json_each twice": `with j(s) as materialized (select ${ones}) select count(*) from j, json_each(j.s), json_each(j.s)`,
  "json_set, again and again":
    "with recursive n(i, s) as (select 1, '{}' union all select i + 1, json_set(s, '$.a' || i, i) from n limit 60000) select max(length(s)) from n",
  "vector, tiny numbers": `select length(vector_to_blob('[' || ${many(65_000, "1e-300,")} || '1]'))`,
  "vector, long numbers": `select length(vector_to_blob('[' || ${many(48_000, "7.0064923216241e-46,")} || '1]'))`,
  "vector, a long number": `select length(vector_to_blob('[0.' || ${many(900_000, "9")} || ']'))`,
  json_array_length: `select json_array_length(${ones})`,
  json_valid: `select json_valid(jsonb(${ones}), 8)`,
  json_error_position: `select json_error_position(${ones} || '[')`,
};

/** What a function is called with: the longest text, BLOB and array, and numbers. */
const ARGUMENTS = [
  (size) => "a".repeat(size),
  (size) => new Uint8Array(size),
  (size) => `[${"1,".repeat(size / 2 - 2)}1]`,
  () => 1e15,
  () => 3,
];

/**
 * Each function that the connection has, called with arguments of that size: with one to four of
 * them where it takes any number. `run` gets the SQL, the argument and the function's name.
 */
export function callEach(db, size, run) {
  const functions = db
    .prepare("select distinct name, narg, type from pragma_function_list")
    .all();
  for (const { name, narg, type } of functions) {
    const counts = narg >= 0 ? [narg] : [1, 2, 3, 4];
    for (const argument of ARGUMENTS)
      for (const n of counts) {
        const call = `"${name}"(${Array(n).fill("?1").join(", ")})`;
        const sql =
          type === "w" ? `select ${call} over () from two` : `select ${call}`;
        run(n === 0 ? `${sql} where ?1 = ?1` : sql, argument(size), name);
      }
  }
}

/** The error of a call, whose statement is done with. */
export function errorOf(db, sql, ...parameters) {
  try {
    const statement = db.prepare(sql);
    try {
      statement.run(...parameters);
    } finally {
      statement.finalize();
    }
  } catch (error) {
    return error;
  }
}
