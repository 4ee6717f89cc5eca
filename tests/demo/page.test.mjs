// The demo page in Chromium, as a visitor uses it. CHROMIUM names another browser binary.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { open } from "vss-wasm";
import { listen, staticServer } from "../../demo/start/server.mjs";

const axe = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);
const CSV = [
  "body,title,section,year",
  ...Array.from({ length: 60 }, (_, i) => {
    const [subject, section] = [
      ["whales and dolphins of the deep sea", "science"],
      ["bread and cakes from the village bakery", "food"],
      ["trains and trams through the old city", "news"],
    ][i % 3];
    return `"About ${subject}, part ${i}",Report ${i},${section},${1990 + (i % 30)}`;
  }),
].join("\n");

let folder;
let server;
let address;
let shared;
let context;
let page;
let outside;
let complaints;

/**
 * A page in the browser that the tests share, or in one of its own where a test needs options or an
 * untouched profile. Not a private window: OPFS is another, slower thing there.
 */
async function openPage(options, path = "") {
  context = options ? await launch(options) : (shared ??= await launch());
  outside = [];
  complaints = [];
  page = await context.newPage();
  watch(page);
  await page.goto(address + path);
  await ready();
}

async function launch(options = {}) {
  const launched = await chromium.launchPersistentContext(
    mkdtempSync(join(folder, "profile-")),
    {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
      viewport: { width: 1280, height: 900 },
      ...options,
    },
  );
  launched.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(data|blob):/.test(url))
      outside.push(url);
  });
  return launched;
}

function watch(target) {
  target.on("pageerror", (error) => complaints.push(error.message));
  target.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
}

const ready = () =>
  page.waitForSelector("html[data-ready]", {
    timeout: 60_000,
    state: "attached",
  });
const text = (selector) => page.locator(selector).innerText();
const names = () => page.locator("#list h3").allTextContents();
const left = async () => Number((await text("#stat-left")).replaceAll(",", ""));

/** Waits until a check of the page holds; says what it saw last where it never does. */
async function eventually(check, what) {
  const end = Date.now() + 20_000;
  let last;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: ${last.message}`);
    await page.waitForTimeout(50);
  }
}

async function importCsv(csv = CSV) {
  await page.locator("#tabs .add").click();
  await page.locator("#file").setInputFiles({
    name: "reports.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(csv),
  });
  await page
    .getByRole("button", { name: /^Make \d+ rows searchable$/ })
    .click();
  await page.waitForSelector("#import:not([open])", {
    timeout: 60_000,
    state: "attached",
  });
  await eventually(
    async () => assert.match(await text("#tabs"), /reports\.csv/),
    "the new collection",
  );
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "vss-demo-"));
  server = staticServer(
    fileURLToPath(new URL("../../demo/dist", import.meta.url)),
  );
  address = `http://localhost:${await listen(server, "0")}/`;
});

afterEach(async () => {
  if (context !== shared) await context?.close();
  else for (const open of context?.pages() ?? []) await open.close();
});

