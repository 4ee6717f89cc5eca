// usearch in Node: its native exact search, on one thread, over float32 or over int8.
//
// It has no filters and no rowids: a row is its position. Over int8 it searches among rounded
// vectors, so that its answer is not that of the floats; its recall says how far it is off.
const MOST = 127;

/** Every component times this fits into int8. One scale for all keeps the order of distances. */
function scaleOf(vectors) {
  let most = 0;
  for (const x of vectors) most = Math.max(most, Math.abs(x));
  return MOST / most;
}

function rounded(vector, scale) {
  const codes = new Int8Array(vector.length);
  for (let i = 0; i < codes.length; i++)
    codes[i] = Math.max(-MOST, Math.min(MOST, Math.round(vector[i] * scale)));
  return codes;
}

/** usearch reads a typed array's buffer from its first byte on, whatever its offset is. */
const owned = (vector) =>
  vector.byteOffset === 0 ? vector : Float32Array.from(vector);

/** @param {{ bits: 8 | 32, version: string }} options */
export async function createUsearch({ bits, version }) {
  const { exactSearch, MetricKind } = await import("usearch");
  let d, rows, encoded;
  return {
    name: `usearch ${bits === 8 ? "int8" : "float32"} (native)`,
    version,
    can: ({ where }) => !where,
    fill(data) {
      d = data.d;
      const scale = bits === 8 ? scaleOf(data.vectors) : 1;
      const encode = (vector) =>
        bits === 8 ? rounded(vector, scale) : owned(vector);
      // The queries are encoded beforehand: only the search itself is compared.
      encoded = new Map(data.queries.map((query) => [query, encode(query)]));
      const start = performance.now();
      rows = encode(data.vectors);
      return performance.now() - start;
    },
    search(query, k) {
      const start = performance.now();
      const { keys } = exactSearch(
        rows,
        encoded.get(query),
        d,
        k,
        MetricKind.L2sq,
        1,
      );
      const ms = performance.now() - start;
      return { ms, ids: Array.from(keys, (key) => Number(key) + 1) };
    },
    close() {
      rows = encoded = undefined;
    },
  };
}
