// Each kernel of src/ by itself: how fast it goes over its bytes, beside a kernel that only reads
// them. And from how many selected rows of 64 on a whole block costs less than single rows.
import { alternate, summary } from "../lib/measure.mjs";
import { loadKernels } from "../lib/one-pass.mjs";

const RUNS = 15;
const [DENSE, SPARSE] = [1, 2]; // VssScanPath
const ROW_BYTES = 384;

const KERNELS = [
  ["streaming read", "codes"],
  ["bounds_block_i8", "codes"],
  ["bounds_rows_i8", "codes"],
  ["bounds_block_u4", "codes"],
  ["bounds_block_i8, 16 queries", "codes, for each query"],
  ["bounds_block_u4, 16 queries", "codes, for each query"],
  ["next_at_most_f32", "bounds"],
  ["range_i64", "filter values"],
  ["range_f64", "filter values"],
  ["equal_u32", "filter values"],
  ["l2sq_f64", "float32s"],
  ["encode_f64", "float32s"],
];

function timed(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

export async function kernels({ setup }, report) {
  if (!setup.kernels) return;
  const x = await loadKernels(setup.kernels);
  for (const [place, size, rounds] of [
    ["second cache", 512 * 1024, 20],
    ["memory", 100_032 * ROW_BYTES, 1],
  ]) {
    const bytes = KERNELS.map((_, i) => x.run(i, size));
    const again = (i) => () =>
      timed(() => {
        for (let r = 0; r < rounds; r++) x.run(i, size);
      });
    const tasks = Object.fromEntries(
      KERNELS.map(([name], i) => [name, again(i)]),
    );
    for (const [name, list] of Object.entries(await alternate(tasks, RUNS))) {
      const i = KERNELS.findIndex(([kernel]) => kernel === name);
      const one = summary(list);
      report({
        suite: "kernels",
        what: "kernel",
        kernel: name,
        of: KERNELS[i][1],
        place,
        gb_per_s: (bytes[i] * rounds) / one.median_ms / 1e6,
        ...one,
      });
    }
  }
  for (const bits of [1, 2, 4, 8, 10, 13, 16, 20, 24, 32, 48, 64]) {
    x.select_rows(bits);
    const times = await alternate(
      {
        dense: () => timed(() => x.scan(DENSE)),
        sparse: () => timed(() => x.scan(SPARSE)),
      },
      RUNS,
    );
    report({
      suite: "kernels",
      what: "crossover",
      bits,
      dense_ms: summary(times.dense).median_ms,
      sparse_ms: summary(times.sparse).median_ms,
    });
  }
}
