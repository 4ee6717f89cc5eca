// What only vss-wasm is asked: more rows of a running search, many queries in one statement,
// memory.
import { createVss } from "../engines/vss.mjs";
import { makeData } from "../lib/data.mjs";
import { ONE_PASS } from "../lib/lines.mjs";
import { alternate, summary } from "../lib/measure.mjs";
import { createOnePass } from "../lib/one-pass.mjs";

const RUNS = 15;

/** The time until one running search has given each of these numbers of rows. */
function stream(statement, query, counts) {
  const start = performance.now();
  const rows = statement.iterate(query);
  const times = [];
  let count = 0;
  for (const next of counts) {
    while (count < next && !rows.next().done) count++;
    times.push(performance.now() - start);
  }
  rows.return?.();
  return times;
}

/** The next page of a running search: m more rows after the first ten. */
async function pages({ db, data }, report) {
  const statement = db
    .prepare("select rowid from v where vss_search(e, ?)")
    .pluck();
  const more = [100, 1_000, 10_000].filter((m) => m < data.n / 2);
  const times = Array.from({ length: RUNS + 3 }, (_, i) =>
    stream(statement, data.queries[i % data.queries.length], [
      10,
      ...more.map((m) => m + 10),
    ]),
  ).slice(3);
  const { n, d } = data;
  report({
    suite: "own",
    what: "first page",
    n,
    d,
    k: 10,
    ...summary(times.map((t) => t[0])),
  });
  more.forEach((m, i) => {
    const extra = summary(times.map((t) => t[i + 1] - t[0]));
    report({
      suite: "own",
      what: "next page",
      n,
      d,
      more: m,
      ...extra,
    });
  });
  statement.finalize();
}

/**
 * What a row costs at least: one look-up of its vector, in the order in which a search gives rows.
 * Rounds of the same query find all pages in SQLite's cache, as the next page of a search does.
 */
async function lookups({ db, data }, report) {
  const { n, d } = data;
  const m = Math.min(10_000, n / 2);
  db.exec("create table ranked(id integer primary key, row integer)");
  db.prepare(
    "insert into ranked(row) select rowid from v where vss_search(e, ?) limit ?",
  ).run(data.queries[0], m);
  // The comparison reads the BLOB, which the first byte alone would not.
  db.exec("create table plain(id integer primary key, vector blob)");
  db.exec("insert into plain select rowid, e from v");
  const plain = db
    .prepare(
      "select r.row from ranked r cross join plain p on p.id = r.row where p.vector > x''",
    )
    .pluck();
  const times = await alternate(
    {
      rows: () => {
        for (const row of plain.iterate()) void row;
      },
    },
    RUNS,
  );
  report({
    suite: "own",
    what: "plain look-up",
    n,
    d,
    more: m,
    ...summary(times.rows),
  });
  plain.finalize();
  db.exec("drop table ranked; drop table plain");
}

/**
 * The nearest rows of each of many queries: one statement for all, against one search for each, and
 * against one pass over 8-bit codes.
 */
async function manyQueries({ db, engine, data, setup }, report) {
  const { n, d, queries } = data;
  db.exec("create table queries(id integer primary key, e blob)");
  const insert = db.prepare("insert into queries(e) values(?)");
  for (const query of queries) insert.run(query);
  const joined = db
    .prepare(
      "select q.id, v.rowid from queries q join v on vss_search(v.e, vss_search_params(q.e, 10))",
    )
    .raw();
  // Each query is given together with the fifteen after it, so that sixteen share a pass over the
  // codes.
  const ahead = db
    .prepare(
      `select q.id, v.rowid
       from (select id, vss_ahead(e) over (order by id rows between current row and 15 following) as e from queries) q
         join v on vss_search(v.e, vss_search_params(q.e, 10))`,
    )
    .raw();
  const single = db
    .prepare("select rowid from v where vss_search(e, ?) limit 10")
    .pluck();
  const one = (statement) => statement.all().map((row) => row[1]);
  const each = () => queries.flatMap((query) => single.all(query));
  const wanted = JSON.stringify(each());
  const same = [joined, ahead].every(
    (statement) => JSON.stringify(one(statement)) === wanted,
  );
  const { table, simd } = engine;
  const pass = setup.kernels && (await createOnePass(setup.kernels, data));
  const times = await alternate(
    {
      "one search each": () => void each(),
      "one statement": () => void one(joined),
      "one statement, vss_ahead()": () => void one(ahead),
      ...(table.searchMany && {
        "searchMany()": () => void table.searchMany(queries, { k: 10 }),
      }),
      ...(pass && { [ONE_PASS]: () => pass.search().ms }),
    },
    RUNS,
  );
  for (const [how, list] of Object.entries(times))
    report({
      suite: "own",
      what: "many queries",
      how,
      simd,
      n,
      d,
      queries: queries.length,
      identical: same,
      ...summary(list),
    });
  joined.finalize();
  ahead.finalize();
  single.finalize();
}

/** Resident bytes per row, with both filter columns in use, and how many rows a search refines. */
async function memory({ db, engine, data }, report) {
  const { n, d, queries } = data;
  const count = () =>
    JSON.parse(db.prepare("select vss_table_stats('v') as json").get().json);
  const pluck = (sql) => db.prepare(sql).pluck().get();
  for (const column of ["r", "c"])
    engine.search(queries[0], 10, { column, below: 500 });
  const bytes = pluck("select vss_memory_usage('v')");
  report({
    suite: "own",
    what: "memory",
    n,
    d,
    filters: 2,
    bytes_per_row: Number((bytes / n).toFixed(1)),
  });
  for (const k of [10, 100]) {
    let before;
    try {
      before = count();
    } catch {
      return; // vss_table_stats() of this build has no such count
    }
    for (const query of queries) engine.search(query, k, null);
    const refined = (count().refined - before.refined) / queries.length;
    report({ suite: "own", what: "refined rows", n, d, k, refined });
  }
}

export async function own({ vss, setup, quick }, report) {
  const data = makeData({ n: quick ? 20_000 : 100_000, d: 384 });
  const filled = async (options) => {
    const engine = await createVss(vss, options);
    engine.fill(data);
    return { db: engine.db, engine, data, setup };
  };
  const context = await filled({});
  await pages(context, report);
  await lookups(context, report);
  await manyQueries(context, report);
  await memory(context, report);
  context.engine.close();
  if (context.engine.simd === "baseline") return;
  const baseline = await filled({ simd: "baseline" });
  await manyQueries(baseline, report);
  baseline.engine.close();
}
