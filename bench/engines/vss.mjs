// vss-wasm itself, in the runtime that has loaded the package.

/**
 * @param {any} vss the package's module
 * @param {{ at?: string, name?: string, simd?: string }} [options]
 */
export async function createVss(
  vss,
  { at = ":memory:", name = "vss-wasm", simd } = {},
) {
  const usual = vss.version.simd ?? "baseline";
  // The choice holds for the databases that are opened from there on.
  if (simd) await vss.init({ simd });
  const db = await vss.open(at);
  if (simd) await vss.init({ simd: usual });
  let table;
  return {
    name,
    version: vss.version.vss,
    simd: simd ?? usual,
    db,
    get table() {
      return table;
    },
    fill({ d, vectors, r, c }) {
      table = db.vss0("v", { e: d, r: "integer", c: "integer" });
      const [rList, cList] = [Array.from(r), Array.from(c)];
      const start = performance.now();
      table.insertMany({ e: vectors, r: rList, c: cList });
      return performance.now() - start;
    },
    search(query, k, where) {
      const options = where
        ? { k, where: { [where.column]: { lt: where.below } } }
        : { k };
      const start = performance.now();
      const hits = table.search(query, options);
      const ms = performance.now() - start;
      return { ms, ids: hits.map((hit) => hit.rowid) };
    },
    close: () => db.close(),
  };
}
