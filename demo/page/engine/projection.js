/**
 * All vectors of a collection as points in a plane: their two leading principal components, found
 * by power iteration from a fixed start (the same picture at every visit).
 */

const ITERATIONS = 24;

/**
 * @param {Float32Array} vectors n rows of `dimensions`
 * @param {number} dimensions
 * @returns {{ x: Float32Array, y: Float32Array }} each within -1 .. 1
 */
export function principalPlane(vectors, dimensions) {
  const n = vectors.length / dimensions;
  const mean = new Float64Array(dimensions);
  for (let i = 0; i < vectors.length; i++)
    mean[i % dimensions] += vectors[i] / n;
  const covariance = covarianceOf(vectors, dimensions, mean);
  const first = leadingVector(covariance, dimensions, []);
  const second = leadingVector(covariance, dimensions, [first]);
  return {
    x: spread(project(vectors, dimensions, mean, first)),
    y: spread(project(vectors, dimensions, mean, second)),
  };
}

/**
 * At most 4,000 rows, evenly taken, give the axes: the picture is the same, and it appears at once.
 */
function covarianceOf(vectors, d, mean) {
  const n = vectors.length / d;
  const step = Math.max(1, Math.floor(n / 4000));
  const covariance = new Float64Array(d * d);
  const row = new Float64Array(d);
  for (let r = 0; r < n; r += step) {
    for (let j = 0; j < d; j++) row[j] = vectors[r * d + j] - mean[j];
    for (let i = 0; i < d; i++)
      for (let j = i; j < d; j++) covariance[i * d + j] += row[i] * row[j];
  }
  for (let i = 0; i < d; i++)
    for (let j = 0; j < i; j++) covariance[i * d + j] = covariance[j * d + i];
  return covariance;
}

function leadingVector(matrix, d, orthogonalTo) {
  let v = Float64Array.from({ length: d }, (_, i) =>
    Math.cos(i * 1.7 + orthogonalTo.length),
  );
  for (let pass = 0; pass < ITERATIONS; pass++) {
    const next = new Float64Array(d);
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) next[i] += matrix[i * d + j] * v[j];
    for (const other of orthogonalTo) {
      const share = next.reduce((sum, x, i) => sum + x * other[i], 0);
      for (let i = 0; i < d; i++) next[i] -= share * other[i];
    }
    const length = Math.hypot(...next) || 1;
    v = next.map((x) => x / length);
  }
  return v;
}

function project(vectors, d, mean, axis) {
  const n = vectors.length / d;
  const out = new Float32Array(n);
  for (let r = 0; r < n; r++)
    for (let j = 0; j < d; j++)
      out[r] += (vectors[r * d + j] - mean[j]) * axis[j];
  return out;
}

/**
 * The place of a value lies between the value and its rank, nearer to the rank, and the places go
 * from edge to edge. The components of texts crowd around zero, and a plain scale would show one
 * dark spot. Order along each axis is kept.
 */
function spread(values) {
  const n = values.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => values[a] - values[b],
  );
  const least = values[order[0]];
  const range = values[order[n - 1]] - least || 1;
  const out = new Float32Array(n);
  order.forEach((at, rank) => {
    const value = (values[at] - least) / range;
    out[at] = 2 * (0.3 * value + (0.7 * rank) / Math.max(1, n - 1)) - 1;
  });
  return out;
}
