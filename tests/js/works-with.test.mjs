// docs/works-with.md: its blocks with the real packages, their types, and the column of vss-wasm in
// both tables. The column of better-sqlite3 is run by tests/js/run-works-with.mjs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { open } from "../../dist/index.node.js";
import { check, lines } from "./lib/migration.mjs";
import { root } from "./lib/runtimes.mjs";

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

test("a Database has the type that Kysely and Drizzle ask for", () => {
  const tsc = "node_modules/typescript/bin/tsc";
  const how =
    "--noEmit --strict --skipLibCheck --target es2022 --module nodenext";
  node(tsc, ...how.split(" "), "tests/js/lib/works-with.ts");
});

test("docs/works-with.md has lines", () => assert.ok(lines().length > 40));

for (const line of lines())
  test(`vss-wasm: ${line.what}`, () => check(line, "vss", vss));
