// Includes in src/ and imports in js/ only go down. The layers are folders; src/layers.txt and
// js/layers.txt list them from the bottom to the top. A file beside the folders, such as src/vss.c,
// is above them all.
//
//   node tools/check-layers.mjs [folder ...]      default: src js
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { fail, root } from "./lib/run.mjs";

const problems = [];

/**
 * The text without its comments, and without what is in strings unless that is kept. Lines stay
 * lines.
 */
const codeOf = (text, keepStrings = false) =>
  text.replace(/\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"/g, (found) => {
    if (!found.startsWith('"')) return found.replace(/[^\n]/g, "");
    return keepStrings ? found : '""';
  });

/** src/ reports errors. It never prints, and never ends the process. */
const forbidden =
  /\b(abort|exit|_Exit|printf|fprintf|vprintf|puts|putchar|perror)\s*\(/g;

/** Headers from outside, and the only file that may include each. */
const reserved = [
  [/^sqlite3(ext)?\.h$/, "sqlite/sqlite_api.h"],
  [/^(wasm_simd128\.h|simde\/)/, "kernel/intrinsics.h"],
];

/** Gives [line number, path below the folder or name from outside] for each include or import. */
function* referencesOf(name, text) {
  const isC = /\.[ch]$/.test(name);
  const pattern = isC
    ? /^\s*#\s*include\s*["<]([^">]+)[">]/
    : /(?:^|\s)(?:from|import)\s*\(?\s*["']([^"']+)["']/;
  for (const [i, line] of codeOf(text, true).split("\n").entries()) {
    const found = pattern.exec(line)?.[1];
    if (!found) continue;
    yield [
      i + 1,
      found.startsWith(".") ? normalize(join(dirname(name), found)) : found,
    ];
  }
}

function checkOutside(where, name, included) {
  for (const [pattern, only] of reserved)
    if (pattern.test(included) && name !== only)
      problems.push(`${where} includes ${included}; only ${only} may`);
  if (/emscripten/.test(included))
    problems.push(
      `${where} includes ${included}; wasm/ is all that knows Emscripten`,
    );
}

function checkFolder(folder) {
  const layers = readFileSync(join(folder, "layers.txt"), "utf8")
    .split("\n")
    .filter((line) => /^[a-z]/.test(line));
  const names = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => /\.(c|h|js)$/.test(name));
  const layerOf = (name) =>
    name.includes("/") ? layers.indexOf(name.split("/")[0]) : layers.length;
  const layerName = (name) => layers[layerOf(name)] ?? "top";
  const references = new Map();

  for (const name of names) {
    references.set(name, []);
    if (layerOf(name) < 0) {
      problems.push(
        `${name} is in no layer; name its folder in ${basename(folder)}/layers.txt`,
      );
      continue;
    }
    const text = readFileSync(join(folder, name), "utf8");
    for (const [line, target] of referencesOf(name, text)) {
      const where = `${name}:${line}`;
      checkOutside(where, name, target);
      if (!names.includes(target)) continue;
      references.get(name).push(target);
      if (layerOf(target) > layerOf(name))
        problems.push(
          `${where} (${layerName(name)}) includes ${target} (${layerName(target)}), which is above`,
        );
    }
    if (!/\.[ch]$/.test(name)) continue;
    for (const [i, line] of codeOf(text).split("\n").entries())
      for (const [, call] of line.matchAll(forbidden))
        problems.push(`${name}:${i + 1} calls ${call}()`);
  }

  const reach = (name, seen = new Set()) => {
    for (const next of references.get(name) ?? [])
      if (!seen.has(next)) reach(next, seen.add(next));
    return seen;
  };
  for (const name of names)
    if (/\.h$/.test(name) && reach(name).has(name))
      problems.push(
        `${name} includes itself by way of ${references.get(name).join(", ")}`,
      );
  return `${names.length} files in ${layers.join(", ")}`;
}

const folders = process.argv.slice(2);
const found = (folders.length ? folders : [join(root, "src"), join(root, "js")])
  .map(checkFolder)
  .join("; ");
if (problems.length) fail(`check-layers:\n  ${problems.join("\n  ")}`);
console.log(`check-layers: every include goes down (${found})`);
