// `npm ci` accepts the lockfiles on every machine.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const files = ["package-lock.json", "tests/js/runtimes/package-lock.json"];

/** Whether a package finds a dependency: in its own node_modules, or in one further out. */
function finds(packages, path, name) {
  for (
    let at = path;
    ;
    at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))
  ) {
    if (packages[at ? `${at}/node_modules/${name}` : `node_modules/${name}`])
      return true;
    if (!at) return false;
  }
}

for (const file of files) {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  const { packages } = JSON.parse(text);

  test(`${file} names no host`, () => {
    assert.ok(!text.includes('"resolved"'));
  });

  test(`${file}: every package has a version and a hash`, () => {
    for (const [path, { version, integrity, link }] of Object.entries(
      packages,
    )) {
      if (path) assert.ok(link || (version && integrity), path);
    }
  });

  test(`${file}: every dependency is there, those for other platforms too`, () => {
    for (const [path, entry] of Object.entries(packages)) {
      const wanted = {
        ...entry.dependencies,
        ...entry.optionalDependencies,
        ...(path ? {} : entry.devDependencies),
      };
      for (const name of Object.keys(wanted)) {
        assert.ok(
          finds(packages, path, name),
          `${path || "package.json"} wants ${name}`,
        );
      }
    }
  });
}
