// docs/works-with.md, the column of vss-wasm in both tables. The column of better-sqlite3 is run by
// tests/js/run-works-with.mjs, and the blocks of the page by tools/check-readme.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../dist/index.node.js";
import { check, lines } from "./lib/migration.mjs";

const vss = {
  open: (at) => open(at === ":memory:" ? at : `file:${at}`),
  names: { open },
};

test("docs/works-with.md has lines", () => assert.ok(lines().length > 40));

for (const line of lines())
  test(`vss-wasm: ${line.what}`, () => check(line, "vss", vss));
