// The lockfile is one that `npm ci` accepts on every machine.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const text = readFileSync(
  new URL("../../package-lock.json", import.meta.url),
  "utf8",
);
const { packages } = JSON.parse(text);

/** Where a package finds a dependency: in its own node_modules, or in one further out. */
function finds(path, name) {
  for (
    let at = path;
    ;
    at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))
  ) {
    const key = at ? `${at}/node_modules/${name}` : `node_modules/${name}`;
    if (packages[key]) return true;
    if (!at) return false;
  }
}

test("it names no host", () => {
  assert.ok(!text.includes('"resolved"'));
});

test("every package has a version and a hash", () => {
  for (const [path, { version, integrity, link }] of Object.entries(packages)) {
    if (path) assert.ok(link || (version && integrity), path);
  }
});

test("every dependency is there, those for other platforms too", () => {
  for (const [path, entry] of Object.entries(packages)) {
    const wanted = {
      ...entry.dependencies,
      ...entry.devDependencies,
      ...entry.optionalDependencies,
    };
    for (const name of Object.keys(wanted)) {
      if (path && entry.devDependencies?.[name]) continue;
      assert.ok(finds(path, name), `${path || "package.json"} wants ${name}`);
    }
  }
});
