// What another process or thread does in the tests of locks: one task, which the command line or a
// Worker's data names.
//
//   <runtime> child.mjs <dist> <task> <path> [JSON]
import {
  existsSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isMainThread, parentPort, workerData } from "node:worker_threads";

const [dist, task, path, json = "{}"] = isMainThread
  ? process.argv.slice(2)
  : workerData;
const { open } = await import(pathToFileURL(join(dist, "index.node.js")).href);
const given = JSON.parse(json);
const say = (/** @type {unknown} */ what) =>
  isMainThread
    ? writeSync(1, `${JSON.stringify(what)}\n`)
    : parentPort?.postMessage(what);
const pause = (/** @type {number} */ ms) =>
  new Promise((done) => setTimeout(done, ms));
/** The lines that the parent writes, one after the other. */
async function* lines() {
  for await (const chunk of process.stdin)
    yield* String(chunk).trim().split("\n");
}
const count = (/** @type {any} */ db) =>
  db.prepare("select count(*) from t").pluck().get();

/** @type {Record<string, () => Promise<unknown>>} */
const tasks = {
  /** Open, say so, and hold it until this process or thread is ended. */
  async hold() {
    const db = await open(`file:${path}`, given.options);
    say("open");
    setInterval(() => db, 1000);
  },
  /** Open, then let the thread end by itself, with the database open. */
  async leave() {
    await open(`file:${path}`);
    say("open");
  },
  /** Open, write into a transaction until the journal is on the disk, and wait. */
  async write() {
    const db = await open(`file:${path}`);
    db.exec(`pragma journal_mode = ${given.mode}; pragma cache_size = 1;
      pragma cache_spill = 1; begin; update t set v = 'lost'`);
    for (let i = 0; i < 300; i++)
      db.exec("insert into t values (hex(zeroblob(800)))");
    say("open");
    setInterval(() => db, 1000);
  },
  /** Commit `times` rows. Let go of the file after every few, and wait while another has it. */
  async commit() {
    let refused = 0;
    for (let i = 0; i < given.times;) {
      let db;
      try {
        db = await open(`file:${path}`);
      } catch (/** @type {any} */ error) {
        if (error.code !== "SQLITE_BUSY") throw error;
        refused++;
        await pause(5 + Math.random() * 10);
        continue;
      }
      for (let j = 0; j < given.each && i < given.times; j++, i++)
        db.prepare("insert into t values (?)").run(`${given.name} ${i}`);
      db.close();
      await pause(Math.random() * 20);
    }
    say({ refused });
  },
  /** Read the whole table whenever it is told to. */
  async read() {
    const db = await open(`file:${path}`, { readonly: true });
    say(count(db));
    for await (const line of lines()) {
      try {
        say(line && count(db));
      } catch (/** @type {any} */ error) {
        say({ code: error.code, message: error.message });
      }
    }
  },
  /** On a file system without room: read, fail to write, and list what is left. */
  async full() {
    const db = await open(`file:${path}`);
    db.exec("create table t(v); insert into t values (1)");
    db.close();
    try {
      for (let i = 0; ; i++)
        writeFileSync(`${path}-ballast-${i}`, Buffer.alloc(4096));
    } catch (/** @type {any} */ error) {
      say(error.code);
    }
    const reader = await open(`file:${path}`, { readonly: true });
    say(count(reader));
    reader.close();
    const names = readdirSync(join(path, ".."));
    say(names.filter((name) => !name.includes("-ballast-")));
  },
  /** Put another file in the place of the one that is open, and say what writing gives then. */
  async replace() {
    const db = await open(`file:${path}`);
    db.exec(`pragma journal_mode = ${given.mode}`);
    if (given.first) db.exec("insert into t values ('before')");
    if (given.amid) db.exec("begin; insert into t values ('lost, too')");
    if (given.other) renameSync(given.other, path);
    else unlinkSync(path);
    try {
      db.exec("insert into t values ('lost')");
      say("written");
    } catch (/** @type {any} */ error) {
      say({ errcode: error.errcode, message: error.message });
    }
    if (given.end) db.exec(given.end);
    say(count(db));
    db.close();
    say(existsSync(path));
  },
};

try {
  await tasks[task]();
} catch (/** @type {any} */ error) {
  say({ code: error.code ?? "none", message: `${error.message}` });
}
