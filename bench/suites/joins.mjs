// A search with a condition on another table, in the ways in which it can be written:
//
//   chosen      from v join d on d.id = v.rowid ... order by v.distance      SQLite chooses
//   search      from v cross join d ...                                      the search first
//   other       from d cross join v ...                                      the other table first
//   in          from v where ... and v.rowid in (select id from d ...)       a bitmap
//
// Two joins: by the rowid, where each row of d names one row of v; and by a filter column, where
// ten tenants of an owner name the rows. The condition leaves from 10 rows to all of them. Each is
// asked with the statistics of ANALYZE, and without. "times_best" is the least time divided by that
// of the better order, "search" or "other", so that a busy machine counts for little.
import { makeData } from "../lib/data.mjs";
import { alternate, COLD, summary } from "../lib/measure.mjs";

const LIMIT = 10;
/** Each owner has so many tenants. */
const TENANTS = 10;
/** A way that is slower than this is measured twice, and not five times. */
const SLOW_MS = 300;

const levels = (n) => [10, 100, 1_000, 10_000, 100_000].filter((m) => m <= n);

/** Of d, the rows with the same value of g<level> are `level`; v has tenants of level / 10 rows. */
function fill(db, data) {
  const { n, d, vectors } = data;
  const all = levels(n);
  const group = (i, size) => (i * 7919) % Math.max(1, Math.floor(n / size));
  const columns = Object.fromEntries(all.map((m) => [`t${m}`, "integer"]));
  const tenants = Object.fromEntries(
    all.map((m) => [
      `t${m}`,
      Array.from({ length: n }, (_, i) => group(i + 1, m / TENANTS)),
    ]),
  );
  db.vss0("v", { e: d, ...columns }).insertMany({ e: vectors, ...tenants });
  db.exec(`create table d(id integer primary key, ${all.map((m) => `g${m}`)})`);
  const insert = db.prepare(
    `insert into d values (?, ${all.map(() => "?").join(", ")})`,
  );
  db.exec("begin");
  for (let i = 1; i <= n; i++) insert.run([i, ...all.map((m) => group(i, m))]);
  db.exec("commit");
  insert.finalize();
  for (const m of all)
    db.exec(`create index d_g${m} on d(g${m});
      create table o${m}(id integer primary key, owner integer);
      insert into o${m} select distinct t${m}, t${m} / ${TENANTS} from v;
      create index o${m}_owner on o${m}(owner)`);
}

/** The statements of one join: `other` with the condition, and what ties it to v. */
function statements({ other, alias, on, key, column, condition }) {
  const tail = `vss_search(v.e, ?) and ${condition} order by v.distance limit ${LIMIT}`;
  const columns = "select v.distance from";
  return {
    chosen: `${columns} v join ${other} ${alias} on ${on} where ${tail}`,
    search: `${columns} v cross join ${other} ${alias} on ${on} where ${tail}`,
    other: `${columns} ${other} ${alias} cross join v on ${on} where ${tail}`,
    in: `${columns} v where v.${column} in (select ${key} from ${other} ${alias} where ${condition})
      and vss_search(v.e, ?) order by v.distance limit ${LIMIT}`,
  };
}

const joinsOf = (level) => ({
  rowid: statements({
    other: "d",
    alias: "d",
    on: "d.id = v.rowid",
    key: "id",
    column: "rowid",
    condition: `d.g${level} = 0`,
  }),
  tenant: statements({
    other: `o${level}`,
    alias: "o",
    on: `o.id = v.t${level}`,
    key: "id",
    column: `t${level}`,
    condition: "o.owner = 0",
  }),
});

/** Times each way in turn. The answers have to be the same. */
async function measure(db, ways, data) {
  const tasks = {};
  const answers = new Set();
  let slowest = 0;
  for (const [way, sql] of Object.entries(ways)) {
    const statement = db.prepare(sql);
    tasks[way] = (run) => {
      statement.all([data.queries[run % data.queries.length]]);
    };
    const start = performance.now();
    answers.add(JSON.stringify(statement.all([data.queries[0]])));
    slowest = Math.max(slowest, performance.now() - start);
  }
  const times = await alternate(tasks, slowest > SLOW_MS ? 2 : 5, COLD);
  return { times, right: answers.size === 1 };
}

/** One line per join, number of rows, statistics and way. */
export async function joins({ vss, quick }, report) {
  const data = makeData({ n: quick ? 10_000 : 100_000, d: 64 });
  const table = [];
  const db = await vss.open(":memory:");
  fill(db, data);
  for (const statistics of ["analyze", "none"]) {
    if (statistics === "analyze") db.exec("analyze");
    else db.exec("delete from sqlite_stat1; analyze sqlite_schema");
    for (const level of levels(data.n)) {
      for (const [join, ways] of Object.entries(joinsOf(level))) {
        const { times, right } = await measure(db, ways, data);
        const best = Math.min(...times.search, ...times.other);
        const line = { join, statistics, rows: level, right };
        for (const [way, list] of Object.entries(times)) {
          const times_best = Number((Math.min(...list) / best).toPrecision(3));
          line[way] = times_best;
          report({
            suite: "joins",
            what: `a condition on another table, by ${join}, statistics: ${statistics}`,
            engine: way,
            n: data.n,
            d: data.d,
            rows: level,
            right,
            times_best,
            ...summary(list),
          });
        }
        table.push({ ...line, best_ms: Number(best.toPrecision(3)) });
      }
    }
  }
  console.table(table);
  db.close();
}
