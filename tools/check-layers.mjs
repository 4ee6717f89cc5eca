// Includes in src/ only go down. The layers, from the top:
//
//   vss.c  ->  vtab*, func*  ->  table  ->  store, value, sqlite_api.h      these know SQLite
//   args, codec, column, filter, rank  ->  index                           pure C from here on
//   topk, bitmap, idmap, quantize, metric  ->  kernel*  ->  base.h
//
//   node tools/check-layers.mjs [folder]      default: src
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fail, root } from "./lib/run.mjs";

// From the bottom to the top; a file belongs to the first layer whose pattern its name matches.
const layers = [
  ["base", /^(base|crc32|little_endian|decimal|decimal_big|args_token)$/],
  ["kernel", /^kernel(_|$)/],
  ["parts", /^(topk|bitmap|idmap|quantize|metric)(_|$)/],
  ["index", /^index(_|$)/],
  ["plain", /^(args|codec|column|filter|rank)(_|$)/],
  ["store", /^(sqlite_api|value|store)(_|$)/],
  ["table", /^table(_|$)/],
  ["module", /^(vtab|func)(_|$)/],
  ["top", /^vss$/],
];
const firstSqlLayer = layers.findIndex(([name]) => name === "store");

const stem = (name) => basename(name).replace(/\.[ch]$/, "");
const layerOf = (name) =>
  layers.findIndex(([, pattern]) => pattern.test(stem(name)));

/** The text without comments and strings, line breaks kept. */
const codeOf = (text) =>
  text.replace(/\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"/g, (found) =>
    found.startsWith('"') ? '""' : found.replace(/[^\n]/g, ""),
  );

const folder = process.argv[2] ?? join(root, "src");
const names = readdirSync(folder).filter((name) => /\.[ch]$/.test(name));
const includes = new Map();
const problems = [];

function checkInclude(name, line, included) {
  const where = `${name}:${line}`;
  if (/^sqlite3(ext)?\.h$/.test(included)) {
    if (name !== "sqlite_api.h")
      problems.push(`${where} includes ${included}; only sqlite_api.h may`);
    return;
  }
  if (/^(wasm_simd128\.h|simde\/)/.test(included)) {
    if (name !== "kernel_intrinsics.h")
      problems.push(
        `${where} includes ${included}; only kernel_intrinsics.h may`,
      );
    return;
  }
  if (/emscripten/.test(included))
    problems.push(
      `${where} includes ${included}; wasm/ is all that knows Emscripten`,
    );
  if (!names.includes(included)) return; // the C library's
  const [own, other] = [layerOf(name), layerOf(included)];
  if (other > own)
    problems.push(
      `${where} (${layers[own][0]}) includes ${included} (${layers[other][0]}), which is above`,
    );
  includes.get(name).push(included);
}

// src/ reports; it never ends or prints by itself.
const forbidden =
  /\b(abort|exit|_Exit|printf|fprintf|vprintf|puts|putchar|perror)\s*\(/g;

for (const name of names) {
  includes.set(name, []);
  if (layerOf(name) < 0) {
    problems.push(
      `${name} belongs to no layer; name it in tools/check-layers.mjs`,
    );
    continue;
  }
  const text = readFileSync(join(folder, name), "utf8");
  text.split("\n").forEach((line, i) => {
    const included = /^\s*#\s*include\s*["<]([^">]+)[">]/.exec(line)?.[1];
    if (included) checkInclude(name, i + 1, included);
  });
  codeOf(text)
    .split("\n")
    .forEach((line, i) => {
      for (const [, call] of line.matchAll(forbidden))
        problems.push(`${name}:${i + 1} calls ${call}()`);
    });
}

/** A pure file that reaches SQLite through other headers would not link without it. */
function reach(name, seen = new Set()) {
  for (const next of includes.get(name) ?? [])
    if (!seen.has(next)) reach(next, seen.add(next));
  return seen;
}
for (const name of names) {
  const reached = reach(name);
  if (layerOf(name) < firstSqlLayer && reached.has("sqlite_api.h"))
    problems.push(`${name} reaches sqlite_api.h`);
  if (reached.has(name))
    problems.push(
      `${name} includes itself by way of ${includes.get(name).join(", ")}`,
    );
}

if (problems.length) fail(`check-layers:\n  ${problems.join("\n  ")}`);
console.log(
  `check-layers: ${names.length} files in ${layers.length} layers, every include goes down`,
);
