// EdgeVec in Node, with an HNSW graph, because its flat index takes binary vectors only.
import { readFile } from "node:fs/promises";

export async function createEdgeVec() {
  const {
    default: init,
    EdgeVec,
    EdgeVecConfig,
    JsIndexType,
    MetricType,
  } = await import("edgevec");
  const wasm = new URL(import.meta.resolve("edgevec/edgevec_bg.wasm"));
  await init({ module_or_path: await readFile(wasm) });
  let index;
  const rowids = new Map();
  return {
    name: "EdgeVec HNSW",
    version: (await packageVersion("edgevec")).version,
    fill({ n, d, vectors, r, c }) {
      const config = new EdgeVecConfig(d);
      config.setMetricType(MetricType.L2);
      config.indexType = JsIndexType.Hnsw;
      index = new EdgeVec(config);
      const start = performance.now();
      for (let i = 0; i < n; i++) {
        const vector = vectors.slice(i * d, (i + 1) * d);
        const id = index.insertWithMetadata(vector, { r: r[i], c: c[i] });
        rowids.set(id, i + 1);
      }
      return performance.now() - start;
    },
    search(query, k, where) {
      const start = performance.now();
      const found = where
        ? index.searchWithFilter(query, `${where.column} < ${where.below}`, k)
        : index.search(query, k);
      const ms = performance.now() - start;
      return { ms, ids: Array.from(found, (hit) => rowids.get(hit.id)) };
    },
    close: () => index.free(),
  };
}

async function packageVersion(name) {
  const url = new URL("package.json", new URL(".", import.meta.resolve(name)));
  return JSON.parse(await readFile(url, "utf8"));
}
