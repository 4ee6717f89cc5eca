// worker.terminate() amid commits on OPFS, and a reload of the page amid commits, in Chromium or
// Firefox.
//
//   node tests/js/kill/run-browser.mjs [chromium|firefox] [times]      default: chromium 10
//
// The environment variables VSS_DIST and SEED set the package's folder and the seed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { programs, requireRuntime, root } from "../lib/runtimes.mjs";
import { serve } from "../lib/server.mjs";

const [, , name = "chromium", count = "10"] = process.argv;
const times = Number(count);
const seed = Number(process.env.SEED ?? Date.now() % 1e6);
const dist = resolve(process.env.VSS_DIST ?? join(root, "dist"));
const html = () =>
  '<!doctype html><title>kill</title><script type="module" src="/tests/kill/browser.js"></script>';
const server = await serve({
  "/dist": dist,
  "/tests": join(root, "tests/js"),
  "/page": html,
});
const profile = mkdtempSync(join(tmpdir(), "vss-kill-browser-"));

async function openBrowser() {
  if (name === "firefox") {
    return requireRuntime("puppeteer-core").launch({
      browser: "firefox",
      executablePath: programs(
        process.env.FIREFOX ?? "",
        "/usr/bin/firefox-esr",
        "/usr/bin/firefox",
      ),
      userDataDir: profile,
      protocolTimeout: 600_000,
    });
  }
  const { chromium } = await import("playwright-core");
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launchPersistentContext(profile, {
    executablePath,
    args: ["--no-sandbox"],
  });
}

const browser = await openBrowser();
try {
  const page = await browser.newPage();
  const load = async () => {
    await page.goto(`${server.origin}/page`);
    await page.waitForFunction(() => "killRounds" in globalThis);
  };
  await load();
  // The text of a call, because the two drivers take arguments differently.
  const commits = await page.evaluate(`killRounds(${times}, ${seed})`);

  let found = 0;
  const reloads = Math.max(1, Math.round(times / 10));
  for (let i = 0; i < reloads; i++) {
    await page.evaluate("startWorking('opfs:reload.db')");
    let reported = 0;
    while (reported < found + 3) {
      await wait(20);
      reported = await page.evaluate("lastCommit");
    }
    await load();
    found = await page.evaluate(`verifyIn('opfs:reload.db', ${reported})`);
  }
  console.log(
    `${name}: terminated ${times} times, ${commits} commits; reloaded ${reloads} times, ${found} commits; all whole; seed ${seed}`,
  );
} catch (error) {
  console.log(`${name}: kill test failed; seed ${seed}: ${error.stack}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
