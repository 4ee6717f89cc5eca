// wasm/exports.txt is sorted, names nothing twice, and is exactly what the built module exports.
//
//   node tools/check-exports.mjs [file.wasm]      default: dist/vss.wasm
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, root } from "./lib/run.mjs";

// What Emscripten exports by itself.
const toolchain = new Set([
  "memory",
  "_initialize", // runs the constructors of a module without main()
  "__indirect_function_table", // SQLite's and our callbacks
  "__errno_location",
  "malloc", // Emscripten's, for its own start; the wrapper allocates through the shim
  "stackAlloc",
  "stackRestore", // nothing calls it: an instance that trapped is not used again
  "stackSave", // the tests look at it, by way of vss_js_stack_save()
]);

const path = process.argv[2] ?? join(root, "dist/vss.wasm");
const listed = readFileSync(join(root, "wasm/exports.txt"), "utf8")
  .split("\n")
  .filter((line) => /^[A-Za-z_]/.test(line));
const module = new WebAssembly.Module(readFileSync(path));
const exported = WebAssembly.Module.exports(module)
  .map(({ name }) => name)
  .filter((name) => !toolchain.has(name));

const problems = [];
const sorted = [...listed].sort();
for (let i = 0; i < listed.length; i++) {
  if (listed[i] !== sorted[i]) {
    problems.push(
      `"${listed[i]}" is not in order, expected "${sorted[i]}" there`,
    );
    break;
  }
}
for (let i = 1; i < sorted.length; i++)
  if (sorted[i] === sorted[i - 1])
    problems.push(`"${sorted[i]}" is listed twice`);
for (const name of listed)
  if (!exported.includes(name))
    problems.push(`"${name}" is listed, but the module does not export it`);
for (const name of exported)
  if (!listed.includes(name))
    problems.push(`"${name}" is exported, but not listed`);

if (problems.length)
  fail(
    `check-exports: wasm/exports.txt and ${path}:\n  ${problems.join("\n  ")}`,
  );
console.log(`check-exports: ${listed.length} functions, as listed`);
