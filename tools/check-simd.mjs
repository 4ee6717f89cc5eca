// Counts the SIMD instructions of the shipped module, and fails where there are none.
//
//   node tools/check-simd.mjs [file.wasm]      default: dist/vss.wasm
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, root } from "./lib/run.mjs";
import { countInstructions } from "./lib/wasm.mjs";

const path = process.argv[2] ?? join(root, "dist/vss.wasm");
const { functions, instructions, simd, simdFunctions } = countInstructions(
  readFileSync(path),
);
const total = [...simd.values()].reduce((sum, count) => sum + count, 0);
if (total === 0)
  fail(`check-simd: no SIMD instruction among the ${instructions} of ${path}`);
console.log(
  `check-simd: ${total} SIMD instructions (${simd.size} kinds) in ${simdFunctions} of ${functions} functions`,
);
