// Where vss-wasm/worker finds its Worker: another origin, a bundle, a strict page; and what it says
// where it cannot be loaded.
//
//   node --test tests/js/worker-load.test.mjs       VSS_DIST: the package's folder
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { serve } from "./lib/server.mjs";

const dist = resolve(
  process.env.VSS_DIST ?? new URL("../../dist", import.meta.url).pathname,
);
const folder = mkdtempSync(join(tmpdir(), "vss-worker-"));
const copied = (name, to) => copyFileSync(join(dist, name), join(folder, to));
// A client whose Worker was forgotten, and the Worker's file with nothing but the module beside it.
copied("worker.js", "client.js");
copied("worker-thread.js", "alone.js");
copied("vss.wasm", "vss.wasm");
await build({
  entryPoints: [join(dist, "worker.js")],
  outfile: join(folder, "iife.js"),
  bundle: true,
  format: "iife",
  globalName: "vss",
  logLevel: "silent",
});

const page = (head) => () => `<!doctype html><title>a page</title>${head}`;
const policy = (text) =>
  page(`<meta http-equiv="content-security-policy" content="${text}">`);
const cdn = await serve(
  { "/dist": dist },
  { "access-control-allow-origin": "*" },
);
const site = await serve({
  "/dist": dist,
  "/copied": folder,
  "/plain": page(""),
  "/map": page(
    `<script type="importmap">{ "imports": { "vss-wasm/worker": "${cdn.origin}/dist/worker.js" } }</script>`,
  ),
  "/no-workers": policy("worker-src 'none'"),
  "/trusted-types": policy("require-trusted-types-for 'script'"),
  "/iife": page('<script src="/copied/iife.js"></script>'),
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
after(async () => {
  await browser.close();
  cdn.close();
  site.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the body gives on the page: the answer of a search, or the error's message. */
async function on(path, body) {
  const tab = await browser.newPage();
  await tab.goto(`${site.origin}${path}`);
  const result = await tab.evaluate(`(async () => {
    const use = async (db) => {
      const t = await db.vss0("t", { v: 2 });
      await t.insert({ v: [1, 2] });
      const [{ distance }] = await t.search([1, 4], { k: 1 });
      await db.close();
      return "distance " + distance;
    };
    try { ${body} } catch (error) { return error.name + ": " + error.message; }
  })()`);
  await tab.close();
  return result;
}

const RIGHT = "distance 4";
const plainOpen = (options = "") =>
  `const { open } = await import("/dist/worker.js"); return use(await open(":memory:", {${options}}));`;

test("beside the script", async () => {
  assert.equal(await on("/plain", plainOpen()), RIGHT);
});

test("from another origin, by an import map", async () => {
  const body = (options) =>
    `const { open } = await import("vss-wasm/worker"); return use(await open(":memory:", {${options}}));`;
  assert.equal(await on("/map", body("")), RIGHT);
  assert.equal(
    await on("/map", body(`worker: "${cdn.origin}/dist/worker-thread.js"`)),
    RIGHT,
  );
});

test("an address, a function, a Worker; the file works alone", async () => {
  const made = 'new Worker("/copied/alone.js", { type: "module" })';
  for (const worker of [
    '"/copied/alone.js"',
    'new URL("/copied/alone.js", location.href)',
    `() => ${made}`,
    made,
  ])
    assert.equal(await on("/plain", plainOpen(`worker: ${worker}`)), RIGHT);
  assert.equal(
    await on(
      "/plain",
      `const { init, open } = await import("/copied/client.js");
       await init({ worker: "/copied/alone.js" });
       return use(await open());`,
    ),
    RIGHT,
  );
  assert.match(
    await on("/plain", plainOpen("worker: 5")),
    /^TypeError: open: worker is 5, expected a Worker, its address, or a function that makes one$/,
  );
});

test("what the error says where it is missing", async () => {
  assert.match(
    await on(
      "/plain",
      'const { open } = await import("/copied/client.js"); return use(await open());',
    ),
    /^Error: vss-wasm\/worker: the Worker could not be started from http\S+\/copied\/worker-thread\.js: HTTP status 404, content type text\/plain\. Serve worker-thread\.js/,
  );
  assert.match(
    await on("/plain", plainOpen('worker: "/copied/nowhere.js"')),
    /from http\S+\/copied\/nowhere\.js: HTTP status 404, content type text\/plain/,
  );
  assert.match(
    await on("/plain", plainOpen(`worker: () => new Worker("/copied/no.js")`)),
    /^Error: vss-wasm\/worker: the Worker that open\(\) was given could not be loaded$/,
  );
});

test("a policy without Workers is named", async () => {
  assert.match(
    await on("/no-workers", plainOpen()),
    /from http\S+\/dist\/worker-thread\.js: .*(Content-Security-Policy refuses it \(worker-src|Content Security Policy)/,
  );
});

test("Trusted Types: a function of the page's own policy", async () => {
  assert.match(
    await on("/trusted-types", plainOpen()),
    /could not be started from http\S+worker-thread\.js: .*TrustedScriptURL.* or \{ worker: \(\) => new Worker/,
  );
  const made =
    'trustedTypes.createPolicy("p", { createScriptURL: (url) => url }).createScriptURL("/dist/worker-thread.js")';
  assert.equal(
    await on(
      "/trusted-types",
      plainOpen(`worker: () => new Worker(${made}, { type: "module" })`),
    ),
    RIGHT,
  );
});

test("a bundle that is no module is told where the Worker is", async () => {
  assert.match(
    await on("/iife", "return use(await vss.open());"),
    /^Error: vss-wasm\/worker: this bundle does not know where it lies .*\{ worker: url \}/,
  );
  assert.equal(
    await on(
      "/iife",
      'return use(await vss.open(":memory:", { worker: "/copied/alone.js" }));',
    ),
    RIGHT,
  );
});
