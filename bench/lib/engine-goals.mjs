// The goals of the search engine. Nearly all are ratios within one run, so that they mean the same
// on every machine: to reading the codes once (B), to a peer, or to an older build (--before).
import {
  BASELINE,
  BEFORE,
  goal,
  ms,
  number,
  of,
  ONE_PASS,
  OURS,
  select,
  STREAM,
  VEC,
  worst,
} from "./lines.mjs";

const USEARCH = "usearch int8 (native)";
/** From so many bytes of codes on, they are in no cache. */
const LARGE_BYTES = 38e6;

const codeBytes = ({ n, d }) => n * Math.ceil(d / 64) * 64;
const count = (n) => n.toLocaleString("en");

/** Every full scan for 10 rows beside reading its codes. */
function scans(lines) {
  const wanted = { what: "search", k: 10, filter: null };
  return [OURS, BASELINE]
    .flatMap((engine) => select(lines, { ...wanted, engine }))
    .filter((line) => line.data !== "isotropic")
    .map((line) => {
      const { suite, n, d, data } = line;
      const place = { suite, n, d, data };
      const [read] = select(lines, { ...wanted, engine: STREAM, ...place });
      return { ...line, read_ms: read?.median_ms };
    })
    .filter((line) => line.read_ms !== undefined);
}

/** The table of `found` that is the farthest above `times` x B + `plus`. */
function againstReading(what, found, times, plus) {
  const excess = (line) => line.median_ms - plus - times * line.read_ms;
  const slowest = [...found].sort((a, b) => excess(b) - excess(a))[0];
  return goal(
    what,
    `at most ${times} B + ${plus} ms`,
    slowest && excess(slowest),
    () =>
      `${slowest.suite}, ${count(slowest.n)} x ${slowest.d}: ${ms(slowest.median_ms)}, B is ${ms(slowest.read_ms)}`,
    (x) => x <= 0,
  );
}

function fullScans(lines, page) {
  const found = scans(lines);
  const large = (relaxed) =>
    found.filter(
      (line) =>
        codeBytes(line) >= LARGE_BYTES && (line.simd === "relaxed") === relaxed,
    );
  return [
    againstReading(
      "full scan, large tables, engines with relaxed SIMD",
      large(true),
      0.75,
      0.25,
    ),
    againstReading(
      "full scan, large tables, other engines",
      large(false),
      1.2,
      0.2,
    ),
    againstReading(
      "full scan, 128 dimensions or more, slowest of all",
      found.filter(({ d }) => d >= 128),
      1.8,
      0.2,
    ),
    goal(
      "full scan against sqlite-vec's wasm package",
      "at least 30 x",
      of(page, VEC) / of(page, OURS),
      (x) => `${number(x)} x (${ms(of(page, OURS))}, ${ms(of(page, VEC))})`,
      (x) => x >= 30,
    ),
  ];
}

function againstOthers(lines) {
  const at = (n, engine) =>
    of(select(lines, { suite: "node", what: "search", n, d: 384 }), engine);
  const ratio = (n, other) => at(n, OURS) / at(n, other);
  const text = (n, other) => (x) =>
    `${number(x)} (${ms(at(n, OURS))}, ${ms(at(n, other))})`;
  return [
    goal(
      "full scan of 20,000 rows against the build before",
      "at most 0.4",
      ratio(20_000, BEFORE),
      text(20_000, BEFORE),
      (x) => x <= 0.4,
    ),
    goal(
      "full scan of 100,000 rows against usearch's native int8",
      "at most 0.8",
      ratio(100_000, USEARCH),
      text(100_000, USEARCH),
      (x) => x <= 0.8,
    ),
  ];
}

/** A search as a multiple of the pass over 8-bit codes that took turns with it. */
function inPasses(lines, line) {
  const { n, d, k, filter, selectivity, data } = line;
  const place = { suite: "node", n, d, k, filter, selectivity, data };
  const [pass] = select(lines, { ...place, engine: ONE_PASS });
  return line.median_ms / pass?.median_ms;
}

