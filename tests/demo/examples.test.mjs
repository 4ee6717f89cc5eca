// Every example in its real runtime.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";
import { chromium } from "playwright-core";
import { build } from "vite";
import { listen, staticServer } from "../../demo/start/server.mjs";
import { workerModules } from "./lib/worker-bundle.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const node = async (...args) =>
  (await run(process.execPath, args, { cwd: root })).stdout;
const architecture = process.arch === "arm64" ? "arm64" : "x64";

let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "vss-examples-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a server that says where it listens, asks it, and ends it. */
async function askServer(command, args, port, paths) {
  const server = spawn(command, args, {
    cwd: root,
    env: { ...process.env, PORT: String(port), NO_COLOR: "1" },
  });
  let said = "";
  const listens = new Promise((resolve, reject) => {
    const hear = (data) => {
      said += data;
      if (/listening on/i.test(said)) resolve();
    };
    server.stdout.on("data", hear);
    server.stderr.on("data", hear);
    server.once("error", reject);
    server.once("exit", (code) =>
      reject(new Error(`ended with ${code}: ${said}`)),
    );
  });
  try {
    await listens;
    const answers = [];
    for (const path of paths) {
      const response = await fetch(`http://localhost:${port}${path}`);
      answers.push([response.status, await response.json()]);
    }
    return answers;
  } finally {
    server.removeAllListeners("exit");
    server.kill("SIGKILL");
  }
}

/** What every newsroom server must answer. */
function assertNewsroom([[status, whales], [, news], [bad, problem]]) {
  assert.equal(status, 200);
  assert.equal(whales.length, 3);
  assert.match(whales[0].headline, /whale/);
  assert.ok(
    news.every(
      ({ newsroom, published }) => newsroom === "food" && published >= "2020",
    ),
  );
  assert.equal(bad, 400);
  assert.match(problem.error, /k is NaN/);
}

const PATHS = [
  "/?q=whale",
  "/?q=bread&newsroom=food&since=2020&k=5",
  "/?q=x&k=x",
];

/** A port nobody listens on. */
async function freePort() {
  const server = staticServer(folder);
  const port = await listen(server, "0");
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("npm start, its terminal part", async () => {
  const out = await node("demo/start/main.mjs", "--once");
  assert.equal(out.match(/:query = /g).length, 4);
  for (const word of [
    "party popper",
    "octopus|whale",
    "snowman",
    "between 1 and 13",
    "0\\.\\d{4}",
  ])
    assert.match(out, new RegExp(word));
});

test("demo/node keeps its notes in a file", async () => {
  const db = join(folder, "notes.db");
  const script = "demo/node/search.mjs";
  await node(script, db, "add", "Whales sing in the deep sea", "animals");
  await node(script, db, "add", "Bread rises over night", "food");
  assert.match(
    await node(script, db, "find", "whale"),
    /^0\.\d+ {2}animals {2}Whales sing.*\n1\.000/,
  );
  assert.doesNotMatch(
    await node(script, db, "find", "whale", "topic = 'food'"),
    /Whales/,
  );
  await assert.rejects(node(script, db), /usage/);
});

test("demo/hybrid fuses words and vectors", async () => {
  const out = await node("demo/hybrid/search.mjs", "bread");
  assert.match(
    out,
    /^0\.03\d+ {2}.*[Bb]read.*(?:words \+ meaning|meaning \+ words)\)/,
  );
  assert.equal(out.trim().split("\n").length, 5);
});

test("demo/datasette answers the plugin's queries, and is never stale", async () => {
  const out = await node("demo/datasette/queries.mjs");
  assert.match(out, /\n\[4, 11, 9, 5\]\n/);
  assert.match(out, /science {2}\| {2}\[4, 3\]/);
  assert.match(out, /\n\[4, 13\]\n$/);
});

test("demo/deno", async () => {
  const deno = join(
    root,
    `node_modules/@deno/linux-${architecture}-glibc/deno`,
  );
  const args = [
    "run",
    "-A",
    "--config",
    "demo/deno/deno.json",
    "demo/deno/server.js",
    join(folder, "deno.db"),
  ];
  const port = await freePort();
  assertNewsroom(await askServer(deno, args, port, PATHS));
  // Again from the file.
  assertNewsroom(await askServer(deno, args, port, PATHS));
});

test("demo/bun", async () => {
  const bun = join(
    root,
    `node_modules/@oven/bun-linux-${architecture}/bin/bun`,
  );
  const args = ["demo/bun/server.js", join(folder, "bun.db")];
  const port = await freePort();
  assertNewsroom(await askServer(bun, args, port, PATHS));
  assertNewsroom(await askServer(bun, args, port, PATHS));
});

test("demo/worker, with a database in the bundle and with one in R2", async () => {
  const file = join(folder, "articles.db");
  await node("demo/worker/make-db.mjs", file);
  const database = new Uint8Array(readFileSync(file));
  for (const inBucket of [false, true]) {
    const data = {
      type: "Data",
      path: "articles.db",
      contents: inBucket ? new Uint8Array(0) : database,
    };
    const worker = new Miniflare({
      modules: await workerModules("worker/worker.js", [data]),
      compatibilityDate: "2026-05-01",
      r2Buckets: inBucket ? ["BUCKET"] : [],
    });
    try {
      if (inBucket)
        await (
          await worker.getR2Bucket("BUCKET")
        ).put("articles.db", database.buffer);
      const answers = [];
      for (const path of PATHS) {
        const response = await worker.dispatchFetch(`http://localhost${path}`);
        answers.push([response.status, await response.json()]);
      }
      assertNewsroom(answers);
    } finally {
      await worker.dispose();
    }
  }
});

test("demo/vite, built and opened", async () => {
  const outDir = join(folder, "vite");
  await build({
    root: join(root, "demo/vite"),
    configFile: join(root, "demo/vite/vite.config.js"),
    logLevel: "error",
    build: { outDir, emptyOutDir: true },
  });
  const server = staticServer(outDir);
  const port = await listen(server, "0");
  const context = await chromium.launchPersistentContext(
    join(folder, "profile"),
    {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
    },
  );
  try {
    const page = await context.newPage();
    const problems = [];
    page.on("pageerror", (error) => problems.push(error.message));
    for (const visit of ["first", "second"]) {
      await page.goto(`http://localhost:${port}/`);
      await page
        .waitForSelector("#list li", { timeout: 30_000 })
        .catch(() => assert.fail(`${visit} visit: ${problems.join(" ")}`));
      await page.fill("#query", "whale");
      await page.waitForFunction(() =>
        /whale/.test(document.querySelector("#list li")?.textContent),
      );
      assert.equal(await page.locator("#list li").count(), 5);
    }
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
});
