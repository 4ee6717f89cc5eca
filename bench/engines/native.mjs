// Native engines: each is a process (bench/host) that holds a native SQLite with an extension. It
// reads requests from its input, and answers each with one line.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** The data as bench/host reads it. */
export function writeData(path, { n, d, vectors, queries, r, c }) {
  const bytes = Buffer.alloc(4 * (d * (n + queries.length) + 2 * n));
  const words = new Float32Array(bytes.buffer, bytes.byteOffset);
  words.set(vectors);
  queries.forEach((query, i) => words.set(query, d * (n + i)));
  const columns = new Int32Array(bytes.buffer, bytes.byteOffset);
  columns.set(r, d * (n + queries.length));
  columns.set(c, d * (n + queries.length) + n);
  writeFileSync(path, bytes);
  return `${path} ${n} ${d} ${queries.length}`;
}

function startHost(path, env) {
  const child = spawn(path, { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout })[
    Symbol.asyncIterator
  ]();
  const ask = async (command) => {
    child.stdin.write(`${command.replaceAll("\n", " ")}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`the native process ended at: ${command}`);
    if (!value.startsWith("ok")) throw new Error(value.slice(6));
    const [ms, ...ids] = value.slice(3).split(" ").map(Number);
    return { ms, ids };
  };
  return { ask, end: () => child.stdin.end() };
}

/**
 * @param {{ host: string, name: string, version?: string, extensions?: string[], dataFile: string,
 *   create?: (d: number) => string, insert?: string, batch?: number,
 *   search?: (where: any) => string, can?: (c: any) => boolean }} options without `search`, the
 *   float scan runs
 */
export async function createNative(options) {
  const { host, name, extensions = [], dataFile, search } = options;
  // FAISS would use every core, and the goal is about one thread.
  const env = { ...process.env, OMP_NUM_THREADS: "1" };
  const { ask, end } = startHost(host, env);
  for (const path of extensions) await ask(`extension ${path}`);
  await ask(`data ${dataFile}`);
  let prepared, queries;
  return {
    name,
    version: options.version ?? "",
    can: options.can,
    async fill(data) {
      queries = data.queries;
      if (!search) return 0;
      await ask(`exec ${options.create(data.d)}`);
      return (await ask(`fill ${options.batch ?? 0} ${options.insert}`)).ms;
    },
    exec: (sql) => ask(`exec ${sql}`),
    async search(query, k, where) {
      const number = queries.indexOf(query);
      if (!search)
        return ask(
          `scan ${number} ${k} ${where?.column ?? "-"} ${where?.below ?? 0}`,
        );
      const sql = search(where);
      if (sql !== prepared) await ask(`prepare ${sql}`);
      prepared = sql;
      return ask(`search ${number} ${k} ${where?.below ?? 0}`);
    },
    close: end,
  };
}

const filter = (where) => (where ? ` and ${where.column} < ?3` : "");

/** What can be asked of each native engine; `folder` holds its .so files. */
export const nativeVss = (so) => ({
  name: "vss0.so (native)",
  extensions: [so],
  create: (d) =>
    `create virtual table v using vss0(e(${d}), r integer, c integer)`,
  insert: "insert into v(rowid, e, r, c) values(?1, ?2, ?3, ?4)",
  search: (where) =>
    `select rowid, distance from v where vss_search(e, ?1)${filter(where)} limit ?2`,
});

export const nativeSqliteVec = (so) => ({
  name: "sqlite-vec (native)",
  extensions: [so],
  create: (d) =>
    `create virtual table v using vec0(e float[${d}], r integer, c integer)`,
  insert: "insert into v(rowid, e, r, c) values(?1, ?2, ?3, ?4)",
  search: (where) =>
    `select rowid, distance from v where e match ?1 and k = ?2${filter(where)}`,
  can: ({ k }) => k <= 4096,
});

/**
 * sqlite-vss has no filters, so it is compared without any. It copies all rows of the transaction
 * at each row, and its whole index at each commit. With 500 rows per transaction, the two together
 * cost least.
 */
export const nativeSqliteVss = (...so) => ({
  name: "sqlite-vss (native FAISS)",
  extensions: so,
  create: (d) => `create virtual table v using vss0(e(${d}))`,
  insert: "insert into v(rowid, e) values(?1, ?2)",
  batch: 500,
  search: () =>
    "select rowid, distance from v where vss_search(e, ?1) limit ?2",
  can: ({ where }) => !where,
});
