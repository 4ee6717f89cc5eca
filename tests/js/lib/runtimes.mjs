// Runtimes and tools beside the one that runs the tests: npm packages in build/runtimes, browsers
// from the system.
//
// They are large (over a gigabyte), so they are installed when tests/js/run-everywhere.mjs asks for
// them, and not by the repository's own `npm ci`.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

export const root = resolve(new URL("../../..", import.meta.url).pathname);
export const folder = join(root, "build/runtimes");
export const modules = join(folder, "node_modules");
const source = join(root, "tests/js/runtimes");

/**
 * Install what tests/js/runtimes/package-lock.json says, unless it is there. Gives a reason when it
 * cannot.
 */
export function installRuntimes() {
  const lock = "package-lock.json";
  const same = (/** @type {string} */ name) =>
    existsSync(join(folder, name)) &&
    readFileSync(join(folder, name)).equals(readFileSync(join(source, name)));
  if (same(lock) && existsSync(join(modules, ".package-lock.json"))) return "";
  mkdirSync(folder, { recursive: true });
  for (const name of ["package.json", lock])
    copyFileSync(join(source, name), join(folder, name));
  copyFileSync(join(root, ".npmrc"), join(folder, ".npmrc"));
  console.log(
    "runtimes: installing Node 22 to 26, Deno, Bun, workerd and bundlers into build/runtimes",
  );
  const done = spawnSync("npm", ["ci", "--ignore-scripts"], {
    cwd: folder,
    encoding: "utf8",
  });
  return done.status === 0
    ? ""
    : `npm ci failed: ${(done.stderr || String(done.error)).trim().split("\n").pop()}`;
}

/** require() as if it were called in build/runtimes. */
export const requireRuntime = createRequire(join(folder, "package.json"));

/** A program of the system that is one of these, or undefined. */
export const programs = (/** @type {string[]} */ ...paths) =>
  paths.find((path) => path && existsSync(path));
