// Writes docs/benchmarks.md, its plots, and the goals in docs/performance.md, all from the lines of
// a run.
//
//   node bench/report.mjs [results file]      default: the newest full run in bench/results
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { goals } from "./lib/goals.mjs";
import {
  historyRows,
  historySeries,
  isFullRun,
  readHistory,
} from "./lib/history.mjs";
import { select } from "./lib/lines.mjs";
import { peerRows } from "./lib/peers.mjs";
import { linePlot } from "./lib/plot.mjs";
import { readResults } from "./lib/results.mjs";

const here = new URL(".", import.meta.url).pathname;
const docs = join(here, "../docs");

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
const ms = (x) =>
  x === undefined
    ? "-"
    : x >= 100
      ? x.toFixed(0)
      : x >= 10
        ? x.toFixed(1)
        : x.toFixed(2);
const count = (n) => n.toLocaleString("en");
const verdict = (met) => (met ? "met" : "**not met**");

/** The goals on the terminal. */
export function printTable(lines) {
  for (const { what, wanted, measured, met } of goals(lines))
    console.log(
      `${met ? "met    " : "NOT MET"}  ${what}: ${measured} (goal: ${wanted})`,
    );
}

function filterText({ filter, selectivity }) {
  if (!filter) return "none";
  const percent = `${Number((100 * selectivity).toPrecision(3))} %`;
  return `${percent}, ${filter === "r" ? "scattered" : "together"}`;
}

/** One row per case, one column per engine; the recall where it is not 1. */
function searchTable(lines, n, d, data) {
  const found = lines.filter(
    (l) =>
      l.what === "search" &&
      l.n === n &&
      l.d === d &&
      (l.data ?? "clustered") === data,
  );
  const engines = [...new Set(found.map((l) => l.engine))];
  const cases = [...new Set(found.map((l) => `${l.k}|${filterText(l)}`))];
  const cell = (key, engine) => {
    const line = found.find(
      (l) => l.engine === engine && `${l.k}|${filterText(l)}` === key,
    );
    if (!line) return "-";
    const right = line.recall === undefined || line.recall === 1;
    return `${ms(line.median_ms)}${right ? "" : ` (recall ${line.recall.toFixed(2)})`}`;
  };
  return table(
    ["k", "filter", ...engines],
    cases.map((key) => [
      ...key.split("|"),
      ...engines.map((e) => cell(key, e)),
    ]),
  );
}

function searchTables(lines, suite) {
  const found = select(lines, { suite, what: "search" });
  const sizes = [
    ...new Set(
      found.map((l) => JSON.stringify([l.n, l.d, l.data ?? "clustered"])),
    ),
  ].map((s) => JSON.parse(s));
  const title = ([n, d, data]) => `### ${count(n)} x ${d}, ${data}`;
  return sizes
    .map((size) => `${title(size)}\n\n${searchTable(found, ...size)}`)
    .join("\n\n");
}

function runText(run) {
  const peers = Object.entries(run.peers)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  return [
    `- ${run.date.slice(0, 10)}, ${run.cpu}, ${run.cores} cores, ${run.memory_gb} GB, ${run.os}; load average at the start ${run.load_at_start.join(", ")}`,
    `- Node ${run.node} (V8 ${run.v8}), ${run.chromium ?? "no Chromium"}`,
    `- vss.wasm: ${run.simd ?? "baseline"} SIMD, ${count(run.module.bytes)} bytes, ${count(run.module.gzip)} gzipped, sha256 ${run.module.sha256.slice(0, 16)}`,
    `- Peers: ${peers}`,
  ].join("\n");
}

function writesText(lines) {
  const bulk = select(lines, { what: "bulk insert" });
  const single = select(lines, { what: "one row, autocommit" });
  const sizes = [...new Set(single.map((l) => l.n))];
  const kinds = [...new Set(single.map((l) => `${l.how}|${l.place}`))];
  const cell = (key, n) =>
    ms(
      single.find((l) => `${l.how}|${l.place}` === key && l.n === n)?.median_ms,
    );
  const fills = select(lines, { what: "fill" });
  return [
    table(
      ["bulk insert", "rows", "ms", "rows per second"],
      bulk.map((l) => [
        l.how,
        `${count(l.n)} x ${l.d}`,
        ms(l.median_ms),
        count(l.rows_per_s),
      ]),
    ),
    `One row per transaction, milliseconds by rows in the table:\n\n${table(
      ["", "where", ...sizes.map(count)],
      kinds.map((key) => [
        ...key.split("|"),
        ...sizes.map((n) => cell(key, n)),
      ]),
    )}`,
    `Filling a table or index with all rows, once:\n\n${table(
      ["engine", "rows", "seconds"],
      fills.map((l) => [
        l.engine,
        `${count(l.n)} x ${l.d}`,
        (l.ms / 1000).toFixed(2),
      ]),
    )}`,
  ].join("\n\n");
}

