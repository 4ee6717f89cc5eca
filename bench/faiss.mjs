// faiss_search and faiss_agg over ordinary tables: first call, later calls, a call after one
// insert; the aggregate against the sort it replaces.
//
//   node bench/faiss.mjs [--quick]
//
// It prints one JSON line per measurement on stdout, and a table with the goals on stderr. Times
// are medians; `runs` says of how many.
import { open } from "../dist/index.node.js";

const quick = process.argv.includes("--quick");
const K = 10;

/** splitmix32: it gives the same vectors on every machine. */
function randomizer(seed) {
  return () => {
    seed = (seed + 0x9e3779b9) | 0;
    let z = seed;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Vectors that lie around 64 centres, as embeddings do: a centre, and noise half as long. */
function* vectors(n, dim, seed) {
  const random = randomizer(seed);
  const centres = Array.from({ length: 64 * dim }, () => random() - 0.5);
  for (let i = 0; i < n; i++) {
    const from = Math.floor(random() * 64) * dim;
    yield Float32Array.from(
      { length: dim },
      (_, j) => centres[from + j] + (random() - 0.5) / 2,
    );
  }
}

function median(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function timed(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

const rows = [];
function report(what, n, dim, ms, runs, extra = {}) {
  const row = {
    bench: "faiss",
    runtime: `node ${process.version}`,
    what,
    n,
    dim,
    k: K,
    ms,
    runs,
    ...extra,
  };
  rows.push(row);
  console.log(JSON.stringify(row));
}

async function filled(n, dim) {
  const db = await open(":memory:");
  db.exec("create table docs(id integer primary key, embedding blob)");
  const insert = db.prepare("insert into docs(embedding) values (?)");
  db.exec("begin");
  for (const vector of vectors(n, dim, 1)) insert.run(vector);
  db.exec("commit");
  insert.finalize();
  return db;
}

async function benchSearch(n, dim) {
  const db = await filled(n, dim);
  const queries = [...vectors(51, dim, 2)];
  const search = db
    .prepare("select faiss_search('main', 'docs', ?, ?)")
    .pluck();
  const brute = db
    .prepare(
      "select json_group_array(id) from (select id from docs order by vss_distance_l2(embedding, ?), id limit ?)",
    )
    .pluck();

  report(
    "first call",
    n,
    dim,
    timed(() => search.get(queries[0], K)),
    1,
  );
  for (const query of queries.slice(0, 3)) {
    const got = JSON.stringify(JSON.parse(search.get(query, K)));
    if (got !== brute.get(query, K))
      throw new Error(`faiss_search differs from brute force at ${n} x ${dim}`);
  }
  // The two take turns, so that both meet the same load of the machine.
  const insert = db.prepare("insert into docs(embedding) values (?)");
  const plain = [];
  const after = [];
  for (const query of queries) {
    plain.push(timed(() => search.get(query, K)));
    insert.run(query);
    after.push(timed(() => search.get(query, K)));
  }
  report("later call", n, dim, median(plain), plain.length);
  report("call after one insert", n, dim, median(after), after.length, {
    ratio: median(after) / median(plain),
    goal: 3,
  });
  const memory = db
    .prepare("select memory_bytes from faiss_indexes")
    .pluck()
    .get();
  report("memory", n, dim, null, 1, { bytes_per_row: memory / n });
  db.close();
}

async function benchAgg(n, dim) {
  const db = await filled(n, dim);
  const queries = [...vectors(n > 100_000 ? 5 : 15, dim, 3)];
  const agg = db
    .prepare("select faiss_agg(id, embedding, ?, ?) from docs")
    .pluck();
  const sort = db
    .prepare(
      "select id from docs order by vss_distance_l2(embedding, ?) limit ?",
    )
    .pluck();
  const ours = [];
  const theirs = [];
  for (const query of queries) {
    let got, wanted;
    ours.push(timed(() => (got = JSON.parse(agg.get(query, K)))));
    theirs.push(timed(() => (wanted = sort.all(query, K))));
    if (JSON.stringify(got) !== JSON.stringify(wanted))
      throw new Error(`faiss_agg differs at ${n} x ${dim}`);
  }
  report(
    "order by vss_distance_l2 limit k",
    n,
    dim,
    median(theirs),
    theirs.length,
  );
  report("faiss_agg", n, dim, median(ours), ours.length, {
    ratio: median(ours) / median(theirs),
    goal: 2,
  });
  db.close();
}

const sizes = quick ? [1_000, 10_000] : [1_000, 10_000, 100_000];
for (const n of sizes) await benchSearch(n, 384);
for (const n of sizes) await benchAgg(n, 384);
// A million rows of 384 components do not fit into the memory of many machines. Of 64 components,
// they do.
if (!quick) await benchAgg(1_000_000, 64);

for (const { what, n, dim, ms, ratio, goal, bytes_per_row } of rows) {
  const value =
    ms === null
      ? `${bytes_per_row.toFixed(0)} bytes per row`
      : `${ms.toFixed(3)} ms`;
  const verdict = goal
    ? `${ratio.toFixed(2)} x, goal ${goal} x: ${ratio <= goal ? "met" : "MISSED"}`
    : "";
  console.error(
    `${String(n).padStart(9)} x ${String(dim).padEnd(4)} ${what.padEnd(34)} ${value.padStart(20)}  ${verdict}`,
  );
}
