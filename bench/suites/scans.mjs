// Queries without a search, on a vss0 table and on an ordinary table with indexes on its columns:
//
//   count(*) ... where   one or two columns are compared
//   group by             one or two columns, whose values come back with their counts
//   facets()             beside the same two statements on the ordinary table
//   join                 SQLite chooses the order of the tables, beside CROSS JOIN
//   by a text id         rows are read, changed or deleted one by one
//
// The two tables are in one database and hold the same rows. "times" is the median of vss0 divided
// by that of the ordinary table, and of the join by that of the CROSS JOIN; "times_least" is the
// same of the least times, for which a busy machine counts little.
import { makeData } from "../lib/data.mjs";
import { BESIDE, OURS } from "../lib/lines.mjs";
import { alternate, COLD, summary } from "../lib/measure.mjs";

const DIMENSIONS = 64;
const SECTIONS = ["food", "art", "sport", "travel", "science"].flatMap((name) =>
  ["", " today", " and wine"].map((tail) => name + tail),
);
const [FIRST_YEAR, YEARS] = [1980, 40];
const RUNS = 15;
/** A row is found by its id so quickly that so many of them are timed together. */
const POINTS = 20;

/** All different up to a million rows, and in no order. */
const idOf = (i) => `id-${String((i * 7919) % 1_000_003).padStart(7, "0")}`;

/** Fills v and p with the same rows. */
function fill(db, { n, d, vectors, r }) {
  db.exec(
    `create virtual table v using vss0(id text primary key, e(${d}), section text, year integer)`,
  );
  const v = db.vss0("v");
  v.insertMany({
    e: vectors,
    id: Array.from({ length: n }, (_, i) => idOf(i)),
    section: Array.from(r, (value) => SECTIONS[value % SECTIONS.length]),
    year: Array.from(r, (value) => FIRST_YEAR + ((value * 31) % YEARS)),
  });
  db.exec(`create table p(row integer primary key, id text unique, e blob, section text, year int);
    insert into p select rowid, id, e, section, year from v;
    create index p_section on p(section, year);
    create index p_year on p(year)`);
  return v;
}

/** What is asked of both tables, where $t stands for the name of either. */
const QUERIES = {
  "count, text = literal": ["select count(*) from $t where section = 'food'"],
  "count, text = ?": ["select count(*) from $t where section = ?", ["food"]],
  "count, integer = ?": ["select count(*) from $t where year = ?", [2001]],
  "count, integer between": [
    "select count(*) from $t where year between 1990 and 2010",
  ],
  "count, two columns": [
    "select count(*) from $t where section = ? and year > ?",
    ["food", 2001],
  ],
  "group by text": ["select section, count(*) from $t group by section"],
  "group by integer": ["select year, count(*) from $t group by year"],
  "group by two columns": [
    "select section, year, count(*) from $t group by section, year",
  ],
  "group by integer, text = ?": [
    "select year, count(*) from $t where section = ? group by year",
    ["food"],
  ],
};

function queryTasks(db, sql, values = []) {
  const of = (table) => {
    const statement = db.prepare(sql.replace("$t", table));
    return () => statement.all(values);
  };
  return { v: of("v"), p: of("p") };
}

function facetTasks(db, v) {
  const columns = ["section", "year"];
  const statements = columns.map((column) =>
    db.prepare(
      `select ${column} as value, count(*) as count from p group by 1 order by 2 desc, 1`,
    ),
  );
  return {
    v: () => Object.values(v.facets(columns)),
    p: () => statements.map((statement) => statement.all()),
  };
}

/** The rows of a section, each with its row of p. */
function joinTasks(db) {
  const of = (way) => {
    const statement = db.prepare(
      `select v.rowid from v ${way} p on p.row = v.rowid where v.section = 'food'`,
    );
    return () => statement.all();
  };
  return { join: of("join"), cross: of("cross join") };
}

const POINT_QUERIES = {
  "read by text id": "select section, year from $t where id = ?",
  "update by text id": "update $t set year = year + 1 where id = ?",
  "delete by text id": "delete from $t where id = ?",
};

/** One statement per row, in a transaction that is undone without being timed. */
function pointTasks(db, n, sql) {
  const of = (table) => {
    const statement = db.prepare(sql.replace("$t", table));
    return (run) => {
      db.exec("begin");
      const start = performance.now();
      let answer;
      for (let i = 0; i < POINTS; i++)
        answer = statement.all([idOf((run * POINTS + i) % n)]);
      const ms = performance.now() - start;
      db.exec("rollback");
      return { ms, answer };
    };
  };
  return { v: of("v"), p: of("p") };
}

/** Two tasks in turn, whose answers have to be the same. */
async function beside(tasks, how) {
  const answers = Object.values(tasks).map((task) => {
    const result = task(0);
    return JSON.stringify(result.answer ?? result);
  });
  const timed = Object.fromEntries(
    Object.entries(tasks).map(([side, task]) => [side, (run) => task(run).ms]),
  );
  const times = Object.values(await alternate(timed, RUNS, how));
  return { right: answers[0] === answers[1], sides: times.map(summary) };
}

/** Two lines per question: vss0, and what it is measured against. */
export async function scans({ vss, quick }, report) {
  const data = makeData({ n: quick ? 10_000 : 100_000, d: DIMENSIONS });
  const { n, d } = data;
  const db = await vss.open(":memory:");
  const v = fill(db, data);
  const table = [];
  const add = async (what, tasks, how) => {
    const { right, sides } = await beside(tasks, how);
    [OURS, BESIDE].forEach((engine, i) =>
      report({ suite: "scans", what, engine, n, d, right, ...sides[i] }),
    );
    const [ours, theirs] = sides;
    const times = (key) => Number((ours[key] / theirs[key]).toPrecision(3));
    table.push({
      what,
      right,
      times: times("median_ms"),
      times_least: times("min_ms"),
      median_ms: ours.median_ms,
      other_ms: theirs.median_ms,
    });
  };
  for (const [what, [sql, values]] of Object.entries(QUERIES))
    await add(what, queryTasks(db, sql, values));
  await add("facets of two columns", facetTasks(db, v));
  await add("join beside its CROSS JOIN", joinTasks(db));
  for (const [what, sql] of Object.entries(POINT_QUERIES))
    await add(what, pointTasks(db, n, sql), COLD);
  console.table(table);
  db.close();
}