function coldText(lines) {
  const rows = select(lines, { suite: "cold" }).filter(
    (l) => l.median_ms !== undefined,
  );
  return table(
    ["in a fresh Node process", "ms", "MB read"],
    rows.map((l) => [
      l.n ? `${l.what}, ${count(l.n)} x ${l.d}` : l.what,
      ms(l.median_ms),
      l.bytes_read ? (l.bytes_read / 1e6).toFixed(1) : "-",
    ]),
  );
}

function kernelText(lines) {
  const all = select(lines, { what: "kernel" });
  const crossover = select(lines, { what: "crossover" });
  if (all.length === 0) return "Not measured in this run.";
  const names = [...new Set(all.map((l) => l.kernel))];
  const speed = (kernel, place) =>
    ms(select(all, { kernel, place })[0].gb_per_s);
  return [
    table(
      ["kernel", "reads", "GB/s, second cache", "GB/s, memory"],
      names.map((kernel) => [
        kernel,
        select(all, { kernel })[0].of,
        speed(kernel, "second cache"),
        // The input of these two is one vector at a time, which stays in the first cache.
        /^(l2sq|encode)/.test(kernel) ? "-" : speed(kernel, "memory"),
      ]),
    ),
    "A scan of 100,032 rows, some of every 64 selected at random, by whole blocks and row by row (`DENSE_MIN_BITS` in `src/index/scan.c` chooses):",
    table(
      ["selected of 64", "dense, ms", "sparse, ms"],
      crossover.map((l) => [l.bits, ms(l.dense_ms), ms(l.sparse_ms)]),
    ),
  ].join("\n\n");
}

function ownText(lines) {
  const own = select(lines, { suite: "own" });
  const pages = own.filter((l) => l.more || l.what === "first page");
  const many = select(own, { what: "many queries" });
  const refined = lines.filter((l) => l.what === "refined rows");
  return [
    table(
      ["streaming", "rows", "ms"],
      pages.map((l) => [l.what, count(l.more ?? l.k), ms(l.median_ms)]),
    ),
    table(
      ["nearest 10 of many queries", "queries", "ms"],
      many.map((l) => [l.how, l.queries, ms(l.median_ms)]),
    ),
    table(
      ["rows whose float32 vector a search reads", "k", "rows"],
      refined.map((l) => [
        `${l.data ?? "clustered"}, ${count(l.n)} x ${l.d}`,
        l.k,
        ms(l.refined),
      ]),
    ),
  ].join("\n\n");
}

function faissText(lines) {
  const found = select(lines, { suite: "faiss" }).filter((l) => l.what && l.n);
  return table(
    ["", "rows", "ms", "ratio"],
    found.map((l) => [
      l.what,
      `${count(l.n)} x ${l.d}`,
      l.ms === null ? `${ms(l.bytes_per_row)} bytes per row` : ms(l.ms),
      l.ratio ? `${ms(l.ratio)} x` : "-",
    ]),
  );
}

function failures(lines) {
  const found = select(lines, { what: "cannot run" });
  return found.length
    ? table(
        ["engine", "rows", "why"],
        found.map((l) => [
          l.engine,
          l.n ? `${count(l.n)} x ${l.d}` : "-",
          l.error.replaceAll("|", "/").replaceAll("\n", " "),
        ]),
      )
    : "Everything ran.";
}

const points = (lines, x) =>
  lines.map((l) => [x(l), l.median_ms]).sort((a, b) => a[0] - b[0]);

function historyPlot(history) {
  return linePlot({
    title: "100,000 x 384, k = 10: how many times reading the codes",
    xLabel: "run",
    yLabel: "times reading the codes",
    xTexts: history.map(({ run }) => run.date.slice(0, 10)),
    series: historySeries(history),
  });
}

