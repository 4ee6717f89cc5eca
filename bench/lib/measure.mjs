// Engines side by side: their answers are checked first, then they take turns.
import { identical, nearest, recall } from "./reference.mjs";

/**
 * Runtimes compile what runs often, so a cheap task runs many times before and while it is timed.
 */
const WARM = {
  warmUp: { runs: 3, ms: 150, most: 200 },
  more: { ms: 400, most: 101 },
};
/**
 * For a task that is slow, or that changes what it measures: once before, then exactly as often as
 * asked.
 */
export const COLD = {
  warmUp: { runs: 1, ms: 0, most: 1 },
  more: { ms: 0, most: 0 },
};
const CHECKED_QUERIES = 2;

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
};

const round = (ms) => Number(ms.toPrecision(4));
export const summary = (times) => ({
  median_ms: round(median(times)),
  min_ms: round(Math.min(...times)),
  runs: times.length,
});

async function timed(task, run) {
  const start = performance.now();
  const own = await task(run);
  return typeof own === "number" ? own : performance.now() - start;
}

async function warmUp(task, { runs, ms, most }) {
  let spent = 0;
  for (let run = 0; run < runs || (spent < ms && run < most); run++)
    spent += await timed(task, run);
}

/**
 * Warms each task up, then calls them in turn: at least `runs` times each, and more often when they
 * are quick. Where a task returns no milliseconds, its call is timed.
 * @param {Record<string, (run: number) => any>} tasks
 * @param {typeof WARM} [how] WARM or COLD
 * @returns {Promise<Record<string, number[]>>}
 */
export async function alternate(tasks, runs, how = WARM) {
  const times = Object.fromEntries(Object.keys(tasks).map((key) => [key, []]));
  for (const task of Object.values(tasks)) await warmUp(task, how.warmUp);
  let spent = 0;
  for (
    let run = 0;
    run < runs || (spent < how.more.ms && run < how.more.most);
    run++
  )
    for (const [key, task] of Object.entries(tasks)) {
      const ms = await timed(task, run);
      times[key].push(ms);
      spent += ms;
    }
  return times;
}

/**
 * One line per case and engine: the medians of alternating runs, and how many of the answers were
 * right.
 * @param {any[]} engines those that cannot answer a case (engine.can) are left out of it
 * @param {any} data of makeData()
 * @param {{ k: number, where: { column: string, below: number } | null }[]} cases
 */
export async function compare(engines, data, cases, runs) {
  const lines = [];
  for (const { k, where } of cases) {
    const able = engines.filter((e) => !e.can || e.can({ k, where }));
    const quality = new Map();
    for (const query of data.queries.slice(0, CHECKED_QUERIES)) {
      const expected = nearest(data, query, k, where);
      for (const engine of able) {
        if (engine.isYardstick) continue;
        const { ids } = await engine.search(query, k, where);
        const of = quality.get(engine) ?? { recall: 0, identical: true };
        of.recall += recall(expected, ids) / CHECKED_QUERIES;
        of.identical &&= identical(expected, ids);
        quality.set(engine, of);
      }
    }
    const tasks = Object.fromEntries(
      able.map((engine) => [
        engine.name,
        async (run) => {
          const query = data.queries[run % data.queries.length];
          return (await engine.search(query, k, where)).ms;
        },
      ]),
    );
    const times = await alternate(tasks, runs);
    for (const engine of able)
      lines.push({
        engine: engine.name,
        version: engine.version,
        ...(engine.simd && { simd: engine.simd }),
        n: data.n,
        d: data.d,
        k,
        filter: where?.column ?? null,
        selectivity: where ? where.below / 1000 : 1,
        ...summary(times[engine.name]),
        ...quality.get(engine),
      });
  }
  return lines;
}
