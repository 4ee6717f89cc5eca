// Bad SQL that is not about vectors: k, radius, rowids, CREATE, commands, names, and the places of
// a search. Rules make the cases.

const WHOLE = "expected an integer of 0 or more";

/** Values that are no k, and how SQLite writes them. */
const BAD_K = [
  [-1, "-1"],
  [-(2n ** 63n), "-9223372036854775808"],
  [1.5, "1.5"],
  [-0.5, "-0.5"],
  [1e300, "1.0e+300"],
  [Infinity, "Inf"],
  ["a", "a"],
  ["", ""],
  ["1.5", "1.5"],
  ["-3", "-3"],
  ["3x", "3x"],
  ["0x10", "0x10"],
  [new Uint8Array([65, 66]), "AB"],
];

function* badK() {
  const params =
    "select rowid from t where vss_search(e, vss_search_params('[1, 2, 3]', ?))";
  const hidden = "select rowid from t where e match '[1, 2, 3]' and k = ?";
  for (const [value, shown] of [...BAD_K, [null, "NULL"]])
    yield {
      sql: params,
      params: [value],
      message: `vss0 t.e: k is ${shown}, ${WHOLE}`,
    };
  for (const [value, shown] of BAD_K)
    yield {
      sql: hidden,
      params: [value],
      message: `vss0 t: k is ${shown}, ${WHOLE}`,
    };
  for (const comparison of [
    "k < 5",
    "k > 5",
    "k <= 5",
    "k >= 5",
    "k in (1, 2)",
    "k = 1 and k = 2",
    "k <> 1 and k = 1",
  ])
    yield {
      sql: `select rowid from t where e match '[1, 2, 3]' and ${comparison}`,
      message: "vss0 t: k takes `k = ?`, once and no other comparison",
    };
}

/** Of faiss_search() and faiss_agg(): at least 1. */
const BAD_FAISS_K = [
  [0, "0, expected at least 1"],
  [-1, "-1, expected at least 1"],
  [-(2n ** 63n), "-9223372036854775808, expected at least 1"],
  ["0", "0, expected at least 1"],
  ["-7", "-7, expected at least 1"],
  [1.5, "1.5, expected a whole number"],
  ["2.25", "2.25, expected a whole number"],
  [-0.5, "-0.5, expected a whole number"],
  [1e300, "1.0000000000000001e+300, expected a whole number"],
  ["a", "TEXT, expected an INTEGER of at least 1"],
  ["", "TEXT, expected an INTEGER of at least 1"],
  [null, "NULL, expected an INTEGER of at least 1"],
  [new Uint8Array([49]), "BLOB, expected an INTEGER of at least 1"],
];

