// A search with a condition on another table, in the ways in which it can be written:
//
//   chosen      from v join d on d.id = v.rowid ... order by v.distance      SQLite chooses
//   search      from v cross join d ...                                      the search drives
//   other       from d cross join v ...                                      the other table drives
//   in          from v where ... and v.rowid in (select id from d ...)       a bitmap
//
// The condition leaves from 10 rows to all of them. "times_best" is the time divided by the
// shortest of the four, so that a busy machine counts for little.
import { makeData } from "../lib/data.mjs";
import { alternate, COLD, median, summary } from "../lib/measure.mjs";

const LIMIT = 10;
/** With more rows than this the other table drives for minutes: a search begins for each row. */
const MOST_DRIVEN = 1000;

/** Of the rows of d, `level` or fewer have a level of at most `level`, about. */
function fill(db, data) {
  db.vss0("v", { e: data.d }).insertMany({ e: data.vectors });
  db.exec("create table d(id integer primary key, level integer)");
  db.exec("create index d_level on d(level)");
  db.prepare(
    `with recursive i(i) as (select 1 union all select i + 1 from i where i < ?)
    insert into d select i, iif(i % (?1 / 10) = 0, 10, iif(i % (?1 / 100) = 0, 100,
      iif(i % (?1 / 1000) = 0, 1000, iif(i % 10 = 0, 10000, 100000)))) from i`,
  ).run([data.n]);
  db.exec("analyze");
}

const statements = (condition) => {
  const tail = `vss_search(v.e, ?) and ${condition} order by v.distance limit ${LIMIT}`;
  const columns = "select v.rowid, v.distance from";
  return {
    chosen: `${columns} v join d on d.id = v.rowid where ${tail}`,
    search: `${columns} v cross join d on d.id = v.rowid where ${tail}`,
    other: `${columns} d cross join v on v.rowid = d.id where ${tail}`,
    in: `${columns} v where v.rowid in (select id from d where ${condition}) and vss_search(v.e, ?)
      order by v.distance limit ${LIMIT}`,
  };
};

/** One line per number of rows and way. */
export async function joins({ vss, quick }, report) {
  const data = makeData({ n: quick ? 10_000 : 100_000, d: 64 });
  const table = [];
  const db = await vss.open(":memory:");
  fill(db, data);
  for (let level = 10; level <= 100_000; level *= 10) {
    const condition = `d.level <= ${level}`;
    const rows = db
      .prepare(`select count(*) as n from d where ${condition}`)
      .get().n;
    const tasks = {};
    const answers = new Set();
    for (const [way, sql] of Object.entries(statements(condition))) {
      if (way === "other" && rows > MOST_DRIVEN) continue;
      const statement = db.prepare(sql);
      tasks[way] = (run) => {
        statement.all([data.queries[run % data.queries.length]]);
      };
      answers.add(JSON.stringify(statement.all([data.queries[0]])));
    }
    const times = await alternate(tasks, 5, COLD);
    const best = Math.min(...Object.values(times).map(median));
    table.push({ rows, best_ms: Number(best.toPrecision(3)) });
    for (const [way, list] of Object.entries(times)) {
      const times_best = Number((median(list) / best).toFixed(2));
      table.at(-1)[way] = times_best;
      report({
        suite: "joins",
        what: "a condition on another table",
        engine: way,
        n: data.n,
        d: data.d,
        rows,
        right: answers.size === 1,
        times_best,
        ...summary(list),
      });
    }
  }
  console.table(table);
  db.close();
}
