// The pages that name versions of what the module contains name the pinned ones.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root, versions } from "../../tools/lib/run.mjs";

const read = (path) => readFileSync(join(root, path), "utf8");

for (const path of ["SECURITY.md", "THIRD-PARTY-NOTICES.md", "CHANGELOG.md"]) {
  test(`${path} names the SQLite that is built`, () => {
    const named = [...read(path).matchAll(/\b3\.\d+\.\d+\b/g)].map(([v]) => v);
    const others = ["3.1.6"]; // Emscripten's
    assert.ok(named.includes(versions.sqlite.version));
    assert.deepEqual(
      named.filter((v) => v !== versions.sqlite.version && !others.includes(v)),
      [],
    );
  });
}

test("the notices are part of the package", () => {
  const { files } = JSON.parse(read("package.json"));
  assert.ok(files.includes("THIRD-PARTY-NOTICES.md"));
});
