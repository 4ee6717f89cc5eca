// Compares what a run measured with the goals of the project.

import {
  memoryGoal,
  nextPageGoal,
  openingGoals,
  searchGoals,
} from "./engine-goals.mjs";
import {
  FLOATS,
  goal,
  least,
  ms,
  number,
  of,
  OURS,
  select,
  VEC,
  worst,
} from "./lines.mjs";
import { scanGoals } from "./scan-goals.mjs";

/**
 * The main table of a suite: 384 dimensions, and the number of rows at which `peer` was compared.
 */
function mainTable(lines, suite, peer) {
  const searches = select(lines, { suite, what: "search", d: 384 });
  const sizes = select(searches, { engine: peer }).map(({ n }) => n);
  return searches.filter(({ n }) => n === Math.max(...sizes));
}

const FILTERS = ["r", "c"];

function answers(lines) {
  const checked = lines.filter(
    (line) =>
      line.what === "search" &&
      [OURS, "vss0.so (native)"].includes(line.engine),
  );
  const right = checked.filter((line) => line.identical).length;
  return {
    what: "answers",
    wanted: "identical to brute force in float64",
    measured: `${right} of ${checked.length} cases`,
    met: checked.length > 0 && right === checked.length,
  };
}

const floatScan = (node) =>
  goal(
    "full scan against a native float scan",
    "at least 2.3 x",
    of(node, FLOATS) / of(node, OURS),
    (x) => `${number(x)} x (${ms(of(node, OURS))}, ${ms(of(node, FLOATS))})`,
    (x) => x >= 2.3,
  );

function filters(page) {
  const at = (engine, selectivity) =>
    FILTERS.map((filter) => of(page, engine, { filter, selectivity }));
  const part = (selectivity) => worst(at(OURS, selectivity)) / of(page, OURS);
  const against = least(
    FILTERS.map(
      (filter) =>
        of(page, VEC, { filter, selectivity: 0.01 }) /
        of(page, OURS, { filter, selectivity: 0.01 }),
    ),
  );
  const all = worst(
    [1, 0.5, 0.1, 0.01, 0.001].map(part).filter(Number.isFinite),
  );
  return [
    goal(
      "1 % filter against sqlite-vec's wasm package",
      "at least 60 x",
      against,
      (x) => `${number(x)} x`,
      (x) => x >= 60,
    ),
    goal(
      "1 % filter against our full scan",
      "at most 0.1",
      part(0.01),
      number,
      (x) => x <= 0.1,
    ),
    goal(
      "0.1 % filter against our full scan",
      "at most 0.05",
      part(0.001),
      number,
      (x) => x <= 0.05,
    ),
    goal(
      "slowest filter against our full scan",
      "at most 1.15",
      all,
      number,
      (x) => x <= 1.15,
    ),
  ];
}

function ks(page) {
  const [ten, hundred, thousand] = [10, 100, 1000].map((k) =>
    of(page, OURS, { k }),
  );
  return [
    goal(
      "k = 100",
      "at most 1 ms above k = 10",
      hundred - ten,
      (x) => `${ms(hundred)}: ${ms(Math.max(0, x))} above`,
      (x) => x <= 1,
    ),
    goal(
      "k = 1000",
      "at most 2 x k = 10, + 4 ms",
      thousand - 2 * ten,
      () => `${ms(thousand)}, k = 10 takes ${ms(ten)}`,
      (x) => x <= 4,
    ),
  ];
}

function writes(lines) {
  const bulk = (how) =>
    select(lines, { what: "bulk insert", how })[0]?.median_ms;
  const fills = select(lines, { suite: "page", what: "fill", d: 384 });
  const largest = Math.max(...select(fills, { engine: VEC }).map(({ n }) => n));
  const fill = (engine) => select(fills, { engine, n: largest })[0]?.ms;
  const single = (place) => {
    const found = select(lines, {
      what: "one row, autocommit",
      how: "insert",
      place,
    }).sort((a, b) => a.n - b.n);
    return [found.at(0), found.at(-1)];
  };
  const rows = ["memory", "file"].map((place) => {
    const [small, large] = single(place);
    return goal(
      `one row, autocommit (${place})`,
      "independent of the rows stored",
      large?.median_ms / small?.median_ms,
      (x) =>
        `${number(x)} x from ${small.n} to ${large.n} rows (${ms(small.median_ms)}, ${ms(large.median_ms)})`,
      (x) => x <= 1.25,
    );
  });
  const speed = (x) => `${number(x)} of its speed`;
  return [
    goal(
      "bulk insert against an ordinary table, in SQL",
      "at least half the speed",
      bulk("ordinary table, insert select") / bulk("vss0, insert select"),
      speed,
      (x) => x >= 0.5,
    ),
    goal(
      "bulk insert against an ordinary table, from JavaScript",
      "at least half the speed",
      bulk("ordinary table, run() a row") / bulk("vss0, insertMany"),
      speed,
      (x) => x >= 0.5,
    ),
    goal(
      "bulk insert against sqlite-vec's wasm package",
      "at least 4 x",
      fill(VEC) / fill(OURS),
      (x) => `${number(x)} x`,
      (x) => x >= 4,
    ),
    ...rows,
  ];
}

function cold(lines) {
  const one = (what) => select(lines, { suite: "cold", what })[0];
  const answer = one("open to first answer");
  const first = one("import to first row")?.median_ms;
  const theirs = one("import to first row, SQLite's own package")?.median_ms;
  return [
    goal(
      "cold open to first answer: bytes read",
      "at most 1.15 x the codes",
      answer?.bytes_read / answer?.code_bytes,
      (x) => `${x.toFixed(2)} x`,
      (x) => x <= 1.15,
    ),
    goal(
      "compile + init in Node",
      "at most 15 ms",
      one("compile and open")?.median_ms,
      (x) => `${ms(x)} with opening a database`,
      (x) => x <= 15,
    ),
    goal(
      "import to first row in a fresh process",
      "no slower than SQLite's own wasm package",
      first / theirs,
      () => `${ms(first)}, theirs ${ms(theirs)}`,
      (x) => x <= 1,
    ),
  ];
}

function aggregates(lines) {
  const found = select(lines, { suite: "faiss", what: "faiss_agg" });
  return goal(
    "faiss_agg against order by vss_distance_l2 limit k",
    "at most 2 x",
    worst(found.map((a) => a.ratio)),
    (x) => `${number(x)} x`,
    (x) => x <= 2,
  );
}

/**
 * @param {any[]} lines of a run
 * @returns {{ what: string, wanted: string, measured: string, met: boolean }[]}
 */
export function goals(lines) {
  const page = mainTable(lines, "page", VEC);
  const node = mainTable(lines, "node", "sqlite-vec (native)");
  return [
    answers(lines),
    ...searchGoals(lines, page),
    floatScan(node),
    ...filters(page),
    ...ks(page),
    nextPageGoal(lines),
    ...writes(lines),
    ...cold(lines),
    ...openingGoals(lines),
    memoryGoal(lines),
    aggregates(lines),
    ...scanGoals(lines),
  ];
}
