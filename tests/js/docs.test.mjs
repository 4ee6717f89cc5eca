// docs/js.md names everything that index.d.ts, worker.d.ts, core.d.ts and index.workerd.d.ts
// export, and every member of the classes, and docs/text.md does so for text.d.ts; the versions are
// those of package.json and of the pinned SQLite.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/**
 * Names in the declarations: exported functions, classes and constants, and what classes and
 * interfaces have.
 */
function declared(text) {
  const exported = [
    ...text.matchAll(/^export (?:function|class|const) (\w+)/gm),
  ].map(([, name]) => name);
  const members = [];
  for (const [, body] of text.matchAll(
    /^export (?:class|interface) \w+[^{]*\{\n([^]*?)^\}/gm,
  )) {
    for (const [, name] of body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(<:]/gm))
      members.push(name);
  }
  return new Set([...exported, ...members]);
}

for (const file of [
  "js/entries/index.d.ts",
  "js/entries/worker.d.ts",
  "js/entries/core.d.ts",
  "js/entries/index.workerd.d.ts",
  "js/entries/text.d.ts",
]) {
  const name = file.endsWith("text.d.ts") ? "docs/text.md" : "docs/js.md";
  test(`${name} has every name of ${file}`, () => {
    const page = read(name);
    const names = [...declared(read(file))].filter(
      (name) => name !== "constructor",
    );
    assert.ok(names.length > 0, "names were found");
    const missing = names.filter(
      (name) => !new RegExp(`\\b${name}\\b`).test(page),
    );
    // The page shows what these classes do, and does not name them: only open(), prepare() and
    // vss0() make their objects.
    assert.deepEqual(
      missing.filter(
        (name) =>
          !["Database", "Statement", "VssTable", "Collection"].includes(name),
      ),
      [],
    );
  });
}

test("the versions are those of package.json and of the pinned SQLite", async () => {
  const { open, version } = await import("../../dist/index.node.js");
  assert.equal(version.vss, JSON.parse(read("package.json")).version);
  assert.equal(
    version.sqlite,
    JSON.parse(read("tools/versions.json")).sqlite.version,
  );
  const db = await open();
  assert.deepEqual(
    db.prepare("select vss_version(), sqlite_version()").raw().get(),
    [`v${version.vss}`, version.sqlite],
  );
  db.close();
});
