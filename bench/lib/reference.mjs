// The right answer, by brute force in float64.

/**
 * The rowids of the k nearest rows that pass the filter, in the order that vss0 defines: by the
 * distance rounded to float32, then by rowid.
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
  // Only the rows at or below the k-th distance need to be sorted.
  const limit = Float32Array.from(ids, (i) => distances[i]).sort()[
    Math.min(k, ids.length) - 1
  ];
  return ids
    .filter((i) => distances[i] <= limit)
    .sort((a, b) => distances[a] - distances[b] || a - b)
    .slice(0, k)
    .map((i) => i + 1);
}

/** The share of the right answer that an engine found. */
export function recall(expected, ids) {
  if (expected.length === 0) return ids.length === 0 ? 1 : 0;
  const found = new Set(ids);
  return expected.filter((id) => found.has(id)).length / expected.length;
}

export const identical = (a, b) =>
  a.length === b.length && a.every((id, i) => id === b[i]);
