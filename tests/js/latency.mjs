// How long after its deadline a statement ends: each kind of long work, stopped at many points.
//
//   node tests/js/latency.mjs [--rows 200000] [--dimensions 64] [word in a kind's name ...]
//
//      VSS_DIST: the package's folder
//
// It prints one line per kind: how long the statement takes when nothing stops it, and the longest
// time past a deadline, in milliseconds. These are measurements. The tests assert only that the
// deadline is looked at (specs/untrusted.js).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { openInside } from "./lib/inside.js";

const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string", default: "200000" },
    dimensions: { type: "string", default: "64" },
  },
});
const rows = Number(values.rows);
const dimensions = Number(values.dimensions);
const dist = resolve(
  process.env.VSS_DIST ?? new URL("../../dist", import.meta.url).pathname,
);
const { open } = await import(pathToFileURL(join(dist, "index.node.js")).href);
const folder = mkdtempSync(join(tmpdir(), "vss-latency-"));
const location = `file:${join(folder, "long.db")}`;

let state = 1;
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
const vector = () => Float32Array.from({ length: dimensions }, random);

async function build() {
  const db = await open(location);
  const table = db.vss0("t", {
    v: dimensions,
    l1: "(2) metric_type=L1",
    n: "integer",
    name: "text",
    any: "",
  });
  const part = 10000;
  for (let from = 0; from < rows; from += part) {
    const count = Math.min(part, rows - from);
    const ids = Array.from({ length: count }, (_, i) => from + i);
    table.insertMany({
      v: Float32Array.from({ length: count * dimensions }, random),
      l1: Float32Array.from({ length: count * 2 }, random),
      n: ids,
      name: ids.map((id) => `name ${(id * 7919) % rows} of a row`),
      any: ids.map((id) => (id % 2 ? id : `${id}.5e1`)),
    });
  }
  db.exec(
    "create table posts(id integer primary key, embedding blob); insert into posts select rowid, v from t",
  );
  db.close();
}

const series = (/** @type {number} */ n) =>
  `(with recursive s(value) as (select 1 union all select value + 1 from s where value < ${n}) select value from s)`;
const q = `vss_search(v, :q)`;
const big = `[${Array.from({ length: 65536 }, () => "0.123456").join(",")}]`;

/**
 * `warm` is run before, so that only `sql` is measured.
 *
 * @type {Record<string, { sql: string, warm?: string }>}
 */
const kinds = {
  "counting rows": {
    sql: `select count(*) from ${series(20 * rows)}`,
  },
  "open: the index from its blocks": {
    sql: `select rowid from t where ${q} limit 10`,
  },
  "rebuild: the index from its rows": {
    sql: "insert into t(t) values ('rebuild')",
  },
  "integrity check": { sql: "insert into t(t) values ('integrity-check')" },
  "a search, all its rows streamed": {
    sql: `select sum(rowid) from (select rowid from t where ${q})`,
    warm: `select rowid from t where ${q} limit 1`,
  },
  "a hundred searches": {
    sql: `select sum((select distance from t where ${q} and n > value % 10 limit 1)) from ${series(100)}`,
    warm: `select rowid from t where ${q} limit 1`,
  },
  "a metric without codes: every row refined": {
    sql: "select rowid from t where vss_search(l1, '[1, 2]') limit 1",
  },
  "like over every name": {
    sql: `select rowid from t where ${q} and name like '%9%9%9%of%' limit 1`,
    warm: `select rowid from t where ${q} and name = 'x' limit 1`,
  },
  "texts compared as numbers": {
    sql: `select rowid from t where ${q} and "any" > 12 and "any" < '77777777777777777777777' limit 1`,
    warm: `select rowid from t where ${q} and "any" = 'x' limit 1`,
  },
  "in: a set of numbers": {
    sql: `select rowid from t where ${q} and n in ${series(10 * rows)} limit 1`,
  },
  "in: a set of texts": {
    sql: `select rowid from t where ${q} and name in (select 'name ' || value || ' of a row' from ${series(5 * rows)}) limit 1`,
  },
  "faiss_search: the first, reading every row": {
    sql: "select length(faiss_search('main', 'posts', :q, 10))",
  },
  "faiss_search: every row in the answer": {
    sql: `select length(faiss_search('main', 'posts', :q, ${rows}))`,
    warm: "select faiss_search('main', 'posts', :q, 1)",
  },
  "faiss_agg: every row in the answer": {
    sql: `select length(faiss_agg(id, embedding, :q, ${rows})) from posts`,
  },
  "vector functions over long texts": {
    sql: `select sum(vss_distance('JensenShannon', vector_from_json(:big || substr(value, 1, 0)), :big)) from ${series(100)}`,
  },
  "an insert of every row, with its commit": {
    sql: "insert into t(rowid, v, l1, n) select rowid + 10000000, v, l1, n from t",
  },
  "order by": {
    sql: `select value from ${series(5 * rows)} order by value * 7919 % 1000003 limit 1`,
  },
};

/**
 * A database that is ready for the statement. What a short deadline would prevent is done before
 * the deadline is set.
 */
async function prepare({ warm }, deadline) {
  const { db, inside } = await openInside(() => open(location));
  if (warm) db.prepare(warm).get({ q: query });
  if (deadline) inside.restrict(deadline, 0);
  return db;
}

/** How long the statement takes, and whether it was stopped. What it wrote is undone. */
function run(db, { sql }) {
  db.exec("begin");
  const statement = db.prepare(sql);
  const start = performance.now();
  let stopped = false;
  try {
    const given = { q: query, big };
    const named = Object.entries(given).filter(([name]) =>
      sql.includes(`:${name}`),
    );
    statement.get(Object.fromEntries(named));
  } catch (error) {
    if (error.code !== "SQLITE_INTERRUPT") throw error;
    stopped = true;
  }
  const ms = performance.now() - start;
  statement.finalize();
  if (db.inTransaction) db.exec("rollback");
  db.close();
  return { ms, stopped };
}

const query = vector();
await build();
let worst = 0;
for (const [name, kind] of Object.entries(kinds)) {
  if (words.length && !words.some((word) => name.includes(word))) continue;
  const whole = run(await prepare(kind), kind);
  let late = 0;
  let stopped = 0;
  for (let share = 0.05; share < 1; share += 0.09) {
    const deadline = Math.max(1, Math.round(whole.ms * share));
    // The smallest of three: another process may have had the processor just then.
    let least = Infinity;
    for (let i = 0; i < 3; i++) {
      const done = run(await prepare(kind, deadline), kind);
      if (done.stopped) least = Math.min(least, done.ms - deadline);
    }
    if (least === Infinity) continue;
    stopped++;
    late = Math.max(late, least);
  }
  worst = Math.max(worst, late);
  console.log(
    `${name.padEnd(44)} ${whole.ms.toFixed(0).padStart(7)} ms   stopped ${String(stopped).padStart(2)} times   late at most ${late.toFixed(1).padStart(6)} ms`,
  );
}
rmSync(folder, { recursive: true, force: true });
console.log(
  `latency: ${rows} rows of ${dimensions} dimensions, at most ${worst.toFixed(1)} ms past a deadline`,
);
