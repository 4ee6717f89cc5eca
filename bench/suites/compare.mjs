// Search times of vss-wasm and its peers, side by side in one page or one process.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { contest, filtered, unfiltered } from "../lib/contest.mjs";
import { makeData } from "../lib/data.mjs";
import { BASELINE, BEFORE } from "../lib/lines.mjs";
import { createOnePass } from "../lib/one-pass.mjs";
import { createStream } from "../lib/stream.mjs";
import { createEdgeVec } from "../engines/edgevec.mjs";
import { createPgVector } from "../engines/pgvector.mjs";
import {
  createNative,
  nativeSqliteVec,
  nativeSqliteVss,
  nativeVss,
  writeData,
} from "../engines/native.mjs";
import { createUsearch } from "../engines/usearch.mjs";
import { createVss } from "../engines/vss.mjs";

const RUNS = 15;
const ALL_FILTERS = [...filtered(10, 1000, 500, 100, 10, 1)];

const tagged = (suite, runtime, lines) =>
  lines.map((line) => ({ suite, runtime, ...line }));

/** The contests of a page, smallest first. */
function pageTasks(quick) {
  const n = quick ? 20_000 : 100_000;
  const small = quick ? 2_000 : 5_000;
  const three = ["vss", "sqlite-vec", "stream"];
  const short = [...unfiltered(10), ...filtered(10, 10)];
  const tasks = [
    { spec: { n: 1_000, d: 384 }, engines: three, cases: unfiltered(10) },
    { spec: { n: 10_000, d: 384 }, engines: three, cases: short },
    {
      spec: { n: small, d: 384, kind: "clustered" },
      engines: ["vss", "hnswlib-wasm HNSW", "hnswlib-wasm brute force"],
      cases: [...unfiltered(10), ...filtered(10, 100, 10)],
    },
    {
      spec: { n, d: 384 },
      engines: three,
      cases: [...unfiltered(10, 1, 100, 1000), ...ALL_FILTERS],
    },
  ];
  return tasks;
}

/** Other dimensions, in the page. */
const widePageTasks = () =>
  [768, 128, 1536].map((d) => ({
    spec: { n: 20_000, d },
    engines: ["vss", "sqlite-vec", "stream"],
    cases: [...unfiltered(10), ...filtered(10, 10)],
  }));

async function runPage(browser, tasks, report) {
  for (const task of tasks)
    report(
      ...tagged(
        "page",
        browser.version,
        await browser.contest({ ...task, runs: RUNS }),
      ),
    );
}

export const comparePage = (browser, quick, report) =>
  runPage(browser, pageTasks(quick), report);

function nodeMakers({ vss, before, setup, data, dataFile }) {
  const native = (options) => () => {
    if (!setup.host) throw new Error(setup.problems.join("; "));
    return createNative({ ...options, host: setup.host, dataFile });
  };
  const so = (...names) => names.map((name) => join(setup.peers, name));
  const [vec] = so("sqlite-vec-linux-x64/vec0.so");
  const vssPeer = so(
    "sqlite-vss-linux-x64/lib/vector0.so",
    "sqlite-vss-linux-x64/lib/vss0.so",
  );
  return {
    vss: () => createVss(vss),
    baseline: () => createVss(vss, { name: BASELINE, simd: "baseline" }),
    before: () => createVss(before, { name: BEFORE }),
    "one pass": () => createOnePass(setup.kernels, data),
    stream: () => createStream(data.n * Math.ceil(data.d / 64) * 64),
    "float scan": native({ name: "float scan (native)" }),
    "vss0.so": native({
      ...nativeVss(setup.extension),
      version: vss.version.vss,
    }),
    "sqlite-vec native": native({
      ...nativeSqliteVec(vec),
      version: setup.versions["sqlite-vec-linux-x64"],
    }),
    "sqlite-vss native": native({
      ...nativeSqliteVss(...vssPeer),
      version: setup.versions["sqlite-vss-linux-x64"],
    }),
    ...Object.fromEntries(
      [8, 32].map((bits) => [
        `usearch ${bits}`,
        () => createUsearch({ bits, version: setup.versions.usearch }),
      ]),
    ),
    "EdgeVec HNSW": createEdgeVec,
    "PGlite + pgvector": createPgVector,
  };
}

