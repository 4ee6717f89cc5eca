// Runs the specs in headless Chromium: once in the page, once in a dedicated Worker (where OPFS
// is).
//
//   node tests/js/run-chromium.mjs [word in the spec's name] [page or worker]
//
// The environment variables VSS_DIST and CHROMIUM name the package's folder and the browser.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { pageOf } from "./lib/page.mjs";
import { report } from "./lib/report.mjs";
import { serve } from "./lib/server.mjs";

const here = new URL(".", import.meta.url).pathname;
const dist = resolve(process.env.VSS_DIST ?? join(here, "../../dist"));
// Cross-origin isolated, so that interrupt() reaches a Worker; Firefox and run-package.mjs do
// without, as most sites.
const server = await serve(
  { "/dist": dist, "/tests": here, "/page": pageOf },
  {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  },
);
// A persistent profile: a plain launch() is incognito, where OPFS is a hundred times slower.
const profile = mkdtempSync(join(tmpdir(), "vss-chromium-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const version = context.browser()?.version()?.split(".")[0] ?? "";
  const [filter = "", place] = process.argv.slice(2);
  for (const where of place ? [place] : ["page", "worker"]) {
    const page = await context.newPage();
    page.on("pageerror", (error) =>
      console.log(`error in the page: ${error.message}`),
    );
    await page.exposeFunction("collectGarbage", () => page.requestGC());
    await page.goto(`${server.origin}/page`);
    const results = await page.evaluate(
      ([place, word]) => /** @type {any} */ (globalThis).runIn(place, word),
      [where, filter],
    );
    report(`Chromium ${version}, ${where}`, results);
    await page.close();
  }
} finally {
  await context.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
