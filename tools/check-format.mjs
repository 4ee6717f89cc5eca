// The layout of the sources: clang-format for C; prettier and eslint with their defaults for
// JavaScript.
//
//   node tools/check-format.mjs [--write]      --write puts the layout right
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { capture, fail, root } from "./lib/run.mjs";

const write = process.argv.includes("--write");
const folders = ["src", "wasm", "tests", "js", "tools", "demo", "bench", "."];
const skipped = /(^|\/)(build|dist|node_modules|\.git)(\/|$)/;

function filesIn(folder) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), {
      recursive: folder !== ".",
      withFileTypes: true,
    });
  } catch {
    return []; // the folder does not exist
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      relative(root, join(entry.parentPath ?? entry.path, entry.name)),
    )
    .filter((path) => !skipped.test(path));
}

const files = [...new Set(folders.flatMap(filesIn))].sort();
const c = files.filter((path) => /\.[ch]$/.test(path));
const js = files.filter((path) => /\.(m?js|d\.ts)$/.test(path));
const modules = js.filter((path) => !path.endsWith(".d.ts"));
const bin = (name) => join(root, "node_modules/.bin", name);

const jobs = [
  [
    "clang-format",
    "clang-format",
    [...(write ? ["-i"] : ["--dry-run", "-Werror"]), ...c],
    c,
  ],
  [
    "prettier",
    bin("prettier"),
    [write ? "--write" : "--check", "--log-level", "warn", ...js],
    js,
  ],
  ["eslint", bin("eslint"), [...(write ? ["--fix"] : []), ...modules], modules],
].filter(([, , , list]) => list.length > 0);

const results = await Promise.all(
  jobs.map(([, command, args]) => capture(command, args)),
);
const failed = jobs.filter((_, i) => !results[i].ok);
jobs.forEach(([name], i) => {
  if (!results[i].ok)
    console.error(
      `${name}:\n${results[i].output.split("\n").slice(0, 80).join("\n")}`,
    );
});
if (failed.length)
  fail(
    `check-format: ${failed.map(([name]) => name).join(", ")}; npm run format puts the layout right`,
  );
console.log(`check-format: ${c.length} C and ${js.length} JavaScript files`);
