// The kernels of relaxed SIMD, where the engine has them: the same bits as the formula written out
// here, at every dimension and alignment, and the same answers as the kernels of baseline SIMD.
import { equal, ok, rejects, spec } from "../lib/harness.js";

const ROWS = 64;

/** A generator of whole numbers below n (mulberry32). */
function generator(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** Where the nibble of a component is, as kernel/block.h draws it. */
function highOf(highs, padded, lane, j) {
  const group = (lane >> 2) * 2 * padded;
  const rowBytes = (Math.floor(j / 128) + 1) * 128 <= padded ? 64 : 32;
  const piece = Math.floor(j / 128) * 256 + (lane & 3) * rowBytes;
  const both = highs[group + piece + ((j % 128) >> 5) * 16 + (j % 16)];
  return j % 32 < 16 ? both & 15 : both >> 4;
}

/** bound = ((base + constant) - scale * I) - kappa * rho in float32, -Inf for NaN. */
function boundOf({ e, highs, margins, constant, scale, kappa }, padded, lane) {
  const f = Math.fround;
  let dot = 0;
  for (let j = 0; j < padded; j++) dot += e[j] * highOf(highs, padded, lane, j);
  const at = (lane >> 2) * 8 + (lane & 3);
  const estimate = f(f(margins[at + 4] + constant) - f(scale * f(dot)));
  const bound = f(estimate - f(kappa * margins[at]));
  return Number.isNaN(bound) ? -Infinity : bound;
}

/** n queries over one block, each of them with bounds of its own. */
function checkKernel(run, memory, padded, shift, n, below) {
  const f = Math.fround;
  const isWorst = below(4) === 0;
  const most = padded > 4096 ? Math.floor(559240 / padded) : 127;
  const highs = Uint8Array.from({ length: 32 * padded }, () =>
    isWorst ? 255 : below(256),
  );
  const margins = Float32Array.from({ length: 128 }, () =>
    below(50) ? below(2000) / 300 - 2 : [Infinity, NaN, -0][below(3)],
  );
  const queries = Array.from({ length: n }, (_, q) => ({
    e: Int8Array.from({ length: padded }, () =>
      isWorst ? most : below(2 * most + 1) - most,
    ),
    constant: f(1.7 + q),
    scale: 2 ** -12,
    kappa: f(0.3 * q),
  }));
  // Pointers to the queries, pointers to their bounds, the queries, and behind them each array at
  // an odd place.
  const words = new Uint32Array(memory.buffer, 0, 8 * 32);
  const floats = new Float32Array(memory.buffer, 0, 8 * 32);
  let end = 1024 + shift;
  const place = (size) => (end += size + 64) - size - 64;
  const at = {
    highs: place(highs.length),
    e: queries.map(() => place(padded)),
  };
  end = (end + 3) & ~3;
  at.margins = place(512);
  at.out = queries.map(() => place(256));
  new Uint8Array(memory.buffer, at.highs).set(highs);
  new Float32Array(memory.buffer, at.margins).set(margins);
  queries.forEach(({ e, constant, scale, kappa }, q) => {
    new Int8Array(memory.buffer, at.e[q]).set(e);
    const start = 64 + 6 * q;
    words[q] = 4 * start;
    words[32 + q] = at.out[q];
    words.set([at.e[q], 0, padded], start);
    floats.set([constant, scale, kappa], start + 3);
    new Float32Array(memory.buffer, at.out[q], ROWS).fill(12345);
  });
  const word = below(3)
    ? (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32) & 0xff00ff)
    : 2n ** 64n - 1n;
  run(0, n, at.highs, at.margins, BigInt.asIntN(64, word), 128);
  queries.forEach((query, q) => {
    const out = new Float32Array(memory.buffer, at.out[q], ROWS);
    for (let lane = 0; lane < ROWS; lane++) {
      const group = (word >> BigInt(lane & ~3)) & 15n;
      const expected =
        group === 0n
          ? 12345
          : boundOf({ ...query, highs, margins }, padded, lane);
      if (!Object.is(out[lane], expected))
        equal(out[lane], expected, `padded ${padded}, ${shift}, ${q}: ${lane}`);
    }
  });
}