/** A second table with the kernels of baseline SIMD, where the engine has others. */
const baselineToo = ({ version }) =>
  version.simd === "relaxed" ? ["baseline"] : [];

function nodeTasks({ vss, quick, before: older }) {
  const [n, small] = quick ? [30_000, 2_000] : [100_000, 5_000];
  const native = ["float scan", "vss0.so", "sqlite-vec native"];
  const usearch = ["usearch 8", "usearch 32"];
  const ours = ["vss", ...baselineToo(vss), ...(older ? ["before"] : [])];
  const few = [...unfiltered(10), ...filtered(10, 100, 10)];
  return [
    {
      spec: { n: small, d: 384 },
      engines: ["vss", "EdgeVec HNSW", "PGlite + pgvector"],
      cases: few,
    },
    {
      spec: { n: 1_000, d: 384 },
      engines: ["vss", "stream", ...native],
      cases: unfiltered(10),
    },
    {
      spec: { n: 10_000, d: 384 },
      engines: ["vss", "stream", ...native, "sqlite-vss native"],
      cases: few,
    },
    {
      spec: { n: 20_000, d: 384 },
      engines: [...ours, "stream", ...usearch],
      cases: few,
    },
    {
      spec: { n, d: 384 },
      engines: [...ours, "stream", "one pass", ...usearch, ...native],
      cases: [...unfiltered(10, 1, 100, 1000), ...ALL_FILTERS],
    },
  ];
}

/** Other dimensions, more rows, and the data that is the worst case for bounds, in Node. */
function wideNodeTasks(vss) {
  const few = [...unfiltered(10), ...filtered(10, 100, 10)];
  const many = [...unfiltered(10, 100), ...filtered(10, 100, 10, 1)];
  const isotropic = { n: 50_000, d: 768, kind: "isotropic" };
  return [
    { spec: { n: 300_000, d: 384 }, cases: few },
    { spec: isotropic, cases: unfiltered(10, 100) },
    { spec: { n: 1_000_000, d: 128 }, cases: many },
    ...[768, 128, 1536].map((d) => ({ spec: { n: 50_000, d }, cases: few })),
  ].map((task) => ({
    ...task,
    engines: [
      "vss",
      ...baselineToo(vss),
      "stream",
      ...(task.spec === isotropic ? ["one pass"] : []),
      "float scan",
    ],
  }));
}

async function runNode({ vss, before, setup }, tasks, report) {
  const runtime = `Node ${process.version}`;
  const dataFile = join(setup.work, "data.bin");
  for (const { spec, engines, cases } of tasks) {
    const data = makeData(spec);
    const makers = nodeMakers({
      vss,
      before,
      setup,
      data,
      dataFile: writeData(dataFile, data),
    });
    const chosen = Object.fromEntries(
      engines.map((name) => [name, makers[name]]),
    );
    const lines = await contest(chosen, data, cases, RUNS);
    report(
      ...tagged("node", runtime, lines).map((line) => ({
        ...line,
        data: spec.kind ?? "clustered",
      })),
    );
  }
  rmSync(dataFile, { force: true });
}

export const compareNode = (context, report) =>
  runNode(context, nodeTasks(context), report);

/** The contests that are left out when time is short. Each starts only while some is left. */
export async function compareWide(context, report) {
  const { browser, timeIsUp } = context;
  const inNode = wideNodeTasks(context.vss);
  const inPage = browser ? widePageTasks() : [];
  const turns = [
    ...inNode.slice(0, 3).map((task) => ["node", task]),
    ...inPage.map((task) => ["page", task]),
    ...inNode.slice(3).map((task) => ["node", task]),
  ];
  for (const [suite, task] of turns) {
    const { n, d } = task.spec;
    if (timeIsUp())
      report({
        suite,
        what: "cannot run",
        engine: "all",
        n,
        d,
        error: "no time was left in this run",
      });
    else if (suite === "page") await runPage(browser, [task], report);
    else await runNode(context, [task], report);
  }
}
