// The demo page in Firefox: what differs between engines is OPFS, the worker and the layout.
// FIREFOX names another browser binary; where there is none, these tests are skipped and say so.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { listen, staticServer } from "../../demo/start/server.mjs";

const firefox =
  process.env.FIREFOX ??
  ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find((path) => existsSync(path));
const skip = firefox ? false : "no Firefox on this machine";

let folder;
let server;
let address;
let browser;
let page;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "vss-firefox-"));
  server = staticServer(
    fileURLToPath(new URL("../../demo/dist", import.meta.url)),
  );
  address = `http://localhost:${await listen(server, "0")}/`;
  browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: firefox,
    headless: true,
    userDataDir: join(folder, "profile"),
  });
  page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
});

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const ready = () =>
  page.waitForSelector("html[data-ready]", { timeout: 90_000 });
const until = (check, ...args) =>
  page.waitForFunction(check, { timeout: 30_000 }, ...args);
const hasResult = (name) =>
  until(
    (wanted) =>
      [...document.querySelectorAll("#list h3")].some(
        ({ textContent }) => textContent === wanted,
      ),
    name,
  );

/** As a person would: the box is emptied and typed into. */
async function type(selector, text) {
  await page.$eval(selector, (box) => {
    box.value = "";
  });
  await page.type(selector, text);
}

test("search, filter and free SQL", { skip }, async () => {
  await page.goto(address);
  await ready();
  await hasResult("party popper");
  await type("#query", "sea animal");
  await hasResult("octopus");
  await page.$$eval("#filters label", (labels) =>
    labels
      .find(({ textContent }) => textContent.startsWith("Animals"))
      .querySelector("input")
      .click(),
  );
  await until(() => document.querySelector("#stat-left").textContent === "160");
  await type("#where", "version > 100");
  await until(() =>
    /No row passes/.test(document.querySelector("#notice").textContent),
  );
});

test("kept in OPFS over a reload", { skip }, async () => {
  await page.goto(address);
  await ready();
  const { from, kept } = await page.evaluate(() => ({
    from: document.documentElement.dataset.from,
    kept: document.querySelector("#kept").textContent,
  }));
  assert.equal(from, "kept", kept);
  assert.match(kept, /OPFS/);
});

test("one's own JSON Lines", { skip }, async () => {
  const file = join(folder, "own.jsonl");
  const subjects = ["whales in the sea", "bread in the oven"];
  writeFileSync(
    file,
    Array.from({ length: 40 }, (_, i) =>
      JSON.stringify({ text: `Note ${i} about ${subjects[i % 2]}`, n: i }),
    ).join("\n"),
  );
  await page.click("#tabs .add");
  await (await page.waitForSelector("#file")).uploadFile(file);
  await (await page.waitForSelector("#import .primary")).click();
  await until(() =>
    /own\.jsonl/.test(document.querySelector("#tabs").textContent),
  );
  await ready();
  await type("#query", "oven");
  await until(() =>
    /bread/.test(document.querySelector("#list h3")?.textContent ?? ""),
  );
});

test("on a phone nothing is wider than the window", { skip }, async () => {
  await page.setViewport({ width: 390, height: 844 });
  await page.reload();
  await ready();
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - innerWidth,
  );
  assert.ok(wide <= 0, `${wide} px`);
  if (process.env.SCREENSHOTS)
    await page.screenshot({
      path: join(process.env.SCREENSHOTS, "firefox-phone.png"),
    });
});