function plots(lines) {
  const full = select(lines, {
    what: "search",
    d: 384,
    k: 10,
    filter: null,
  }).filter(
    (l) =>
      ["page", "node"].includes(l.suite) &&
      (l.data ?? "clustered") === "clustered",
  );
  const byN = (suite, engine, name) => ({
    name,
    points: points(
      unique(select(full, { suite, engine })).filter((l) =>
        sizesOf(full, suite).includes(l.n),
      ),
      (l) => l.n,
    ),
  });
  const largest = Math.max(
    ...select(lines, { suite: "page", engine: "sqlite-vec (wasm)" }).map(
      (l) => l.n,
    ),
  );
  const main = select(lines, {
    suite: "page",
    what: "search",
    n: largest,
    d: 384,
    k: 10,
  }).filter((l) => l.filter);
  const bySelectivity = (engine, filter, name) => ({
    name,
    points: points(
      select(main, { engine, filter }),
      (l) => 100 * l.selectivity,
    ),
  });
  return {
    n: linePlot({
      title: "k = 10, 384 dimensions: time against rows",
      xLabel: "rows",
      yLabel: "milliseconds",
      series: [
        byN("page", "vss-wasm", "vss-wasm, Chromium"),
        byN("page", "sqlite-vec (wasm)", "sqlite-vec, Chromium"),
        byN("node", "vss-wasm", "vss-wasm, Node"),
        byN("node", "float scan (native)", "float scan, native"),
        byN("node", "sqlite-vec (native)", "sqlite-vec, native"),
        byN("node", "streaming read", "reading the codes"),
      ],
    }),
    selectivity: linePlot({
      title: `k = 10, ${count(largest)} x 384: time against selectivity`,
      xLabel: "rows that pass the filter",
      yLabel: "milliseconds",
      xUnit: " %",
      series: [
        bySelectivity("vss-wasm", "r", "vss-wasm, scattered"),
        bySelectivity("vss-wasm", "c", "vss-wasm, together"),
        bySelectivity("sqlite-vec (wasm)", "r", "sqlite-vec, scattered"),
        bySelectivity("sqlite-vec (wasm)", "c", "sqlite-vec, together"),
      ],
    }),
  };
}

/**
 * The numbers of rows of a suite's contests over 384 dimensions, where the contests are told apart
 * by them.
 */
const sizesOf = (full, suite) =>
  select(full, { suite, engine: "streaming read" }).map((l) => l.n);

/** The last line of each n, because two contests may measure the same n. */
const unique = (lines) => [...new Map(lines.map((l) => [l.n, l])).values()];

/** Other work on the machine disturbs a median more than a minimum. */
const fromMinima = (lines) =>
  goals(lines.map((l) => ({ ...l, median_ms: l.min_ms ?? l.median_ms })));

function loadText(lines) {
  const done = select(lines, { what: "suite done" });
  const busy = Math.max(...done.map((l) => l.load[0])) > lines[0].cores + 0.5;
  const list = done
    .map((l) => `${l.suite} ${l.load[0]} (${l.seconds} s)`)
    .join(", ");
  return `- Load average after each suite, and its time: ${list}${busy ? ". **The machine was busy with other work: read the minima.**" : ""}`;
}

/**
 * A search for 10 rows cannot take longer than one for 100. Where it did, a goal measured against
 * it looks better than it is.
 */
function disturbedText(lines) {
  const full = select(lines, {
    what: "search",
    engine: "vss-wasm",
    filter: null,
  });
  const found = select(full, { k: 10 }).flatMap((ten) => {
    const { suite, n, d, data } = ten;
    const [hundred] = select(full, { suite, n, d, data, k: 100 });
    if (!hundred || ten.median_ms <= 1.05 * hundred.median_ms) return [];
    return `${suite}, ${count(n)} x ${d}: ${ms(ten.median_ms)} ms against ${ms(hundred.median_ms)}`;
  });
  return found.length
    ? `\n- **Disturbed: k = 10 took longer than k = 100** (${found.join("; ")}). Goals relative to that full scan (filters, k = 1000) look better than they are, those of the full scan itself worse.`
    : "";
}

