// hnswlib's wasm build, which runs in pages only: once as a graph, once by brute force.
// A filter is a JavaScript function that it calls for each row.

/** @param {{ flat: boolean }} options */
export async function createHnswlib(loadHnswlib, version, { flat }) {
  const lib = await loadHnswlib();
  let index, columns;
  return {
    name: flat ? "hnswlib-wasm brute force" : "hnswlib-wasm HNSW",
    version,
    fill({ n, d, vectors, r, c }) {
      columns = { r, c };
      const start = performance.now();
      if (flat) {
        index = new lib.BruteforceSearch("l2", d);
        index.initIndex(n);
      } else {
        index = new lib.HierarchicalNSW("l2", d, "");
        index.initIndex(n, 16, 200, 100);
        index.setEfSearch(100);
      }
      const more = flat ? [] : [false]; // it is not to reuse the place of a deleted point
      for (let i = 0; i < n; i++)
        index.addPoint(vectors.subarray(i * d, (i + 1) * d), i + 1, ...more);
      return performance.now() - start;
    },
    search(query, k, where) {
      const pass = where
        ? (label) => columns[where.column][label - 1] < where.below
        : undefined;
      const start = performance.now();
      const { neighbors } = index.searchKnn(query, k, pass);
      return { ms: performance.now() - start, ids: Array.from(neighbors) };
    },
    close() {},
  };
}
