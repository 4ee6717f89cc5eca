/**
 * The little linear algebra that latent semantic analysis needs, in plain JavaScript.
 *
 * Dense matrices are row-major Float64Arrays with their shape beside them. The term-document
 * matrix is sparse, by rows: row i holds columns[start[i] .. start[i+1]) and as many values.
 */

/**
 * @typedef {{ rows: number, cols: number, start: Uint32Array, columns: Uint32Array, values:
 *   Float64Array }} Sparse
 */

/**
 * A small seeded generator, a 32-bit counter well mixed. It gives the same numbers on every
 * machine.
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
  };
}

/** Sparse (rows x cols) times dense (cols x width), giving dense (rows x width). */
export function multiply(sparse, dense, width) {
  const out = new Float64Array(sparse.rows * width);
  for (let i = 0; i < sparse.rows; i++) {
    const to = i * width;
    for (let p = sparse.start[i]; p < sparse.start[i + 1]; p++) {
      const value = sparse.values[p];
      const from = sparse.columns[p] * width;
      for (let j = 0; j < width; j++) out[to + j] += value * dense[from + j];
    }
  }
  return out;
}

/** Transpose of sparse (rows x cols) times dense (rows x width), giving dense (cols x width). */
export function multiplyTransposed(sparse, dense, width) {
  const out = new Float64Array(sparse.cols * width);
  for (let i = 0; i < sparse.rows; i++) {
    const from = i * width;
    for (let p = sparse.start[i]; p < sparse.start[i + 1]; p++) {
      const value = sparse.values[p];
      const to = sparse.columns[p] * width;
      for (let j = 0; j < width; j++) out[to + j] += value * dense[from + j];
    }
  }
  return out;
}

/**
 * Makes the columns of a dense matrix (rows x width) orthonormal in place by Gram-Schmidt. One pass
 * loses some orthogonality where columns are nearly parallel, and two passes do not. A column that
 * depends on those before it becomes zero. Works on the transpose, where a column is contiguous.
 */
export function orthonormalize(dense, rows, width, passes = 2) {
  const columns = transpose(dense, rows, width);
  for (let j = 0; j < width; j++) {
    const column = columns.subarray(j * rows, (j + 1) * rows);
    const before = Math.sqrt(dot(column, column));
    for (let pass = 0; pass < passes; pass++) {
      for (let i = 0; i < j; i++) {
        const other = columns.subarray(i * rows, (i + 1) * rows);
        const share = dot(column, other);
        if (share !== 0)
          for (let r = 0; r < rows; r++) column[r] -= share * other[r];
      }
    }
    const left = Math.sqrt(dot(column, column));
    const scale = left > before * 1e-10 ? 1 / left : 0;
    for (let r = 0; r < rows; r++) column[r] *= scale;
  }
  dense.set(transpose(columns, width, rows));
}

function dot(a, b) {
  let even = 0;
  let odd = 0;
  const pairs = a.length & ~1;
  for (let i = 0; i < pairs; i += 2) {
    even += a[i] * b[i];
    odd += a[i + 1] * b[i + 1];
  }
  return pairs < a.length ? even + odd + a[pairs] * b[pairs] : even + odd;
}

function transpose(dense, rows, cols) {
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) out[j * rows + i] = dense[i * cols + j];
  return out;
}

/**
 * Eigenvalues and eigenvectors of a symmetric n x n matrix by Jacobi rotations, greatest first.
 * @returns {{ values: Float64Array, vectors: Float64Array }} column j of vectors belongs to
 *   values[j]
 */
export function symmetricEigen(matrix, n) {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    let diagonal = 0;
    for (let i = 0; i < n; i++) {
      diagonal += a[i * n + i] ** 2;
      for (let j = i + 1; j < n; j++) off += a[i * n + j] ** 2;
    }
    if (off <= 1e-22 * diagonal) break;
    for (let p = 0; p < n - 1; p++)
      for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => a[j * n + j] - a[i * n + i] || i - j,
  );
  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    values[to] = a[from * n + from];
    for (let i = 0; i < n; i++) vectors[i * n + to] = v[i * n + from];
  });
  return { values, vectors };
}

/** One Jacobi rotation that makes a[p][q] zero, also applied to the vectors. */
function rotate(a, v, n, p, q) {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t =
    (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let i = 0; i < n; i++) {
    const ip = a[i * n + p];
    const iq = a[i * n + q];
    a[i * n + p] = c * ip - s * iq;
    a[i * n + q] = s * ip + c * iq;
  }
  for (let i = 0; i < n; i++) {
    const pi = a[p * n + i];
    const qi = a[q * n + i];
    a[p * n + i] = c * pi - s * qi;
    a[q * n + i] = s * pi + c * qi;
    const vp = v[i * n + p];
    const vq = v[i * n + q];
    v[i * n + p] = c * vp - s * vq;
    v[i * n + q] = s * vp + c * vq;
  }
}

/**
 * The leading right singular vectors of a sparse matrix: subspace iteration from a seeded random
 * start, then a small exact eigenproblem inside the subspace.
 *
 * @param {Sparse} sparse
 * @param {number} rank how many; fewer come back where the matrix has fewer
 * @param {{ seed?: number, iterations?: number, onProgress?: (done: number) => void }} [options]
 * @returns {{ rank: number, singular: Float64Array, right: Float64Array }} right is cols x rank
 */
export function truncatedSvd(
  sparse,
  rank,
  { seed = 1, iterations = 6, onProgress } = {},
) {
  const width = Math.min(rank + 16, sparse.rows, sparse.cols);
  const random = seededRandom(seed);
  let basis = Float64Array.from(
    { length: sparse.cols * width },
    () => random() * 2 - 1,
  );
  for (let i = 0; i < iterations; i++) {
    // Every second step is often enough: without it, all columns would turn into the first vector.
    if (i % 2 === 0) orthonormalize(basis, sparse.cols, width, 1);
    basis = multiplyTransposed(sparse, multiply(sparse, basis, width), width);
    onProgress?.((i + 1) / (iterations + 1));
  }
  orthonormalize(basis, sparse.cols, width);

  const image = multiply(sparse, basis, width);
  const gram = new Float64Array(width * width);
  for (let r = 0; r < sparse.rows; r++) {
    const row = image.subarray(r * width, (r + 1) * width);
    for (let i = 0; i < width; i++)
      if (row[i] !== 0)
        for (let j = 0; j < width; j++) gram[i * width + j] += row[i] * row[j];
  }
  const { values, vectors } = symmetricEigen(gram, width);
  let found = Math.min(rank, width);
  while (found > 1 && values[found - 1] <= values[0] * 1e-12) found--;

  const right = new Float64Array(sparse.cols * found);
  for (let r = 0; r < sparse.cols; r++) {
    for (let i = 0; i < width; i++) {
      const b = basis[r * width + i];
      if (b !== 0)
        for (let j = 0; j < found; j++)
          right[r * found + j] += b * vectors[i * width + j];
    }
  }
  onProgress?.(1);
  return {
    rank: found,
    singular: values.slice(0, found).map((x) => Math.sqrt(Math.max(0, x))),
    right,
  };
}
