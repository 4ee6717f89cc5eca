// vss-wasm/inline: one file, where there is no second one. A page without a server, an extension, a
// bundle in CommonJS, and a page that uses its Worker.
//
//   node --test tests/js/inline.test.mjs       VSS_DIST: the package's folder
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { serve } from "./lib/server.mjs";

const dist = resolve(
  process.env.VSS_DIST ?? new URL("../../dist", import.meta.url).pathname,
);
const folder = mkdtempSync(join(tmpdir(), "vss-inline-"));
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
after(() => rmSync(folder, { recursive: true, force: true }));

/** A search in memory, by the plain API and by the Worker's; for `vss`, the module. */
const USE = `
  const use = async (db) => {
    const t = await db.vss0("t", { v: 2 });
    await t.insert({ v: [1, 2] });
    const [{ distance }] = await t.search([1, 4], { k: 1 });
    await db.close();
    return distance;
  };`;

const bundle = (format, outfile) =>
  build({
    entryPoints: [join(dist, "inline.js")],
    bundle: true,
    format,
    outfile,
    globalName: format === "iife" ? "vss" : undefined,
    logLevel: "error",
  });

test("a page without a server: file://", async () => {
  await bundle("iife", join(folder, "vss.js"));
  const page = join(folder, "page.html");
  writeFileSync(page, '<!doctype html><script src="vss.js"></script>');
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox"],
  });
  try {
    const tab = await browser.newPage();
    await tab.goto(`file://${page}`);
    const found = await tab.evaluate(`(async () => { ${USE}
      return [await use(await vss.open()), await use(await vss.worker.open())]; })()`);
    assert.deepEqual(found, [4, 4]);
  } finally {
    await browser.close();
  }
});

test("one file from a server: the Worker has opfs:, and fetches a database", async () => {
  const site = await serve({ "/dist": dist, "/page": () => "<!doctype html>" });
  const profile = mkdtempSync(join(tmpdir(), "vss-inline-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: ["--no-sandbox"],
  });
  try {
    const tab = await context.newPage();
    await tab.goto(`${site.origin}/page`);
    const found = await tab.evaluate(`(async () => { ${USE}
      const { open, worker } = await import("/dist/inline.js");
      const source = await open();
      source.exec("create table n(v); insert into n values (7)");
      await fetch("/source/inline", { method: "PUT", body: source.serialize() });
      const db = await worker.open("opfs:inline.db", { from: "/source/inline/well" });
      const seven = await (await (await db.prepare("select v from n")).pluck()).get();
      return [seven, await use(db), await use(await worker.open("opfs:other.db"))]; })()`);
    assert.deepEqual(found, [7, 4, 4]);
  } finally {
    await context.close();
    site.close();
    rmSync(profile, { recursive: true, force: true });
  }
});

/** What an extension's page finds, whose manifest allows these scripts. */
async function inExtension(policy) {
  const extension = mkdtempSync(join(folder, "extension-"));
  const profile = mkdtempSync(join(folder, "profile-"));
  copyFileSync(join(dist, "inline.js"), join(extension, "vss.js"));
  writeFileSync(
    join(extension, "manifest.json"),
    JSON.stringify({
      manifest_version: 3,
      name: "vss-wasm",
      version: "1",
      content_security_policy: { extension_pages: policy },
    }),
  );
  writeFileSync(
    join(extension, "page.html"),
    '<!doctype html><script type="module" src="main.js"></script>',
  );
  writeFileSync(
    join(extension, "main.js"),
    `import * as vss from "./vss.js"; ${USE}
     document.title = await vss.open().then(use).catch((error) => error.message);`,
  );
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: false,
    args: [
      "--headless=new",
      "--no-sandbox",
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
      "--disable-features=DisableLoadExtensionCommandLineSwitch",
    ],
  });
  try {
    // Chromium names an unpacked extension by its folder.
    const id = createHash("sha256")
      .update(extension)
      .digest("hex")
      .slice(0, 32);
    const name = id.replace(/./g, (digit) =>
      String.fromCharCode(97 + parseInt(digit, 16)),
    );
    const tab = await context.newPage();
    await tab.goto(`chrome-extension://${name}/page.html`);
    await tab.waitForFunction("document.title !== ''");
    return await tab.title();
  } finally {
    await context.close();
  }
}

test("an extension with 'wasm-unsafe-eval' in its manifest", async () => {
  const title = await inExtension(
    "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'",
  );
  assert.equal(title, "4");
});

test("an extension without it is told so", async () => {
  const title = await inExtension("script-src 'self'; object-src 'self'");
  assert.match(
    title,
    /could not compile .* Allow 'wasm-unsafe-eval' in script-src of the Content-Security-Policy \(of an extension: in its manifest\)\.$/,
  );
});

test("one main.js in CommonJS", async () => {
  mkdirSync(join(folder, "plugin"));
  await bundle("cjs", join(folder, "plugin/vss.cjs"));
  writeFileSync(
    join(folder, "plugin/main.cjs"),
    `const vss = require("./vss.cjs"); ${USE}
     vss.open().then(use).then((found) => console.log(found));`,
  );
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, "plugin/main.cjs")],
    { encoding: "utf8" },
  );
  assert.equal(stderr, "");
  assert.equal(stdout, "4\n");
});