spec("kernels: relaxed SIMD gives the bits of the formula", async (context) => {
  const { api, env } = context;
  const module = await env.relaxed?.();
  equal(api.version.simd, module ? "relaxed" : "baseline");
  if (!module) return;
  const memory = new WebAssembly.Memory({ initial: 64 });
  const side = await WebAssembly.instantiate(module, { env: { memory } });
  const below = generator(20261128);
  const run = side.exports.vss_bounds_block_u4_relaxed;
  for (let padded = 64; padded <= 1088; padded += 64)
    for (let shift = 0; shift < 16; shift++)
      checkKernel(run, memory, padded, shift, shift % 4 === 3 ? 5 : 1, below);
  // Every number of queries up to 17: the kernel takes them in fours.
  for (let n = 1; n <= 17; n++)
    for (const padded of [64, 128, 448])
      checkKernel(run, memory, padded, n % 16, n, below);
  for (const padded of [1536, 4032, 4096, 65536])
    for (let i = 0; i < 4; i++)
      checkKernel(run, memory, padded, i, 1 + (i & 1) * 3, below);
});

/** Vectors around a few centres: nearly all are excluded by their high nibbles. */
function fill(table, d, n, below) {
  const centres = Array.from({ length: 40 }, () =>
    Float32Array.from({ length: d }, () => below(2001) / 1000 - 1),
  );
  const e = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    const centre = centres[i % centres.length];
    for (let j = 0; j < d; j++) e[i * d + j] = centre[j] + below(1000) / 5000;
  }
  table.insertMany({ e });
  return (i) => e.slice(i * d, (i + 1) * d).map((x, j) => x + (j % 7) / 90);
}

spec("kernels: each kind gives the same answers", async (context) => {
  const { api, env } = context;
  const [d, n] = [512, 8400];
  const kinds =
    api.version.simd === "relaxed" && env.freshApi
      ? ["baseline", "relaxed"]
      : ["baseline"];
  const answers = [];
  for (const simd of kinds) {
    const fresh = env.freshApi ? await env.freshApi() : api;
    if (env.freshApi) await fresh.init({ simd });
    const db = await fresh.open();
    const table = db.vss0("t", { e: d });
    const query = fill(table, d, n, generator(7));
    answers.push(
      [0, 11, 4200, 8399].map((i) => [
        ...table.search(query(i), { k: 10 }),
        ...table.search(query(i), { k: 5, offset: 20 }),
        ...table.search(query(i), { k: 9, where: { rowid: { gt: 100 } } }),
      ]),
    );
    const many = Array.from({ length: 17 }, (_, i) => query(i * 490));
    equal(
      table.searchMany(many, { k: 10 }),
      many.map((one) => table.search(one, { k: 10 })),
    );
    db.close();
    // The choice is that of the JavaScript, for all databases: the others want what was there.
    if (env.freshApi) await (await env.freshApi()).init();
  }
  ok(
    answers[0].every((hits) => hits.length === 24),
    "the rows asked for",
  );
  if (kinds.length > 1) equal(answers[1], answers[0]);
});

spec("kernels: init() refuses what there is not", async ({ env, api }) => {
  const fresh = env.freshApi ? await env.freshApi() : api;
  await rejects(fresh.init({ simd: "fast" }), {
    name: "TypeError",
    message: 'init: simd is "fast", expected "baseline" or "relaxed"',
  });
  if (api.version.simd === "baseline")
    await rejects(fresh.init({ simd: "relaxed" }), {
      name: "TypeError",
      message:
        'init: simd is "relaxed", which this engine or this build does not have',
    });
});
