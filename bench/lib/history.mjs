// The engine over time: one entry per full run in results/, oldest first. Runs were made on
// different machines, so that only ratios within a run are compared.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { of, OURS, select, STREAM } from "./lines.mjs";
import { readResults } from "./results.mjs";

const TABLE = { what: "search", n: 100_000, d: 384 };
const PLACES = { page: "Chromium", node: "Node" };

/** Whether a name in results/ is that of a run of all suites. */
export const isFullRun = (name) =>
  name.endsWith(".jsonl") && !name.includes("quick");

/** @param {string} folder of the results, whose names sort by date */
export function readHistory(folder) {
  return readdirSync(folder)
    .filter(isFullRun)
    .sort()
    .map((name) => {
      const lines = readResults(join(folder, name));
      const tables = Object.keys(PLACES).map((suite) => [
        suite,
        select(lines, { ...TABLE, suite }),
      ]);
      return { run: lines[0], tables: Object.fromEntries(tables) };
    });
}

const timesOfReading = (table, wanted) =>
  of(table, OURS, wanted) / of(table, STREAM);

/** The lines of the plot: a full scan and a filter, each as a multiple of reading the codes. */
export function historySeries(history) {
  const cases = [
    ["full scan", {}],
    ["10 % filter", { filter: "r", selectivity: 0.1 }],
  ];
  return Object.entries(PLACES).flatMap(([suite, place]) =>
    cases.map(([what, wanted]) => ({
      name: `${what}, ${place}`,
      points: history
        .map(({ tables }, i) => [i + 1, timesOfReading(tables[suite], wanted)])
        .filter(([, y]) => Number.isFinite(y)),
    })),
  );
}

/** @returns {string[][]} date, processor, SIMD, then milliseconds and multiples in each place */
export function historyRows(history) {
  const cell = (table) => {
    const [ours, read] = [of(table, OURS), of(table, STREAM)];
    return ours && read
      ? `${ours.toFixed(2)} ms, ${(ours / read).toFixed(2)} x`
      : "-";
  };
  return history.map(({ run, tables }) => [
    run.date.slice(0, 10),
    run.cpu,
    run.simd ?? "baseline",
    ...Object.keys(PLACES).map((suite) => cell(tables[suite])),
  ]);
}