function* badFaiss() {
  const places = {
    faiss_search: "select faiss_search('main', 'posts', '[1, 2, 3]', ?)",
    faiss_search_with_scores:
      "select faiss_search_with_scores('main', 'posts', '[1, 2, 3]', ?)",
    faiss_agg: "select faiss_agg(id, embedding, '[1, 2, 3]', ?) from posts",
    faiss_agg_with_scores:
      "select faiss_agg_with_scores(id, embedding, '[1, 2, 3]', ?) from posts",
  };
  for (const [name, sql] of Object.entries(places))
    for (const [value, text] of BAD_FAISS_K)
      yield { sql, params: [value], message: `${name}(): k is ${text}` };
  for (const name of ["faiss_search", "faiss_search_with_scores"]) {
    const sql = `select ${name}(?, ?, '[1, 2, 3]', 1)`;
    for (const [value, type] of [
      [null, "NULL"],
      [1, "INTEGER"],
      [1.5, "REAL"],
      [new Uint8Array([109]), "BLOB"],
    ]) {
      yield {
        sql,
        params: [value, "posts"],
        message: `${name}(): database is ${type}, expected the TEXT of a name`,
      };
      yield {
        sql,
        params: ["main", value],
        message: `${name}(): table is ${type}, expected the TEXT of a name`,
      };
    }
    for (const database of ["", "mian", "other", "main ", "posts"])
      yield {
        sql,
        params: [database, "posts"],
        message: `${name}(): unknown database '${database}', expected main, temp, an attached name or the name of an attached file without its suffix`,
      };
    for (const table of ["", "psts", "posts ", "main.posts", '"posts"'])
      yield {
        sql,
        params: ["main", table],
        message: `${name}(): unknown table main.${table}`,
      };
    yield {
      sql,
      params: ["main", "plain"],
      message: `${name}(): main.plain has no column 'id', expected id and embedding`,
    };
    for (const args of [
      "",
      "'main'",
      "'main', 'posts'",
      "'main', 'posts', '[1]'",
      "'main', 'posts', '[1]', 1, 1",
    ])
      yield {
        sql: `select ${name}(${args})`,
        message: `wrong number of arguments to function ${name}()`,
      };
  }
  for (const name of ["faiss_agg", "faiss_agg_with_scores"]) {
    yield {
      sql: `select ${name}(id, embedding, '[1, 2, 3]', id) from posts`,
      message: `${name}(): k changed from 1 to 2 inside a group, expected one value per group`,
    };
    yield {
      sql: `select ${name}(id, embedding, embedding, 2) from posts`,
      message: `${name}(): compare_embedding changed inside a group, expected one value per group`,
    };
    yield {
      sql: `select ${name}(x'00', embedding, '[1, 2, 3]', 2) from posts`,
      message: `${name}(): an id in the answer is a BLOB of 1 bytes, which JSON cannot hold, expected INTEGER, TEXT, REAL or NULL`,
    };
    yield {
      sql: `select ${name}(id, embedding, '[1, 2, 3]', 2) over () from posts`,
      message: `${name}() may not be used as a window function`,
    };
  }
  for (const [value, type] of [
    [null, "NULL"],
    [1, "INTEGER"],
    [1.5, "REAL"],
    [new Uint8Array(4), "BLOB"],
  ])
    yield {
      sql: "select faiss_encode(?)",
      params: [value],
      message: `faiss_encode(): argument is ${type}, expected the TEXT of a JSON array of numbers`,
    };
  for (const [value, type] of [
    [null, "NULL"],
    [1, "INTEGER"],
    [1.5, "REAL"],
    ["[1]", "TEXT"],
  ])
    yield {
      sql: "select faiss_decode(?)",
      params: [value],
      message: `faiss_decode(): argument is ${type}, expected a BLOB of float32 components`,
    };
}

function* badRadius() {
  const sql =
    "select rowid from t where vss_range_search(e, vss_range_search_params('[1, 2, 3]', ?))";
  for (const [value, shown] of [
    [-1, "-1"],
    [-0.5, "-0.5"],
    [-1e300, "-1.0e+300"],
    ["a", "a"],
    ["", ""],
    ["-2", "-2"],
    [null, "NULL"],
    [new Uint8Array([65]), "A"],
    [-Infinity, "-Inf"],
  ])
    yield {
      sql,
      params: [value],
      message: `vss0 t.e: radius is ${shown}, expected a number of 0 or more`,
    };
  yield {
    sql: "select rowid from t where vss_range_search(e, '[1, 2, 3]')",
    message:
      "vss0 t.e: vss_range_search() takes vss_range_search_params(vector, radius)",
  };
  yield {
    sql: "select rowid from t where vss_range_search(e, vss_search_params('[1, 2, 3]', 1))",
    message:
      "vss0 t.e: vss_range_search() takes vss_range_search_params(vector, radius), got vss_search_params()",
  };
  yield {
    sql: "select rowid from t where vss_search(e, vss_range_search_params('[1, 2, 3]', 1))",
    message:
      "vss0 t.e: vss_search() takes a vector or vss_search_params(vector, k), got vss_range_search_params()",
  };
}

const PLACE =
  "must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column";

