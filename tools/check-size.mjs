// The package's size stays within its budget.
//
//   node tools/check-size.mjs [folder]      default: dist
//
// The module: SQLite's own wasm build, which has no vectors, is 864,752 bytes and 400,537 gzipped;
// the budget is 25 % above. The JavaScript: everything that one entry imports, brotli. The entry of
// Node has the locks of files in it. What is imported only where an option asks for it has a budget
// of its own.
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fail, root } from "./lib/run.mjs";

const budget = {
  wasmBytes: 1_080_000,
  wasmGzipBytes: 495_000,
  relaxedBytes: 4_000,
  lateBrotliBytes: 6 * 1024,
  entryBrotliBytes: {
    "index.js": 18 * 1024,
    "index.node.js": 20 * 1024,
    "index.workerd.js": 18 * 1024,
    "worker.js": 18 * 1024,
    "worker-thread.js": 24 * 1024,
    "inline.js": 540_000,
    "text.js": 6 * 1024,
  },
};
const dist = process.argv[2] ?? join(root, "dist");

const atOnce = /(?:\bfrom|\bimport)\s*["'](\.{1,2}\/[^"']+\.js)["']/g;
const late = /\bimport\(\s*["'](\.{1,2}\/[^"']+\.js)["']/g;

/** The files that a file names in this way. */
const namedIn = (path, pattern) =>
  [...readFileSync(path, "utf8").matchAll(pattern)].map(([, next]) =>
    resolve(dirname(path), next),
  );

/** The file and every file that it imports at once. */
function closure(path, seen = new Set()) {
  seen.add(path);
  for (const file of namedIn(path, atOnce))
    if (!seen.has(file)) closure(file, seen);
  return seen;
}

const brotliBytes = (files) =>
  files.reduce(
    (sum, file) => sum + brotliCompressSync(readFileSync(file)).length,
    0,
  );

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
  const files = [...closure(path)];
  rows.push([
    `${basename(entry)} and its ${files.length - 1} imports, brotli`,
    brotliBytes(files),
    most,
  ]);
  const others = new Set(
    files
      .flatMap((file) => namedIn(file, late))
      .flatMap((file) => [...closure(file)])
      .filter((file) => !files.includes(file)),
  );
  if (others.size > 0)
    rows.push([
      `what ${basename(entry)} imports later (${others.size} files), brotli`,
      brotliBytes([...others]),
      budget.lateBrotliBytes,
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
