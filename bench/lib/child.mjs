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

/** The size of a page of the databases: SQLite reads so many bytes at a time. */
const PAGE_BYTES = 8192;

/** CPU time of this process since it began, in milliseconds. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

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
  /** What opening cannot do without: reading so many bytes by pages, and one copy of them. */
  floor() {
    const { path, bytes } = JSON.parse(fs.readFileSync(argument, "utf8"));
    const fd = fs.openSync(path, "r");
    const page = new Uint8Array(PAGE_BYTES);
    const start = now();
    const memory = new Uint8Array(
      new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) }).buffer,
    );
    for (let at = 0; at < bytes; at += PAGE_BYTES) {
      const n = fs.readSync(fd, page, 0, PAGE_BYTES, at);
      memory.set(page.subarray(0, Math.min(n, bytes - at)), at);
    }
    return { ms: now() - start };
  },
  /** The CPU time from the import to the first answer of a small table in memory. */
  async firstSearch() {
    const start = cpu();
    const { open } = await load();
    const db = await open();
    const table = db.vss0("v", { e: 8, r: "integer" });
    table.insertMany({ e: new Float32Array(80), r: Array(10).fill(1) });
    table.search(new Float32Array(8), { k: 3 });
    return { ms: cpu() - start };
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