/** Each of many queries, as a multiple of one pass that took turns with them. */
function manyGoal(lines, simd, most) {
  const many = select(lines, { what: "many queries", simd });
  const at = (wanted) => many.find(({ how }) => how === wanted);
  const ahead = at("one statement, vss_ahead()");
  const each = ahead?.median_ms / ahead?.queries;
  return goal(
    `each of 16 queries against one pass over 8-bit codes, ${simd} SIMD`,
    `at most ${most}`,
    each / at(ONE_PASS)?.median_ms,
    (x) => `${number(x)} (${ms(each)} each)`,
    (x) => x <= most,
  );
}

function againstOnePass(lines) {
  const node = { suite: "node", what: "search", engine: OURS };
  const place = { n: 100_000, d: 384, filter: "r", selectivity: 0.1 };
  const [scattered] = select(lines, { ...node, ...place });
  const isotropic = select(lines, { ...node, data: "isotropic" });
  return [
    goal(
      "10 % scattered filter against one pass over 8-bit codes",
      "at most 0.3",
      scattered && inPasses(lines, scattered),
      number,
      (x) => x <= 0.3,
    ),
    goal(
      "isotropic data against one pass over 8-bit codes, k = 10 and 100",
      "at most 1.05",
      worst(isotropic.map((line) => inPasses(lines, line))),
      number,
      (x) => x <= 1.05,
    ),
    manyGoal(lines, "relaxed", 0.45),
    manyGoal(lines, "baseline", 0.65),
  ];
}

/** @param {any[]} lines of a run @param {any[]} page the lines of its largest table in the page */
export const searchGoals = (lines, page) => [
  ...fullScans(lines, page),
  ...againstOthers(lines),
  ...againstOnePass(lines),
];

export function openingGoals(lines) {
  const one = (what) => select(lines, { suite: "cold", what })[0]?.median_ms;
  const [answer, floor] = [
    one("open to first answer"),
    one("read and copy by pages"),
  ];
  const [now, before] = [
    one("import to first search, CPU"),
    one("import to first search, CPU, before"),
  ];
  return [
    goal(
      "cold open to first answer against reading and copying the cache",
      "at most 2 x",
      answer / floor,
      (x) => `${number(x)} x (${ms(answer)}, ${ms(floor)})`,
      (x) => x <= 2,
    ),
    goal(
      "CPU from the import to the first search against the build before",
      "at most 0.8",
      now / before,
      (x) => `${number(x)} (${ms(now)}, ${ms(before)})`,
      (x) => x <= 0.8,
    ),
  ];
}

export function nextPageGoal(lines) {
  const [plain] = select(lines, { what: "plain look-up" });
  const perRow = plain?.median_ms / plain?.more;
  const pages = select(lines, { what: "next page" });
  const us = (x) => `${number(1000 * x)} us`;
  return goal(
    "next page, each row, against a look-up of its vector",
    "at most 1.0 x",
    worst(pages.map((p) => p.median_ms / p.more)) / perRow,
    () =>
      `${pages.map((p) => `${count(p.more)}: ${us(p.median_ms / p.more)}`).join(", ")}; a look-up takes ${us(perRow)}`,
    (x) => x <= 1,
  );
}

export function memoryGoal(lines) {
  const memory = select(lines, { what: "memory", suite: "own" })[0];
  const padded = Math.ceil(memory?.d / 64) * 64;
  const allowed = 1.6 * padded + 40 + 9 * memory?.filters;
  return goal(
    "memory per row beyond the page cache",
    "at most 1.6 x padded d + 40, + 9 per filter value",
    memory?.bytes_per_row,
    (x) => `${number(x)} bytes of ${number(allowed)}`,
    (x) => x <= allowed,
  );
}
