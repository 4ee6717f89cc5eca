// PGlite with pgvector in Node. The table has no vector index, so that its search is exact.
import { readFile } from "node:fs/promises";

const ROWS_A_STATEMENT = 500;

export async function createPgVector() {
  const { PGlite } = await import("@electric-sql/pglite");
  const { vector } = await import("@electric-sql/pglite-pgvector");
  const db = await PGlite.create({ extensions: { vector } });
  await db.exec("create extension vector");
  const { rows } = await db.query(
    "select extversion as version from pg_extension where extname = 'vector'",
  );
  return {
    name: "PGlite + pgvector",
    version: `${await version()} + ${rows[0].version}`,
    async fill({ n, d, vectors, r, c }) {
      await db.exec(
        `create table v(id int primary key, e vector(${d}), r int, c int)`,
      );
      const start = performance.now();
      for (let from = 0; from < n; from += ROWS_A_STATEMENT) {
        const tuples = [];
        for (let i = from; i < Math.min(n, from + ROWS_A_STATEMENT); i++)
          tuples.push(
            `(${i + 1},'[${vectors.subarray(i * d, (i + 1) * d)}]',${r[i]},${c[i]})`,
          );
        await db.exec(`insert into v values ${tuples}`);
      }
      await db.exec("create index on v(r); create index on v(c); analyze v");
      return performance.now() - start;
    },
    async search(query, k, where) {
      const filter = where ? `where ${where.column} < ${where.below}` : "";
      const text = `[${query}]`;
      const start = performance.now();
      const found = await db.query(
        `select id from v ${filter} order by e <-> $1, id limit ${k}`,
        [text],
      );
      return {
        ms: performance.now() - start,
        ids: found.rows.map((row) => row.id),
      };
    },
    close: () => db.close(),
  };
}

async function version() {
  const main = import.meta.resolve("@electric-sql/pglite");
  const text = await readFile(new URL("../package.json", main), "utf8");
  return JSON.parse(text).version;
}
