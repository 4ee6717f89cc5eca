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
/** i16x8.relaxed_dot_i8x16_i7x16_s. */
const RELAXED_DOT = 0x112;
if (!process.argv[2]) {
  if (simd.has(RELAXED_DOT))
    fail(
      `check-simd: ${path} has relaxed instructions, which some engines refuse`,
    );
  const side = readFileSync(join(root, "dist/vss-relaxed.wasm"));
  const found = side.length > 8 ? countInstructions(side).simd : null;
  if (found && !found.get(RELAXED_DOT))
    fail("check-simd: vss-relaxed.wasm has no relaxed dot product");
  console.log(
    found
      ? `check-simd: ${found.get(RELAXED_DOT)} relaxed dot products in vss-relaxed.wasm`
      : "check-simd: vss-relaxed.wasm was built without clang 19, and is empty",
  );
}
console.log(
  `check-simd: ${total} SIMD instructions (${simd.size} kinds) in ${simdFunctions} of ${functions} functions`,
);