function* badPlaces() {
  const on = "vss0 t: vss_search() or vss_range_search() " + PLACE;
  const search = "vss_search(e, '[1, 2, 3]')";
  for (const sql of [
    `select rowid from t where ${search} or n = 1`,
    `select rowid from t where not ${search}`,
    `select rowid from t where ${search} = 0`,
    `select rowid from t where coalesce(${search}, 1)`,
    `select rowid from t where case when n then ${search} end`,
    `select ${search} from t`,
    `select rowid from t order by ${search}`,
    `select count(*) from t group by ${search}`,
    `delete from t where ${search} or n = 1`,
    `update t set n = ${search}`,
    `select p.a from posts q left join t on t.rowid = q.id left join plain p where ${search} or t.rowid is null`,
  ])
    yield { sql, message: on };
  for (const name of ["vss_search", "vss_range_search"]) {
    for (const args of ["'a', 'b'", "null, null", "1, '[1, 2, 3]'"])
      yield { sql: `select ${name}(${args})`, message: `${name}() ${PLACE}` };
    yield {
      sql: `select a from plain where ${name}(a, '[1, 2, 3]')`,
      message: `${name}() ${PLACE}`,
    };
    for (const args of ["", "e", "e, 1, 2"])
      yield {
        sql: `select rowid from t where ${name}(${args})`,
        message: `wrong number of arguments to function ${name}()`,
      };
  }
  for (const what of ["n", "name"])
    for (const term of [
      `vss_search(${what}, '[1, 2, 3]')`,
      `${what} match '[1, 2, 3]'`,
      `vss_range_search(${what}, vss_range_search_params('[1]', 1))`,
    ])
      yield {
        sql: `select rowid from t where ${term} limit 1`,
        message: `vss0 t.${what}: not a vector column, so it cannot be searched`,
      };
  yield {
    sql: `select rowid from t where ${search} and ${search}`,
    message:
      "vss0 t: more than one search term (vss_search, vss_range_search or match) in one query",
  };
  yield {
    sql: "select rowid from two where vss_search(e, '[1, 2]') and vss_search(f, '[1, 2]')",
    message:
      "vss0 two: more than one search term (vss_search, vss_range_search or match) in one query",
  };
  yield {
    sql: "select rowid from t where k = 5",
    message:
      "vss0 t: k = ? without a search; add `<vector column> match ?` or vss_search(), with a query from no table behind it in a CROSS or LEFT JOIN",
  };
}

