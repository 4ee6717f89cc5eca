// Lines of results: finding some of them, and saying in words what they have.

export const OURS = "vss-wasm";
/** An older build that takes part. */
export const BEFORE = "vss-wasm before";
/** The same build with the kernels of baseline SIMD, where the others run. */
export const BASELINE = "vss-wasm, baseline SIMD";
export const ONE_PASS = "one pass over 8-bit codes";
export const STREAM = "streaming read";
export const FLOATS = "float scan (native)";
/** In the suite "scans": what a line of ours is divided by. */
export const BESIDE = "ordinary table, or CROSS JOIN";
export const VEC = "sqlite-vec (wasm)";

/** Lines that have all of these properties. */
export const select = (lines, wanted) =>
  lines.filter((line) =>
    Object.entries(wanted).every(([key, value]) => line[key] === value),
  );

/** The median of an engine in a table, for one case. */
export const of = (
  table,
  engine,
  { k = 10, filter = null, selectivity = 1 } = {},
) => select(table, { engine, k, filter, selectivity })[0]?.median_ms;

export const worst = (values) =>
  Math.max(...values.filter((x) => x !== undefined));
export const least = (values) =>
  Math.min(...values.filter((x) => x !== undefined));

export const number = (x) =>
  x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toPrecision(2);
export const ms = (x) => `${number(x)} ms`;

/**
 * A goal: its subject, the goal in words, what was measured in words, and whether it is met. What
 * was not measured is not met.
 */
export const goal = (what, wanted, value, measured, met) =>
  Number.isFinite(value)
    ? { what, wanted, measured: measured(value), met: met(value) }
    : { what, wanted, measured: "not measured", met: false };
