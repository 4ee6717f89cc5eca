// A contest makes and fills the engines one after the other, then compares them. It reports an
// engine that cannot run here.
import { compare } from "./measure.mjs";

/**
 * @param {Record<string, () => Promise<any>>} makers by name
 * @param {any} data
 * @param {any[]} cases see compare()
 * @returns {Promise<any[]>} lines of results
 */
export async function contest(makers, data, cases, runs) {
  const { n, d } = data;
  const [engines, lines] = [[], []];
  for (const [name, make] of Object.entries(makers)) {
    let engine;
    try {
      engine = await make();
      const ms = (await engine.fill?.(data)) ?? 0;
      engines.push(engine);
      if (ms) lines.push({ what: "fill", engine: engine.name, n, d, ms });
    } catch (error) {
      await engine?.close();
      lines.push({
        what: "cannot run",
        engine: name,
        n,
        d,
        error: String(error?.message ?? error),
      });
    }
  }
  try {
    const found = await compare(engines, data, cases, runs);
    lines.push(...found.map((line) => ({ what: "search", ...line })));
  } finally {
    for (const engine of engines) await engine.close();
  }
  return lines;
}

/** Cases without a filter, one for each k. */
export const unfiltered = (...ks) => ks.map((k) => ({ k, where: null }));

/** Cases with a filter: each column, at each share of the rows in thousandths. */
export const filtered = (k, ...thousandths) =>
  thousandths.flatMap((below) =>
    ["r", "c"].map((column) => ({ k, where: { column, below } })),
  );
