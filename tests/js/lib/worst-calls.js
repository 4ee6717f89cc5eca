// One call of each of SQLite's functions whose time grows with its arguments, at the sizes that
// untrusted mode allows: 1,000,000 bytes for a value, 50 for a pattern.

/** An SQL text of n (an even number) times that character. */
const many = (n, text = "a") =>
  `replace(hex(zeroblob(${n / 2})), '0', '${text}')`;
const ones = `'[' || ${many(480_000, "1,")} || '1]'`;
const deepOnes = `${many(960, "[")} || ${many(400_000, "1,")} || '1' || ${many(960, "]")}`;

/** Calls whose time grows with the product of two lengths. Left alone, each runs for seconds. */
export const QUADRATIC = {
  trim: `select trim(${many(144_000)}, ${many(36_000, "b")} || 'a')`,
  ltrim: `select ltrim(${many(144_000)}, ${many(36_000, "b")} || 'a')`,
  rtrim: `select rtrim(${many(144_000)}, ${many(36_000, "b")} || 'a')`,
  instr: `select instr(${many(480_000)}, ${many(240_000)} || 'b')`,
  "instr of BLOBs": `select instr(zeroblob(900000), zeroblob(450000) || x'01')`,
  replace: `select replace(${many(480_000)}, ${many(240_000)} || 'b', 'x')`,
  unhex: `select unhex(${many(480_000, "z")}, ${many(480_000, "y")} || 'z')`,
};

/** Calls that look at each byte a few times, or stop at the limit of a value's size. */
export const LINEAR = {
  "replace by more": `select replace(${many(990_000)}, 'a', 'bb')`,
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
  strftime: `select length(strftime(${many(40_000, "%G%V%U%W%j%u")}, 'now'))`,
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
  json_array_length: `select json_array_length(${ones})`,
  json_valid: `select json_valid(jsonb(${ones}), 8)`,
  json_error_position: `select json_error_position(${ones} || '[')`,
};