/** Definitions of a table, each with its error. */
function* badCreate() {
  const create = (what, message) => ({
    sql: `create virtual table x using vss0(${what})`,
    message: message instanceof RegExp ? message : `vss0 x: ${message}`,
  });
  const noVector =
    "at least one vector column is needed, such as embedding(384)";
  for (const what of [
    "",
    "a",
    "a text",
    "a, b integer",
    "a text collate nocase",
  ])
    yield create(what, noVector);
  for (const [dims, got] of [
    ["", ")"],
    ["0", "0"],
    ["00", "00"],
    ["-1", "-"],
    ["+3", "+"],
    ["65537", "65537"],
    ["99999999999999999999999", "99999999999999999999999"],
    ["1.5", "1.5"],
    ["1e3", "1e3"],
    ["0x10", "0x10"],
    ["abc", "abc"],
    ["'3'", "'3'"],
    ['"3"', '"3"'],
    ["*", "*"],
    ["=", "="],
  ])
    for (const name of ["e", '"a b"', "[e]"])
      yield create(
        `${name}(${dims})`,
        `column "${name.replace(/["[\]]/g, "")}": expected dimensions (1 to 65536), got ${got}`,
      );
  const metrics =
    "expected L2, INNER_PRODUCT, COSINE, L1, Linf, Canberra, BrayCurtis, JensenShannon or HAMMING";
  for (const metric of [
    "L3",
    "L22",
    "euclidian!",
    "cos ine",
    "2",
    "JensenShanon",
    "Lp",
    "metric",
  ])
    for (const option of ["metric_type", "distance_metric"])
      yield create(
        `e(2) ${option}="${metric}"`,
        `column "e": unknown ${option} "${metric}", ${metrics}`,
      );
  for (const factory of [
    "IVF100,Flat",
    "HNSW32",
    "PQ8",
    "Flat,PQ8",
    "",
    "flat,idmap3",
    "LSH",
  ])
    yield create(
      `e(2) factory="${factory}"`,
      `column "e": factory "${factory}" is not supported: vss0 is exact and flat ("Flat", "Flat,IDMap" or "Flat,IDMap2")`,
    );
  for (const storage of ["cloud", "", "faiss", "ondisk", "memory"])
    yield create(
      `e(2) storage_type="${storage}"`,
      `column "e": unknown storage_type "${storage}", expected faiss_shadow or faiss_ondisk`,
    );
  for (const [option, near] of [
    ["metric", ""],
    ["metrictype", "metric_type"],
    ["metric_typ", "metric_type"],
    ["factor", "factory"],
    ["storagetype", "storage_type"],
    ["dimension", ""],
    ["k", ""],
    ["collate", ""],
  ])
    yield create(
      `e(2) ${option}=L2`,
      new RegExp(
        `^vss0 x: column "e": unknown option "${option}", expected factory, metric_type, storage_type or scale${near && ` \\(did you mean ${near}\\?\\)`}`,
      ),
    );
  for (const option of ["metric_type", "factory", "storage_type"]) {
    yield create(
      `e(2) ${option}`,
      'column "e": expected = after the option, got nothing more',
    );
    yield create(
      `e(2) ${option}=`,
      'column "e": expected a value after =, got nothing more',
    );
  }
  yield create(
    "e(2) metric_type=L2 metric_type=L1",
    'column "e": option metric_type is given twice',
  );
  yield create(
    "e(2) metric_type=L2 distance_metric=L2",
    'column "e": option distance_metric is given twice',
  );
  for (const constraint of [
    "not null",
    "null",
    "unique",
    "default 5",
    "check (a > 1)",
    "references t",
    "generated always as (1)",
    "as (1)",
    "constraint c unique",
    "partition key",
    "autoincrement",
  ])
    for (const type of ["", "text ", "integer ", "varchar(10) "])
      yield create(
        `e(2), a ${type}${constraint}`,
        `column "a": constraint "${constraint}" is not supported, a filter column has only a type and a collation`,
      );
  for (const [type, got] of [
    ["", "no type"],
    ["int ", "int"],
    ["varchar(10) ", "varchar(10)"],
  ])
    yield create(
      `e(2), a ${type}primary key`,
      `column "a": a primary key is text or integer, got ${got}`,
    );
  for (const name of ["rowid", "ROWID", "_rowid_", "oid", "distance", "k", "K"])
    for (const [quoted, rest] of [
      [name, "(2)"],
      [`"${name}"`, "(2)"],
      [name, " text"],
    ])
      yield create(
        `e(2), ${quoted}${rest}`,
        `column "${name}": the name is reserved`,
      );
  for (const twin of ["e", "E", '"e"'])
    for (const rest of ["(3)", " text", ""])
      yield create(
        `e(2), ${twin}${rest}`,
        `column "${twin.replaceAll('"', "")}" is declared twice`,
      );
  for (const twin of ["x", "X"])
    yield create(
      `e(2), ${twin} text`,
      `column "${twin}": a column cannot have the table's name`,
    );
  for (const collation of ["klingon", '"no case"', "utf8"])
    yield {
      ...create(
        `e(2), a text collate ${collation}`,
        `no such collation sequence: ${collation.replaceAll('"', "")}`,
      ),
      code: "SQLITE_ERROR_MISSING_COLLSEQ",
    };
  for (const [type, got] of [
    ["uint8[4]", "uint8"],
    ["bits[8]", "bits"],
    ["double[4]", "double"],
    ["float64[4]", "float64"],
  ])
    yield create(
      `e ${type}`,
      `column "e": expected float, float16, int8 or bit before [dimensions], got ${got}`,
    );
  for (const [table, what] of [
    ["t", "table"],
    ["plain", "table"],
  ])
    yield {
      sql: `create virtual table ${table} using vss0(e(2))`,
      message: `${what} ${table} already exists`,
    };
  yield {
    sql: "create virtual table x using vss1(e(2))",
    message: "no such module: vss1",
  };
  yield {
    sql: "create virtual table other.x using vss0(e(2))",
    message: "unknown database other",
  };
}