after(async () => {
  await shared?.close();
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

test("a search as one types, with its time and its SQL", async () => {
  await openPage();
  assert.equal(await page.inputValue("#query"), "birthday party");
  assert.ok((await names()).slice(0, 6).includes("party popper"));
  assert.match(await text("#stat-time"), /^\d+(\.\d+)? ms$/);
  assert.equal(await left(), 1914);

  await page.locator("#query").blur();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate("document.activeElement.id"), "query");
  assert.equal(await page.inputValue("#query"), "birthday party");

  await page.fill("#query", "sea animal");
  await eventually(
    async () => assert.ok((await names()).includes("octopus")),
    "octopus",
  );
  assert.match(await text("#sql"), /where vss_search\(s\.embedding, :query\)/);
  await page.fill("#query", "");
  await eventually(
    async () => assert.equal((await names())[0], "grinning face"),
    "all rows, unsearched",
  );
  await page.fill("#query", "zqxjkv");
  await eventually(
    async () => assert.match(await text("#notice"), /knows no word of that/),
    "words nobody knows",
  );
  assert.deepEqual(complaints, []);
  assert.deepEqual(outside, []);
});

test("facets, ranges, flags and free SQL filter, and the counts follow", async () => {
  await openPage(undefined, "?q=sea+animal");
  await page.getByLabel("Food & Drink").check();
  await eventually(async () => assert.equal(await left(), 131), "a facet");
  assert.ok((await names()).includes("lobster") === false);
  await page.getByLabel("Animals & Nature").check();
  await eventually(async () => assert.equal(await left(), 291), "two facets");

  const to = page.getByLabel("Emoji version, to");
  await to.focus();
  for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowLeft");
  await eventually(async () => {
    assert.ok((await left()) < 291);
    assert.match(await text("#sql"), /s\.version <= 5/);
  }, "the range by keyboard");
  const withRange = await left();

  await page.fill("#where", "length(e.name) < 6 or e.name like '%fish%'");
  await eventually(
    async () => assert.ok((await left()) < withRange),
    "free SQL",
  );
  for (const name of await names())
    assert.ok(name.length < 6 || /fish/i.test(name), name);

  await page.fill("#where", "no_such_column = 1");
  await eventually(
    async () => assert.match(await text("#where-error"), /no_such_column/),
    "an SQL error in words",
  );
  await page.getByRole("button", { name: "Clear all filters" }).click();
  await eventually(async () => assert.equal(await left(), 1914), "cleared");
  assert.equal(await text("#where-error"), "");

  await page.getByLabel("Has skin tones").check();
  await eventually(
    async () => assert.match(await text("#sql"), /s\.skin_tones = 1/),
    "a flag",
  );
  await page.fill("#where", "version > 100");
  await eventually(
    async () => assert.match(await text("#notice"), /No row passes/),
    "no row",
  );
  assert.deepEqual(complaints, []);
});

test("similar rows, more rows, and SQL to take away", async () => {
  await openPage({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.getByRole("button", { name: "Copy" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /vss_search\(s\.embedding, x'[0-9a-f]{1024}'\)/);

  await page.getByRole("button", { name: "similar to birthday cake" }).click();
  await eventually(
    async () => assert.match(await text("#similar"), /birthday cake/),
    "the similar bar",
  );
  await eventually(async () => {
    const found = await names();
    assert.ok(!found.includes("birthday cake") && found.length === 24);
  }, "similar rows");
  assert.match(
    await text("#sql"),
    /select embedding from emoji_search where rowid = \d+/,
  );

  await page.getByRole("button", { name: "Show more" }).click();
  await eventually(
    async () => assert.equal((await names()).length, 48),
    "more rows",
  );
  await page
    .getByRole("button", { name: "Stop searching for similar" })
    .click();
  await eventually(
    async () => assert.equal((await names())[0], "grinning face"),
    "back to all",
  );
  assert.deepEqual(complaints, []);
});

test("the map shows every vector, and a click searches from there", async () => {
  await openPage();
  await eventually(
    async () => assert.match(await text("#map-caption"), /1,914 vectors/),
    "the map",
  );
  const painted = await page.evaluate(() => {
    const canvas = document.querySelector("#map");
    const { data } = canvas
      .getContext("2d")
      .getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((_, i) => i % 4 === 3 && data[i] > 0).length;
  });
  assert.ok(painted > 2000, `${painted} pixels`);

  await page.evaluate(() => {
    const { prototype } = CanvasRenderingContext2D;
    const { arc } = prototype;
    window.arcs = [];
    prototype.arc = function (...given) {
      window.arcs.push(given.slice(3).join());
      arc.apply(this, given);
    };
  });
  await page.fill("#query", "sea animal");
  await eventually(
    async () =>
      assert.deepEqual(await page.evaluate(() => [...new Set(window.arcs)]), [
        `0,${2 * Math.PI}`,
      ]),
    "dots are whole circles",
  );

  const box = await page.locator("#map").boundingBox();
  for (let x = 20; x < box.width && !(await page.isVisible("#tip")); x += 8)
    await page.mouse.move(box.x + x, box.y + box.height * 0.6);
  const tip = await text("#tip");
  await page.mouse.down();
  await page.mouse.up();
  await eventually(
    async () =>
      assert.ok(tip.includes(await page.locator("#similar b").innerText())),
    "similar to the point",
  );
});

test("a reload finds the database where it was kept", async () => {
  await openPage({});
  assert.equal(await page.getAttribute("html", "data-from"), "fresh");
  assert.match(await text("#kept"), /OPFS/);
  await page.reload();
  await ready();
  assert.equal(await page.getAttribute("html", "data-from"), "kept");
  assert.ok((await names()).includes("party popper"));
  assert.deepEqual(complaints, []);
});

test("where OPFS is not to be had, the page says what it does instead", async () => {
  await openPage({}, "?keep=indexeddb");
  assert.match(await text("#kept"), /IndexedDB/);
  await page.reload();
  await ready();
  assert.equal(await page.getAttribute("html", "data-from"), "kept");
  await page.goto(`${address}?keep=memory`);
  await ready();
  assert.match(await text("#kept"), /In memory/);
  assert.deepEqual(complaints, []);
});

test("vectors of an older encoder are replaced, not searched", async () => {
  await openPage({}, "?keep=indexeddb");
  // The version number in the header of the database file, as another build would have left it.
  await page.evaluate(async () => {
    const done = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const shelf = await done(indexedDB.open("vss-demo", 1));
    const store = () =>
      shelf.transaction("databases", "readwrite").objectStore("databases");
    const bytes = await done(store().get("emoji.db"));
    bytes[63] ^= 1;
    await done(store().put(bytes, "emoji.db"));
    shelf.close();
  });
  await page.reload();
  await ready();
  assert.equal(await page.getAttribute("html", "data-from"), "fresh");
  assert.equal(await left(), 1914);
  await page.reload();
  await ready();
  assert.equal(await page.getAttribute("html", "data-from"), "kept");
  assert.deepEqual(complaints, []);
});

test("a second tab works too, and says that it keeps nothing", async () => {
  await openPage({});
  const first = page;
  page = await context.newPage();
  await page.goto(address);
  await ready();
  assert.match(await text("#kept"), /open in another tab/);
  assert.ok((await names()).includes("party popper"));
  await first.close();
});

test("one's own CSV becomes searchable, is kept, and leaves as an SQLite file", async () => {
  await openPage();
  await importCsv();
  await page.fill("#query", "dolphin");
  await eventually(async () => {
    const details = await page.locator("#list .detail").allInnerTexts();
    assert.ok(details.length >= 20);
    for (const detail of details.slice(0, 20)) assert.match(detail, /whales/);
  }, "the nearest are about whales");
  await page.getByLabel("food").check();
  await eventually(async () => assert.equal(await left(), 20), "a facet");

  await page.reload();
  await ready();
  await page.getByRole("button", { name: /reports\.csv/ }).click();
  await page.fill("#query", "cake");
  await eventually(
    async () =>
      assert.match(
        (await page.locator("#list .detail").allInnerTexts())[0] ?? "",
        /cakes/,
      ),
    "kept over a reload",
  );

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download as .db" }).click(),
  ]);
  const bytes = readFileSync(await download.path());
  assert.equal(bytes.subarray(0, 15).toString(), "SQLite format 3");
  const db = await open(new Uint8Array(bytes));
  assert.equal(
    db.prepare("select count(*) as n from own_search where year >= 2010").get()
      .n,
    20,
  );
  assert.equal(db.prepare("pragma integrity_check").pluck().get(), "ok");
  db.close();

  await page.getByRole("button", { name: "Forget my data" }).click();
  await eventually(
    async () => assert.doesNotMatch(await text("#tabs"), /reports/),
    "forgotten",
  );
  assert.deepEqual(complaints, []);
  assert.deepEqual(outside, []);
});

test("a file that cannot be read is explained", async () => {
  await openPage();
  await page.locator("#tabs .add").click();
  await page.locator("#file").setInputFiles({
    name: "bad.jsonl",
    mimeType: "text/plain",
    buffer: Buffer.from('{"a":1}\n{oops}\n'),
  });
  await eventually(
    async () => assert.match(await text("#import .error"), /line 2/),
    "the line that is wrong",
  );
  await page.fill(
    "#paste",
    "first line of a text\nsecond line of the text\nthird one",
  );
  await page.getByRole("button", { name: "Use the pasted text" }).click();
  await page.getByRole("button", { name: "Make 3 rows searchable" }).click();
  await eventually(
    async () => assert.match(await text("#tabs"), /pasted text/),
    "pasted text",
  );
});

test("more rows: time against their number", async () => {
  await openPage();
  await page.getByRole("button", { name: "10,000 rows", exact: true }).click();
  await eventually(
    async () => assert.match(await text("#scale-chart"), /10,000\s+\d/),
    "the measurement",
  );
  assert.equal(await page.locator("#scale-chart tbody tr td").count(), 3);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await eventually(
    async () =>
      assert.equal(await page.locator("#scale-chart table").count(), 0),
    "cleared",
  );
  assert.deepEqual(complaints, []);
});

test("the neural encoder: asked for only by its switch, and its absence explained", async () => {
  await openPage({});
  await context.route(/jsdelivr|huggingface/, (route) => route.abort());
  assert.deepEqual(outside, []);
  await page.locator("input[value=neural]").click();
  await eventually(
    async () =>
      assert.match(
        await text("#encoder-error"),
        /could not be loaded from cdn\.jsdelivr\.net/,
      ),
    "why not",
  );
  assert.ok(
    outside.length > 0 && outside.every((url) => url.includes("jsdelivr")),
  );
  assert.ok(await page.locator("input[value=lsa]").isChecked());
  assert.ok((await names()).includes("party popper"));
});

test("the neural encoder, with a stand-in for the library", async () => {
  await openPage({});
  // Same shape as transformers.js: a pipeline that gives `data`, 384 numbers per text.
  const library = `export async function pipeline() {
    return async (texts) => {
      const list = [].concat(texts);
      const data = new Float32Array(384 * list.length);
      list.forEach((text, i) => { for (const c of text.split(/[^a-z]+/i)[0].toLowerCase()) data[i * 384 + c.charCodeAt(0) % 384] += 1; data[i * 384] += 0.01; });
      return { data };
    };
  }`;
  await context.route(/jsdelivr/, (route) =>
    route.fulfill({
      contentType: "text/javascript",
      headers: { "access-control-allow-origin": "*" },
      body: library,
    }),
  );
  await page.locator("input[value=neural]").check();
  await eventually(
    async () => assert.match(await text("#sql"), /emoji_search_neural/),
    "the other table",
  );
  await page.fill("#query", "octopus");
  await eventually(
    async () => assert.equal((await names())[0], "octopus"),
    "a search by the other encoder",
  );
  assert.match(await text("#sql"), /384 numbers/);
});

test("works without a network after the first visit", async () => {
  await openPage({});
  await page.evaluate(() => navigator.serviceWorker.ready);
  await eventually(
    async () =>
      assert.ok(
        await page.evaluate(async () => (await caches.keys()).length > 0),
      ),
    "the files are kept",
  );
  await page.reload();
  await ready();
  server.closeAllConnections();
  await context.setOffline(true);
  await page.reload();
  await ready();
  await page.fill("#query", "cold weather");
  await eventually(
    async () => assert.ok((await names()).includes("snowflake")),
    "a search offline",
  );
});

test("by keyboard alone", async () => {
  await openPage();
  await page.locator("body").press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "query");
  await page.keyboard.type("cold weather");
  await eventually(
    async () => assert.ok((await names()).includes("snowflake")),
    "typed",
  );
  const seen = new Set();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    seen.add(
      await page.evaluate(
        () =>
          document.activeElement.className ||
          document.activeElement.id ||
          document.activeElement.type,
      ),
    );
  }
  assert.ok(
    seen.has("similar-to") && seen.has("where") && seen.has("checkbox"),
    [...seen].join(" "),
  );
});

for (const [name, viewport] of [
  ["desktop", { width: 1280, height: 900 }],
  ["phone", { width: 390, height: 844 }],
]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing: ${name}, ${colorScheme}`, async () => {
      await openPage({ viewport, colorScheme });
      await page
        .getByRole("button", { name: "10,000 rows", exact: true })
        .click();
      await eventually(
        async () =>
          assert.equal(await page.locator("#scale-chart table").count(), 1),
        "the chart",
      );
      await page.evaluate(
        () => (document.querySelector("#filters-box").open = true),
      );
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - innerWidth,
      );
      assert.ok(wide <= 0, `the page is ${wide} px wider than the window`);
      await page.evaluate(axe);
      for (const dialog of [false, true]) {
        if (dialog) await page.locator("#tabs .add").click();
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        assert.deepEqual(
          violations.map(
            ({ id, nodes }) =>
              `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
          ),
          [],
        );
      }
    });
  }
}
