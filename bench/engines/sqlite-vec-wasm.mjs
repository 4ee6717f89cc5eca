// sqlite-vec's own wasm package, in a page. Statements are prepared once, and vectors are bound as
// BLOBs.

/** @param {() => Promise<any>} init the package's default export */
export async function createSqliteVec(init, version) {
  const sqlite3 = await init({ print() {}, printErr() {} });
  const db = new sqlite3.oo1.DB(":memory:");
  const statements = new Map();
  const prepare = (sql) => {
    if (!statements.has(sql)) statements.set(sql, db.prepare(sql));
    return statements.get(sql);
  };
  return {
    name: "sqlite-vec (wasm)",
    version,
    can: ({ k }) => k <= 4096,
    fill({ n, d, vectors, r, c }) {
      db.exec(
        `create virtual table v using vec0(e float[${d}], r integer, c integer)`,
      );
      const insert = db.prepare(
        "insert into v(rowid, e, r, c) values(?,?,?,?)",
      );
      const bytes = new Uint8Array(vectors.buffer, vectors.byteOffset);
      const start = performance.now();
      db.exec("begin");
      for (let i = 0; i < n; i++) {
        insert.bind(1, BigInt(i + 1));
        insert.bindAsBlob(2, bytes.subarray(4 * d * i, 4 * d * (i + 1)));
        insert.bind(3, r[i]).bind(4, c[i]).stepReset();
      }
      db.exec("commit");
      const ms = performance.now() - start;
      insert.finalize();
      return ms;
    },
    search(query, k, where) {
      const statement = prepare(
        `select rowid, distance from v where e match ? and k = ?${where ? ` and ${where.column} < ?` : ""}`,
      );
      const ids = [];
      const start = performance.now();
      statement.bindAsBlob(1, new Uint8Array(query.buffer)).bind(2, k);
      if (where) statement.bind(3, where.below);
      while (statement.step()) ids.push(statement.getInt(0));
      statement.reset();
      return { ms: performance.now() - start, ids };
    },
    close() {
      for (const statement of statements.values()) statement.finalize();
      db.close();
    },
  };
}