function* badWrites() {
  const row = "insert into t(rowid, e) values";
  for (const id of [1, 2, 3])
    yield {
      sql: `${row} (${id}, '[1, 2, 3]')`,
      code: "SQLITE_CONSTRAINT_ROWID",
      message: `UNIQUE constraint failed: t.rowid (${id} already exists)`,
    };
  for (const id of ["a", "1x", 1.5, new Uint8Array(1), "", 1e300])
    yield {
      sql: `${row} (?, '[1, 2, 3]')`,
      params: [id],
      code: "SQLITE_MISMATCH",
      message: "datatype mismatch",
    };
  for (const [id, shown] of [
    ["b", "b"],
    [1.5, "1.5"],
    [null, "NULL"],
    ["1x", "1x"],
  ])
    yield {
      sql: "update t set rowid = ? where rowid = 1",
      params: [id],
      code: "SQLITE_MISMATCH",
      message: `vss0 t.rowid: got ${shown}, expected an integer`,
    };
  for (const column of ["distance"])
    for (const value of [0, 1.5, "a", new Uint8Array(1)])
      yield {
        sql: `insert into t(${column}, e) values (?, '[1, 2, 3]')`,
        params: [value],
        message: `vss0 t.${column}: is computed by a search and cannot be written`,
      };
  for (const command of [
    "",
    "polish",
    "rebuilds",
    "integrity_check",
    "optimize",
    "drop",
  ])
    yield {
      sql: "insert into t(t) values (?)",
      params: [command],
      message: `vss0 t: unknown command '${command}', expected 'rebuild', 'integrity-check', 'cache-off' or 'cache-on'`,
    };
  for (const table of ["t_rows", "t_vector0", "t_cache", "t_config"]) {
    for (const sql of [
      `delete from ${table}`,
      `insert into ${table} default values`,
      `update ${table} set rowid = 1`,
    ])
      if (!(table === "t_config" && sql.includes("rowid")))
        yield { sql, message: `table ${table} may not be modified` };
    yield {
      sql: `drop table ${table}`,
      message: `table ${table} may not be dropped`,
    };
    yield {
      sql: `alter table ${table} add column z`,
      message: `table ${table} may not be altered`,
    };
  }
}

function* badNames() {
  for (const name of ["vss_memory_usage", "vss_table_stats"]) {
    for (const [table, shown] of [
      [null, "NULL"],
      ["", ""],
      ["nope", "nope"],
      ["plain", "plain"],
      ["t ", "t "],
      [5, "5"],
    ])
      yield {
        sql: `select ${name}(?)`,
        params: [table],
        message: `${name}(): no vss0 table named ${shown}`,
      };
    yield {
      sql: `select ${name}('t', 't')`,
      message:
        name === "vss_table_stats"
          ? "vss_table_stats(): unknown kind 't', expected 'sizes'"
          : `wrong number of arguments to function ${name}()`,
    };
  }
  for (const [schema, table, shown] of [
    ["main", null, "NULL"],
    ["main", "nope", "nope"],
    ["temp", "t", "t"],
    ["", "t", "t"],
    ["other", "t", "t"],
    ["main", "plain", "plain"],
  ])
    yield {
      sql: "select vss_columns(?, ?)",
      params: [schema, table],
      message: `vss_columns(): no vss0 table named ${shown}`,
    };
  for (const [metric, type] of [
    [1, "INTEGER"],
    [1.5, "REAL"],
    [new Uint8Array(2), "BLOB"],
  ])
    yield {
      sql: "select vss_distance(?, '[1]', '[2]')",
      params: [metric],
      message: `vss_distance(): metric is ${type}, expected the TEXT name of one`,
    };
  for (const metric of ["L3", "l 2", "no", "cosin"])
    yield {
      sql: "select vss_distance(?, '[1]', '[2]')",
      params: [metric],
      message: `vss_distance(): unknown metric '${metric}', expected L2, INNER_PRODUCT, COSINE, L1, Linf, Canberra, BrayCurtis, JensenShannon or HAMMING`,
    };
  for (const [index, type] of [
    ["0", "TEXT"],
    [0.5, "REAL"],
    [new Uint8Array(1), "BLOB"],
  ])
    yield {
      sql: "select vector_value_at('[1, 2, 3]', ?)",
      params: [index],
      message: `vector_value_at(): index is ${type}, expected an INTEGER`,
    };
  for (const index of [-1, 3, 4, 2 ** 31, -(2n ** 63n)])
    yield {
      sql: "select vector_value_at('[1, 2, 3]', ?)",
      params: [index],
      message: `vector_value_at(): index ${index} is out of range, the vector has 3 components from 0`,
    };
  for (const sql of [
    "select missing from t",
    "select t.missing from t",
    "update t set missing = 1",
    "delete from t where missing",
  ])
    yield { sql, message: /no such column: (t\.)?missing/ };
  yield {
    sql: "insert into t(missing) values (1)",
    message: "table t has no column named missing",
  };
}

