// docs/works-with.md: its blocks with the real packages, their types, and the column of vss-wasm in
// both tables. The column of better-sqlite3 is run by tests/js/run-works-with.mjs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { open } from "../../dist/index.node.js";
import { check, lines } from "./lib/migration.mjs";
import { root } from "./lib/runtimes.mjs";
import { serve } from "./lib/server.mjs";

/** Run a program of Node's in the repository, and give what it printed. */
function node(...args) {
  const options = { cwd: root, encoding: "utf8" };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

const vss = {
  open: (at) => open(at === ":memory:" ? at : `file:${at}`),
  names: { open },
};

test("each block prints what the page says", () => {
  const printed = node("tools/check-readme.mjs", "docs/works-with.md");
  assert.match(printed, /check-readme: [4-9] blocks .* run, 1 marked/);
});

test("the block of Drizzle's proxy runs on a page, over the worker client", async () => {
  const [block] = readFileSync(join(root, "docs/works-with.md"), "utf8")
    .split("```js\n")
    .map((rest) => rest.split("```")[0])
    .filter((code) => code.includes("drizzle-orm/sqlite-proxy"));
  const { outputFiles } = await build({
    stdin: {
      contents: `const said = [];
console.log = (...values) => said.push(values);
${block.replace('"vss-wasm"', '"/dist/worker.js"')}
document.title = JSON.stringify(said);`,
      resolveDir: root,
    },
    external: ["/dist/*"],
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "error",
  });
  const script = `<script type="module">${outputFiles[0].text}</script>`;
  const server = await serve({
    "/page": () => `<!doctype html><title></title>${script}`,
    "/dist": join(root, "dist"),
  });
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage();
    const failed = new Promise((_, reject) => page.on("pageerror", reject));
    await page.goto(`${server.origin}/page`);
    await Promise.race([
      failed,
      page.waitForFunction(() => document.title !== ""),
    ]);
    assert.deepEqual(JSON.parse(await page.title()), [
      [
        [
          { id: 1, topic: "sea" },
          { id: 2, topic: "land" },
        ],
      ],
      [{ id: 2, topic: "land" }, 2],
    ]);
  } finally {
    await browser.close();
    server.close();
  }
});

test("a Database has the type that Kysely and Drizzle ask for", () => {
  const tsc = "node_modules/typescript/bin/tsc";
  const how =
    "--noEmit --strict --skipLibCheck --target es2022 --module nodenext";
  node(tsc, ...how.split(" "), "tests/js/lib/works-with.ts");
});

test("docs/works-with.md has lines", () => assert.ok(lines().length > 40));

for (const line of lines())
  test(`vss-wasm: ${line.what}`, () => check(line, "vss", vss));
