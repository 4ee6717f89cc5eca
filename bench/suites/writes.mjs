// The cost of writing: in bulk, beside an ordinary table; and row by row, for tables of several
// sizes.
import { join } from "node:path";
import { rmSync } from "node:fs";
import { makeData } from "../lib/data.mjs";
import { alternate, COLD, summary } from "../lib/measure.mjs";

const RUNS = 15;
const SINGLE_ROWS = 30;

const bytesOf = (vectors, d, i) => vectors.subarray(i * d, (i + 1) * d);

/** Writes the same BLOBs to a vss0 table and to an ordinary one: in SQL, and from JavaScript. */
async function bulk(vss, n, d, report) {
  const db = await vss.open();
  const { vectors } = makeData({ n, d });
  db.exec("create table source(id integer primary key, e blob)");
  const fillSource = db.prepare("insert into source(id, e) values(?, ?)");
  const insertAll = db.transaction((statement) => {
    for (let i = 0; i < n; i++) statement.run(i + 1, bytesOf(vectors, d, i));
  });
  insertAll(fillSource);
  const fresh = () =>
    db.exec(
      `drop table if exists plain; create table plain(id integer primary key, e blob);
       drop table if exists v; create virtual table v using vss0(e(${d}))`,
    );
  const timed = (run) => {
    fresh();
    const start = performance.now();
    run();
    return performance.now() - start;
  };
  const times = await alternate(
    {
      "vss0, insert select": () =>
        timed(() =>
          db.exec(
            "insert into v(rowid, e) select id, e from source where id > 0",
          ),
        ),
      "ordinary table, insert select": () =>
        timed(() =>
          db.exec(
            "insert into plain(id, e) select id, e from source where id > 0",
          ),
        ),
      "vss0, insertMany": () =>
        timed(() => db.vss0("v").insertMany({ e: vectors })),
      "ordinary table, run() a row": () =>
        timed(() => {
          const statement = db.prepare("insert into plain(id, e) values(?, ?)");
          insertAll(statement);
          statement.finalize();
        }),
    },
    RUNS,
    COLD,
  );
  for (const [how, list] of Object.entries(times)) {
    const one = summary(list);
    const rows_per_s = Math.round((n / one.median_ms) * 1000);
    report({
      suite: "writes",
      what: "bulk insert",
      how,
      n,
      d,
      rows_per_s,
      ...one,
    });
  }
  db.close();
}

function singleRows(db, d, vectors, n) {
  const insert = db.prepare("insert into v(e, r) values(?, ?)");
  const update = db.prepare("update v set e = ? where rowid = ?");
  const filter = db.prepare("update v set r = ? where rowid = ?");
  const remove = db.prepare("delete from v where rowid = ?");
  const vector = (i) => bytesOf(vectors, d, i);
  // The rows are spread over the table, because neighbours would share a block.
  const rowid = (i) => 1 + Math.floor(((i + 4) * n) / (SINGLE_ROWS + 8));
  const operations = {
    insert: (i) => insert.run(vector(i + 4), i),
    "update of the vector": (i) => update.run(vector(i + 4), rowid(i)),
    "update of a filter": (i) => filter.run(i, rowid(i)),
    delete: (i) => remove.run(rowid(i)),
  };
  return alternate(
    Object.fromEntries(
      Object.entries(operations).map(([how, run]) => [
        how,
        (i) => {
          const start = performance.now();
          run(i);
          return performance.now() - start;
        },
      ]),
    ),
    SINGLE_ROWS,
    COLD,
  );
}

/** One row per transaction, in a table of n rows: what a commit writes must not depend on n. */
async function autocommit(vss, place, at, n, d, report) {
  const db = await vss.open(at);
  const { vectors, r } = makeData({ n, d });
  db.vss0("v", { e: d, r: "integer" }).insertMany({
    e: vectors,
    r: Array.from(r),
  });
  for (const [how, list] of Object.entries(await singleRows(db, d, vectors, n)))
    report({
      suite: "writes",
      what: "one row, autocommit",
      how,
      place,
      n,
      d,
      ...summary(list),
    });
  db.close();
}

export async function writes({ vss, setup, quick }, report) {
  await bulk(vss, quick ? 4_000 : 20_000, 384, report);
  const file = join(setup.work, "writes.db");
  for (const n of quick ? [1_000, 10_000] : [1_000, 10_000, 100_000]) {
    await autocommit(vss, "memory", ":memory:", n, 384, report);
    rmSync(file, { force: true });
    await autocommit(vss, "file", `file:${file}`, n, 384, report);
  }
  rmSync(file, { force: true });
}