function* badFvecs() {
  const record = (dim, floats) => {
    const bytes = new Uint8Array(4 + 4 * floats);
    new DataView(bytes.buffer).setInt32(0, dim, true);
    return bytes;
  };
  const sql = "select * from vector_fvecs_each(?)";
  for (const [value, type] of [
    [1, "INTEGER"],
    [1.5, "REAL"],
    ["text", "TEXT"],
  ])
    yield {
      sql,
      params: [value],
      message: `vector_fvecs_each(): input is ${type}, expected the BLOB of an .fvecs file`,
    };
  for (const n of [1, 2, 3])
    yield {
      sql,
      params: [new Uint8Array(n)],
      message: `vector_fvecs_each(): input ends inside the dimension of vector 1, at byte ${n}`,
    };
  for (const dim of [0, -1, 65537, 2 ** 31 - 1, -(2 ** 31)])
    yield {
      sql,
      params: [record(dim, 4)],
      message: `vector_fvecs_each(): vector 1 has ${dim} components, expected 1 to 65536`,
    };
  for (const [dim, floats] of [
    [2, 1],
    [3, 0],
    [65536, 10],
  ])
    yield {
      sql,
      params: [record(dim, floats)],
      message: `vector_fvecs_each(): input ends inside vector 1 of ${dim} components, at byte ${4 + 4 * floats}`,
    };
  yield {
    sql: "select * from vector_fvecs_each",
    message:
      "vector_fvecs_each(): no input, expected the BLOB of an .fvecs file",
  };
  const forms = {
    vector_from_json: ["TEXT", "the TEXT of a JSON array of numbers"],
    vector_from_blob: [
      "BLOB",
      "what vector_to_blob() makes: 'v', 1 and 4 bytes per component",
    ],
    vector_from_raw: ["BLOB", "float32 components of 4 bytes each"],
  };
  for (const [name, [form, wanted]] of Object.entries(forms))
    for (const [value, type] of [
      [1, "INTEGER"],
      [1.5, "REAL"],
      ["[1]", "TEXT"],
      [new Uint8Array(4), "BLOB"],
    ])
      if (type !== form)
        yield {
          sql: `select ${name}(?)`,
          params: [value],
          message: `${name}(): argument is ${type}, expected ${wanted}`,
        };
  for (const n of [1, 3, 4, 5, 8])
    yield {
      sql: "select vector_from_blob(?)",
      params: [new Uint8Array(n)],
      message: `vector_from_blob(): argument is a BLOB of ${n} bytes, expected ${forms.vector_from_blob[1]}`,
    };
  for (const n of [1, 2, 3, 5, 6])
    yield {
      sql: "select vector_from_raw(?)",
      params: [new Uint8Array(n)],
      message: `vector_from_raw(): argument is a BLOB of ${n} bytes, expected ${forms.vector_from_raw[1]}`,
    };
}

const shown = (value) =>
  typeof value === "bigint"
    ? `${value}n`
    : ArrayBuffer.isView(value)
      ? `bytes ${value}`
      : typeof value === "string"
        ? JSON.stringify(value)
        : String(value);

/** { what, sql, params, code, message } */
export function* badSql() {
  for (const make of [
    badK,
    badFaiss,
    badRadius,
    badPlaces,
    badCreate,
    badWrites,
    badNames,
    badFvecs,
  ])
    for (const input of make())
      yield {
        ...input,
        what: `${input.sql}${input.params ? `: ${input.params.map(shown).join(", ")}` : ""}`,
      };
}
