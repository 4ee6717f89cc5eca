// What a process or Worker does until it is killed, and what must be found afterwards. Knows no
// runtime.
//
// Commit n puts n into `log` and a few rows into the vss0 table, all with the number n; commits
// divisible by 5 also delete the rows of commit n - 5, by 7 change rows in place. `report(n)`
// follows each commit.
import { equal, ok, randomNumbers } from "../lib/harness.js";

const DIM = 16;
const ROWS = 20;

/** The rows of commit n: the same whenever they are made. */
function rowsOf(n) {
  const random = randomNumbers(n * 7919 + 1);
  return Array.from({ length: ROWS }, (_, i) => ({
    rowid: n * ROWS + i,
    v: Float32Array.from({ length: DIM }, () => Math.round(random() * 20) / 4),
    n,
    note: "x".repeat(Math.floor(random() * 200)),
  }));
}

const isDeleted = (n, last) => n % 5 === 0 && n + 5 <= last;
/** The note of a row once commit `last` is in. */
const noteOf = (row, last) =>
  Math.floor(last / 7) * 7 > row.n && row.rowid % 3 === 0
    ? "changed"
    : row.note;

/** Commit for ever, from where the database is. */
export function work(db, report) {
  db.exec("create table if not exists log(n integer primary key)");
  const table = db.vss0("t", { v: DIM, n: "integer", note: "text" });
  const step = db.transaction((n) => {
    db.prepare("insert into log values (?)").run(n);
    table.insertMany(rowsOf(n));
    if (n % 5 === 0) db.prepare("delete from t where n = ?").run(n - 5);
    if (n % 7 === 0)
      db.prepare(
        "update t set note = 'changed' where n < ? and rowid % 3 = 0",
      ).run(n);
  });
  let n = db.prepare("select coalesce(max(n), 0) from log").pluck().get();
  for (;;) {
    step(++n);
    report(n);
  }
}

/**
 * Everything committed is there, nothing else is, and a search equals a plain loop.
 * @param {number} reported the last commit that was reported
 * @param {number} more how many commits after it may have been made without a report
 * @returns {number} the last commit found
 */
export function verify(db, reported, more) {
  equal(db.prepare("pragma integrity_check").pluck().all(), ["ok"]);
  if (!db.prepare("select 1 from sqlite_schema where name = 'log'").get()) {
    equal(reported, 0, "a database without tables");
    return 0;
  }
  const last = db.prepare("select coalesce(max(n), 0) from log").pluck().get();
  ok(
    last >= reported && last <= reported + more,
    `commit ${reported} was reported, ${last} found`,
  );
  equal(
    db.prepare("select count(*) from log").pluck().get(),
    last,
    "commits in the log",
  );
  if (!db.prepare("select 1 from sqlite_schema where name = 't'").get())
    return last;
  const expected = [];
  // The first commits are many after a while: the rows of the last hundred are compared one by one,
  // all are counted.
  const from = Math.max(1, last - 100);
  let total = 0;
  for (let n = 1; n <= last; n++) if (!isDeleted(n, last)) total += ROWS;
  for (let n = from; n <= last; n++)
    if (!isDeleted(n, last)) expected.push(...rowsOf(n));
  equal(
    db.prepare("select count(*) from t").pluck().get(),
    total,
    "rows in the table",
  );
  const stored = db
    .prepare("select rowid, note from t where n >= ? order by rowid")
    .raw()
    .all(from);
  equal(
    stored,
    expected.map((row) => [row.rowid, noteOf(row, last)]),
    "rows",
  );
  const query = rowsOf(last + 1)[0].v;
  const distance = (row) =>
    Math.fround(row.v.reduce((sum, x, i) => sum + (x - query[i]) ** 2, 0));
  const nearest = expected
    .map((row) => ({ rowid: row.rowid, distance: distance(row) }))
    .sort((a, b) => a.distance - b.distance || a.rowid - b.rowid)
    .slice(0, 30);
  equal(
    db.vss0("t").search(query, { k: 30, where: { n: { gte: from } } }),
    nearest,
    "the nearest rows",
  );
  return last;
}
