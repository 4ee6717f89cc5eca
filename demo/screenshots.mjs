// Pictures of the page for the documentation, taken in Chromium from demo/dist.
//
//   node demo/screenshots.mjs [folder]     default: docs/images
//
// CHROMIUM in the environment names another browser.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { listen, staticServer } from "./start/server.mjs";

const folder =
  process.argv[2] ?? fileURLToPath(new URL("../docs/images", import.meta.url));
const profiles = mkdtempSync(join(tmpdir(), "vss-screenshots-"));
const server = staticServer(fileURLToPath(new URL("dist", import.meta.url)));
const address = `http://localhost:${await listen(server, "0")}/`;

/** Takes one picture, after `act` has done what a visitor would do. */
async function shoot(name, options, act) {
  const context = await chromium.launchPersistentContext(join(profiles, name), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
    ...options,
  });
  const page = await context.newPage();
  await page.goto(address);
  await page.waitForSelector("html[data-ready]", { state: "attached" });
  await act(page);
  // Wait until the last search is drawn, with the pointer away from everything.
  await page.mouse.move(0, 0);
  await page.waitForTimeout(1000);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
}

mkdirSync(folder, { recursive: true });
try {
  await shoot(
    "demo-desktop",
    { viewport: { width: 1360, height: 900 }, colorScheme: "light" },
    async (page) => {
      await page.fill("#query", "sea animal");
      await page.getByLabel("Animals & Nature").check();
      await page.getByLabel("Food & Drink").check();
      await page.getByLabel("Emoji version, to").press("ArrowLeft");
    },
  );
  await shoot(
    "demo-phone",
    {
      viewport: { width: 390, height: 780 },
      deviceScaleFactor: 2,
      colorScheme: "dark",
      isMobile: true,
      hasTouch: true,
    },
    (page) => page.fill("#query", "cold weather"),
  );
} finally {
  server.closeAllConnections();
  server.close();
  rmSync(profiles, { recursive: true, force: true });
}
