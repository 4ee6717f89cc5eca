// The right answer, by brute force in float64.

/**
 * The rowids of the k nearest rows that pass, by (distance rounded to float32, rowid), as vss0 defines its order.
 * @param {import("./data.mjs").Data} data
 * @param {Float32Array} query
 * @param {number} k
 * @param {{ column: "r" | "c", below: number } | null} where
 */
export function nearest({ n, d, vectors, ...columns }, query, k, where) {
  const distances = new Float32Array(n);
  const ids = [];
  const q = Float64Array.from(query);
  for (let i = 0; i < n; i++) {
    if (where && !(columns[where.column][i] < where.below)) continue;
    const lanes = [0, 0, 0, 0];
    for (let j = 0; j < d; j++) {
      const difference = q[j] - vectors[i * d + j];
      lanes[j & 3] += difference * difference;
    }
    distances[i] = lanes[0] + lanes[2] + (lanes[1] + lanes[3]);
    ids.push(i);
  }
  // Only those at or below the k-th distance need to be put in order.
  const limit = Float32Array.from(ids, (i) => distances[i]).sort()[
    Math.min(k, ids.length) - 1
  ];
  return ids
    .filter((i) => distances[i] <= limit)
    .sort((a, b) => distances[a] - distances[b] || a - b)
    .slice(0, k)
    .map((i) => i + 1);
}

/** The part of the right answer that came. */
export function recall(expected, ids) {
  if (expected.length === 0) return ids.length === 0 ? 1 : 0;
  const found = new Set(ids);
  return expected.filter((id) => found.has(id)).length / expected.length;
}

export const identical = (a, b) =>
  a.length === b.length && a.every((id, i) => id === b[i]);
