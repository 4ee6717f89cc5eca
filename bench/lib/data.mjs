// Data made from a seed, which is the same in Node and in a page.
//
//   "clustered"   200 clusters with few strong and many weak directions, as embeddings have
//   "isotropic"   components that do not depend on one another: the worst case for a bound
//
// Every row has two filter columns with the values 0 to 999: r at random, c by position, so that
// the rows of `c < 10` lie together and those of `r < 10` do not.

const CLUSTERS = 200;
const NORMALS = 1 << 16;
export const STEPS = 1000;

/** Mulberry32: 32 random bits per call. */
export function randomBits(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** A table of normal deviates. Drawing from it is a hundred times faster than computing each. */
function normalTable(bits) {
  const table = new Float32Array(NORMALS);
  for (let i = 0; i < NORMALS; i++) {
    const radius = Math.sqrt(-2 * Math.log((bits() + 1) / 2 ** 32));
    table[i] = radius * Math.cos((2 * Math.PI * bits()) / 2 ** 32);
  }
  return table;
}

/**
 * @param {{ kind?: "clustered" | "isotropic", n: number, d: number, queries?: number, seed?: number
 *   }} spec
 * @returns {{ n: number, d: number, vectors: Float32Array, queries: Float32Array[], r: Int32Array,
 *   c: Int32Array }}
 */
export function makeData({
  kind = "clustered",
  n,
  d,
  queries = 16,
  seed = 20260101,
}) {
  const bits = randomBits(seed + n + 7 * d);
  const normals = normalTable(bits);
  const normal = () => normals[bits() & (NORMALS - 1)];
  const scale = Float32Array.from({ length: d }, (_, j) =>
    kind === "clustered" ? (1 + j / 8) ** -0.5 : 1,
  );
  const centres = Float32Array.from({ length: CLUSTERS * d }, (_, i) =>
    kind === "clustered" ? normal() * scale[i % d] : 0,
  );
  const rows = new Float32Array((n + queries) * d);
  for (let i = 0; i < n + queries; i++) {
    const centre = (bits() % CLUSTERS) * d;
    for (let j = 0; j < d; j++)
      rows[i * d + j] = centres[centre + j] + normal() * scale[j];
  }
  const r = Int32Array.from({ length: n }, () => bits() % STEPS);
  const c = Int32Array.from({ length: n }, (_, i) =>
    Math.floor((i * STEPS) / n),
  );
  return { ...split(rows, n, d, queries), r, c };
}

function split(rows, n, d, queries) {
  const vectors = rows.subarray(0, n * d);
  const list = Array.from({ length: queries }, (_, i) =>
    rows.slice((n + i) * d, (n + i + 1) * d),
  );
  return { n, d, vectors, queries: list };
}

/**
 * The vectors of an .fvecs file: a 32-bit dimension before each.
 * @param {Uint8Array} bytes
 */
export function readFvecs(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const d = view.getInt32(0, true);
  const n = bytes.byteLength / (4 * (d + 1));
  const vectors = new Float32Array(n * d);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d; j++)
      vectors[i * d + j] = view.getFloat32(4 * (i * (d + 1) + 1 + j), true);
  return { n, d, vectors };
}
