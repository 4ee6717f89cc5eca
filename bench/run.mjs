// npm run bench [-- --quick] [--suite <name>,...] [--minutes <n>] [--out <file>] [--before <dist>]
//   [--download]
//
// Checks the answers of vss-wasm and its peers, then measures them side by side. Writes JSON lines
// to bench/results/. A run of all suites that is not --quick also writes docs/benchmarks.md and its
// plots anew. No contest of the last suite, "wide", begins later than --minutes (12) after the
// start. --before names the package folder of an older build, which takes turns with this one where
// a goal compares the two. --download fetches the word vectors of the suite "real", 118 MB, once.
import { loadavg } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { openBrowser } from "./lib/browser.mjs";
import { createResults, machineLine } from "./lib/results.mjs";
import { printTable, writeReport } from "./report.mjs";
import { setUp } from "./setup.mjs";
import { cold } from "./suites/cold.mjs";
import { compareNode, comparePage, compareWide } from "./suites/compare.mjs";
import { elements, elementsTable } from "./suites/elements.mjs";
import { faiss } from "./suites/faiss.mjs";
import { joins } from "./suites/joins.mjs";
import { kernels } from "./suites/kernels.mjs";
import { own } from "./suites/own.mjs";
import { real } from "./suites/real.mjs";
import { scans } from "./suites/scans.mjs";
import { sizes } from "./suites/sizes.mjs";
import { writes } from "./suites/writes.mjs";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    suite: { type: "string" },
    out: { type: "string" },
    minutes: { type: "string", default: "12" },
    before: { type: "string" },
    download: { type: "boolean", default: false },
  },
});
const { quick } = values;
const here = new URL(".", import.meta.url).pathname;

const setup = setUp(values.before);
const load = (dist) => import(pathToFileURL(join(dist, "index.node.js")).href);
const vss = await load(setup.dist);
const before = setup.before && (await load(setup.before));
let browser, noBrowser;
try {
  browser = await openBrowser(setup);
} catch (error) {
  noBrowser = error.message.split("\n")[0];
}

const began = performance.now();
const context = {
  vss,
  before,
  setup,
  quick,
  download: values.download,
  browser,
  timeIsUp: () => performance.now() - began > 60_000 * Number(values.minutes),
};
const page = (report) =>
  browser
    ? comparePage(browser, quick, report)
    : report({
        suite: "page",
        what: "cannot run",
        engine: "Chromium",
        error: noBrowser,
      });
const suites = {
  page: (_, report) => page(report),
  node: compareNode,
  own,
  writes,
  cold,
  real,
  faiss,
  joins,
  scans,
  sizes,
  ...(quick ? {} : { elements, kernels, wide: compareWide }),
};
const chosen = values.suite?.split(",") ?? Object.keys(suites);
for (const name of chosen)
  if (!suites[name])
    throw new Error(`unknown suite ${name}, expected ${Object.keys(suites)}`);

const stamp = new Date().toISOString().slice(0, 16).replace(/[-:]/g, "");
const results = createResults(
  values.out ?? join(here, "results", `${stamp}${quick ? "-quick" : ""}.jsonl`),
);
results.add(
  machineLine({
    ...setup,
    simd: vss.version.simd ?? "baseline",
    chromium: browser?.version,
    quick,
  }),
);
for (const problem of setup.problems)
  results.add({ what: "cannot run", engine: "set-up", error: problem });

for (const name of chosen) {
  const start = performance.now();
  try {
    await suites[name](context, (...lines) => {
      results.add(...lines);
      for (const line of lines) console.error(JSON.stringify(line));
    });
  } catch (error) {
    results.add({
      suite: name,
      what: "cannot run",
      engine: "suite",
      error: String(error?.message ?? error),
    });
    console.error(error);
    process.exitCode = 1;
  }
  const load = loadavg().map((x) => Number(x.toFixed(2)));
  results.add({
    suite: name,
    what: "suite done",
    seconds: Math.round((performance.now() - start) / 1000),
    load,
  });
}
await browser?.close();
console.error(
  `${Math.round((performance.now() - began) / 1000)} s; results in ${results.path}`,
);
printTable(results.lines);
console.log(elementsTable(results.lines));
if (!quick && !values.suite) writeReport(results.path);
process.exit();
