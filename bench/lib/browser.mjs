// Chromium with the page of bench/page, for the contests that need a browser.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "../../tests/js/lib/server.mjs";

const here = new URL("..", import.meta.url).pathname;
// The clock of an isolated page has steps of 5 microseconds, that of another page has steps of 100.
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const html = () =>
  '<!doctype html><title>bench</title><link rel="icon" href="data:,"><script type="module" src="/bench/page/page.mjs"></script>';

/** @param {{ dist: string, versions: Record<string, string> }} options */
export async function openBrowser({ dist, versions }) {
  const server = await serve(
    {
      "/dist": dist,
      "/bench": here,
      "/peers": join(here, "node_modules"),
      "/page": html,
    },
    isolation,
  );
  const profile = mkdtempSync(join(tmpdir(), "vss-bench-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  return {
    version: `Chromium ${context.browser()?.version() ?? ""}`.trim(),
    /** Each contest has a fresh page, so that what it leaves behind does not disturb the next. */
    async contest(task) {
      const page = await context.newPage();
      page.on("pageerror", (error) => console.error(`page: ${error.message}`));
      try {
        await page.goto(`${server.origin}/page`);
        await page.waitForFunction(() => globalThis.contest);
        return await page.evaluate((t) => globalThis.contest(t), {
          ...task,
          versions,
        });
      } finally {
        await page.close();
      }
    },
    async close() {
      await context.close();
      server.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
