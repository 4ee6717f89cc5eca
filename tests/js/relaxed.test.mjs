// Relaxed SIMD in an engine that has it behind a flag: Node 20 runs the specs of the kernels once
// more with the flag. Newer engines have it anyway, and run those specs with all others.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const FLAG = "--experimental-wasm-relaxed-simd";
const file = new URL("../../dist/vss-relaxed.wasm", import.meta.url);
const runner = new URL("./run-node.mjs", import.meta.url).pathname;

test("the specs of the kernels, with relaxed SIMD", () => {
  const bytes = readFileSync(file);
  const flags = WebAssembly.validate(bytes) ? [] : [FLAG];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, runner, "kernels"],
    { encoding: "utf8" },
  );
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /3 passed/);
});