/** The goals as a part of docs/performance.md. */
function goalsText(file, lines) {
  const minima = fromMinima(lines);
  const rows = goals(lines).map((g, i) => [
    g.what,
    g.wanted,
    g.measured,
    verdict(g.met),
    `${minima[i].measured}: ${verdict(minima[i].met)}`,
  ]);
  return `From [bench/results/${file}](../bench/results/${file}), written by \`node bench/report.mjs\`. Where a line does
not say otherwise, k is 10, vectors have 384 dimensions, and the table is the largest of its contest.

${table(["what", "goal", "measured, medians", "", "from minima"], rows)}`;
}

/** Puts the goals between their two marks in docs/performance.md. */
function writeGoals(file, lines) {
  const path = join(docs, "performance.md");
  const page = readFileSync(path, "utf8");
  const marks = /(<!-- goals -->\n)[^]*(<!-- end of goals -->)/;
  if (!marks.test(page))
    throw new Error(
      `${path} lacks "<!-- goals -->" or "<!-- end of goals -->"`,
    );
  const goalsPart = (_, before, after) =>
    `${before}\n${goalsText(file, lines)}\n\n${after}`;
  writeFileSync(path, page.replace(marks, goalsPart));
}

function text(file, lines, history) {
  const run = lines[0];
  return `# Benchmarks

\`npm run bench\` wrote this page from [bench/results/${file}](../bench/results/${file}), and \`node bench/report.mjs\` writes it again. Do not edit it.

## Beside the peers

The nearest 10 of vectors of 384 dimensions: milliseconds of vss-wasm against milliseconds of the peer, and how many times as long the peer took.
Engines take turns in one page or one process, on the same data and queries, after their answers were compared with brute force in float64.
vss-wasm runs as WebAssembly in every row, also against native peers.

${table(["peer", "in", "rows", "no filter", "filter that leaves 1 %", "its answers"], peerRows(lines))}

The goals that the project has set itself, and whether this run meets them, are in [performance.md](performance.md#goals).

## The engine over time

One row per run that is kept in [bench/results](../bench/results): a search for 10 of 100,000 x 384 without a filter, and how many
times as long it takes as reading the codes. The machines differ, so only these multiples compare.

${table(["date", "processor", "SIMD", "in a Chromium page", "in Node"], historyRows(history))}

![The engine over time](results/history.svg)

## How it was measured

${runText(run)}
${loadText(lines)}${disturbedText(lines)}

Times are medians of ${Math.min(...select(lines, { what: "search" }).map((l) => l.runs))} or more such turns, in milliseconds, warm. "Streaming read" is a wasm kernel that reads as many bytes as there are codes and does nothing else:
no scan of one byte per component can be faster. "Float scan" is a native loop over float32 as FAISS's flat index compiles it, on one thread, without SQLite around it.
Filters select rows at random ("scattered") or by position ("together").

## Time against rows

![Time against rows](results/time-by-rows.svg)

## Time against selectivity

![Time against selectivity](results/time-by-selectivity.svg)

## In one Chromium page

${searchTables(lines, "page")}

## In Node, with native peers

${searchTables(lines, "node")}

## Real data

${searchTables(lines, "real") || "Not at hand in this run."}

## Writes

${writesText(lines)}

## Cold

${coldText(lines)}

## Streaming, many queries, refinement

${ownText(lines)}

## Kernels

${kernelText(lines)}

## faiss_search and faiss_agg

${faissText(lines)}

## What could not run

${failures(lines)}
`;
}

/** @param {string} path of a run's results */
export function writeReport(path) {
  const lines = readResults(path);
  const { n, selectivity } = plots(lines);
  mkdirSync(join(docs, "results"), { recursive: true });
  writeFileSync(join(docs, "results/time-by-rows.svg"), n);
  writeFileSync(join(docs, "results/time-by-selectivity.svg"), selectivity);
  const history = readHistory(join(here, "results"));
  writeFileSync(join(docs, "results/history.svg"), historyPlot(history));
  writeFileSync(
    join(docs, "benchmarks.md"),
    text(basename(path), lines, history),
  );
  writeGoals(basename(path), lines);
}

function newestRun() {
  const folder = join(here, "results");
  const runs = readdirSync(folder).filter(isFullRun);
  if (runs.length === 0)
    throw new Error("no full run in bench/results: npm run bench makes one");
  return join(folder, runs.sort().at(-1));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const path = process.argv[2] ?? newestRun();
  printTable(readResults(path));
  writeReport(path);
}
