// What the specs of locks share: it starts processes and threads that do a task of child.mjs, and
// looks at lock files.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { skip } from "../lib/harness.js";

const child = new URL("./child.mjs", import.meta.url);
const { Deno } = /** @type {any} */ (globalThis);
const runtimeArgs = Deno ? ["run", "-A"] : [];

/** The words that run a task of child.mjs in this runtime. */
export const command = (env, task, path, given = {}) => [
  process.execPath,
  ...runtimeArgs,
  child.pathname,
  env.dist,
  task,
  path,
  JSON.stringify(given),
];

/** Messages that arrive one by one, for whoever asks for the next. */
function inbox() {
  const waiting = [];
  const arrived = [];
  return {
    /** @param {unknown} message */
    put(message) {
      const waiter = waiting.shift();
      if (waiter) waiter(message);
      else arrived.push(message);
    },
    next: () =>
      arrived.length > 0
        ? Promise.resolve(arrived.shift())
        : new Promise((done) => waiting.push(done)),
  };
}

/** Everything that was started: a spec that fails leaves it to be ended here. */
const runs = [];
process.on("exit", () => runs.forEach((run) => run.kill("SIGKILL")));

/**
 * A process that runs a command and writes lines of JSON.
 * @param {string[]} words
 * @param {object} [options] of spawn()
 */
export function start([program, ...args], options = {}) {
  const run = spawn(program, args, {
    stdio: ["pipe", "pipe", "inherit"],
    ...options,
  });
  runs.push(run);
  const messages = inbox();
  let rest = "";
  run.stdout.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line) messages.put(JSON.parse(line));
  });
  const ended = new Promise((done) =>
    run.on("close", (code) => (messages.put({ ended: code }), done(code))),
  );
  return {
    pid: run.pid,
    next: messages.next,
    ended,
    /** @param {string} line */
    tell: (line) => run.stdin.write(`${line}\n`),
    kill: () => (run.kill("SIGKILL"), ended),
  };
}

/** A thread of this process that does a task. */
export function startThread(env, task, path, given = {}) {
  const worker = new Worker(child, {
    workerData: [env.dist, task, path, JSON.stringify(given)],
  });
  const messages = inbox();
  worker.on("message", messages.put);
  worker.on("error", (error) => messages.put({ error: `${error}` }));
  const ended = new Promise((done) => worker.on("exit", done));
  return { next: messages.next, ended, terminate: () => worker.terminate() };
}

/** The names of the lock files beside a database. */
export const locksOf = (path) =>
  readdirSync(dirname(path)).filter((name) =>
    name.startsWith(`${basename(path)}-vss-lock-`),
  );

/** A database with one row. */
export async function create(api, path) {
  const db = await api.open(`file:${path}`);
  db.exec("create table t(v); insert into t values ('kept')");
  db.close();
}

export const count = (db) => db.prepare("select count(*) from t").pluck().get();

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Try until it no longer throws: what ends a thread tells before the kernel has ended it. */
export async function eventually(run, ms = 10_000) {
  for (const until = Date.now() + ms; ;) {
    try {
      return await run();
    } catch (error) {
      if (Date.now() > until) throw error;
      await pause(50);
    }
  }
}

/** Skip the spec, with the reason, unless this machine lets a test run the command `words`. */
export function need(...words) {
  const done = spawnSync(words[0], words.slice(1), { encoding: "utf8" });
  if (done.status !== 0)
    skip(
      `"${words.join(" ")}" is not permitted here: ${(done.stderr ?? "").trim() || done.error?.message}`,
    );
}
