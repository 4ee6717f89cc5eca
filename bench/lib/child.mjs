// One measurement in a process of its own: the cost of a cold start or of a cold file.
//
//   node child.mjs <dist> <task> [argument]      prints one JSON object
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [dist, task, argument] = process.argv.slice(2);
const load = () => import(pathToFileURL(join(dist, "index.node.js")).href);
const now = () => performance.now();

let bytesRead = 0;
/** Counts the bytes that are read from files from now on. */
function countReads() {
  const { readSync } = fs;
  fs.readSync = (...args) => {
    const n = readSync(...args);
    bytesRead += n;
    return n;
  };
  syncBuiltinESMExports();
}

const tasks = {
  /** Open the file and search it once. */
  async search() {
    const { path, query, k } = JSON.parse(fs.readFileSync(argument, "utf8"));
    countReads();
    const { open, init } = await load();
    await init();
    bytesRead = 0;
    const start = now();
    const db = await open(`file:${path}`);
    const ids = db
      .vss0("v")
      .search(query, { k })
      .map((hit) => hit.rowid);
    return { ms: now() - start, bytes: bytesRead, ids };
  },
  /** Open the file and read every float32 of it. */
  async floats() {
    const { path } = JSON.parse(fs.readFileSync(argument, "utf8"));
    countReads();
    const { open, init } = await load();
    await init();
    bytesRead = 0;
    const start = now();
    const db = await open(`file:${path}`);
    const table = db
      .prepare("select name from sqlite_schema where name glob 'v_vector*'")
      .pluck()
      .get();
    const column =
      db
        .prepare(
          `select name from pragma_table_info('${table}') where type like 'blob'`,
        )
        .pluck()
        .get() ?? "vector";
    // The last byte of the vector lies in the last of the row's overflow pages.
    db.prepare(`select max(substr("${column}", -1)) from "${table}"`).get();
    return { ms: now() - start, bytes: bytesRead };
  },
  async init() {
    const { init } = await load();
    const start = now();
    await init();
    return { ms: now() - start };
  },
  async open() {
    const { open } = await load();
    const start = now();
    await open();
    return { ms: now() - start };
  },
  async row() {
    const start = now();
    const { open } = await load();
    const db = await open();
    db.exec("create table t(x); insert into t values(1)");
    db.prepare("select x from t").get();
    return { ms: now() - start };
  },
  async sqlite() {
    const start = now();
    const { default: init } = await import(argument);
    const sqlite3 = await init({ print() {}, printErr() {} });
    const db = new sqlite3.oo1.DB(":memory:");
    db.exec("create table t(x); insert into t values(1)");
    db.selectValue("select x from t");
    return { ms: now() - start };
  },
};

console.log(JSON.stringify(await tasks[task]()));
