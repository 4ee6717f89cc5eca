// The package's size stays within its budget.
//
//   node tools/check-size.mjs [folder]      default: dist
//
// The module: SQLite's own wasm build, which has no vectors, is 864,752 bytes and 400,537 gzipped;
// the budget is 25 % above. The JavaScript: everything that one entry imports, brotli. The entry of
// Node has the locks of files in it.
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fail, root } from "./lib/run.mjs";

const budget = {
  wasmBytes: 1_080_000,
  wasmGzipBytes: 495_000,
  relaxedBytes: 4_000,
  entryBrotliBytes: {
    "index.js": 18 * 1024,
    "index.node.js": 20 * 1024,
    "index.workerd.js": 18 * 1024,
    "worker.js": 18 * 1024,
    "text.js": 6 * 1024,
  },
};
const dist = process.argv[2] ?? join(root, "dist");

/** The file and every file that it imports, statically or not. */
function closure(path, seen = new Set()) {
  seen.add(path);
  const text = readFileSync(path, "utf8");
  for (const [, next] of text.matchAll(
    /(?:\bfrom|\bimport|\bimport\()\s*["'](\.{1,2}\/[^"']+\.js)["']/g,
  )) {
    const file = resolve(dirname(path), next);
    if (!seen.has(file)) closure(file, seen);
  }
  return seen;
}

const wasm = readFileSync(join(dist, "vss.wasm"));
const rows = [
  ["vss.wasm", wasm.length, budget.wasmBytes],
  [
    "vss.wasm, gzip -9",
    gzipSync(wasm, { level: 9 }).length,
    budget.wasmGzipBytes,
  ],
];
const relaxed = join(dist, "vss-relaxed.wasm");
if (existsSync(relaxed))
  rows.push(["vss-relaxed.wasm", statSync(relaxed).size, budget.relaxedBytes]);
for (const [entry, most] of Object.entries(budget.entryBrotliBytes)) {
  const path = join(dist, entry);
  if (!existsSync(path)) continue;
  const sizes = [...closure(path)].map(
    (file) => brotliCompressSync(readFileSync(file)).length,
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  rows.push([
    `${basename(entry)} and its ${sizes.length - 1} imports, brotli`,
    total,
    most,
  ]);
}

const number = (value) => value.toLocaleString("en").padStart(9);
for (const [what, size, most] of rows) {
  console.log(
    `check-size: ${number(size)} of ${number(most)}  ${what}${size > most ? "  TOO LARGE" : ""}`,
  );
}
if (rows.some(([, size, most]) => size > most))
  fail("check-size: over the budget");
