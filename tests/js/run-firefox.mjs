// Runs the specs in headless Firefox: in the page and in a dedicated Worker.
//
//   node tests/js/run-firefox.mjs [word in the spec's name]
//
// The environment variables VSS_DIST and FIREFOX name the package's folder and the browser.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pageOf } from "./lib/page.mjs";
import { report } from "./lib/report.mjs";
import { programs, requireRuntime, root } from "./lib/runtimes.mjs";
import { serve } from "./lib/server.mjs";

const puppeteer = requireRuntime("puppeteer-core");
const dist = resolve(process.env.VSS_DIST ?? join(root, "dist"));
const server = await serve({
  "/dist": dist,
  "/tests": join(root, "tests/js"),
  "/page": pageOf,
});
const profile = mkdtempSync(join(tmpdir(), "vss-firefox-"));
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: programs(
    process.env.FIREFOX ?? "",
    "/usr/bin/firefox-esr",
    "/usr/bin/firefox",
  ),
  headless: true,
  userDataDir: profile,
  protocolTimeout: 300_000,
});
try {
  const version = (await browser.version()).replace(/^.*\//, "").split(".")[0];
  for (const where of ["page", "worker"]) {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/page`);
    await page.waitForFunction(() => "runIn" in globalThis);
    const results = await page.evaluate(
      (place, word) => /** @type {any} */ (globalThis).runIn(place, word),
      where,
      process.argv[2] ?? "",
    );
    report(`Firefox ${version}, ${where}`, results);
    await page.close();
  }
} finally {
  await browser.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
