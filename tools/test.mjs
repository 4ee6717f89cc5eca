// npm test: sets up, builds and runs everything that fits in about ten minutes.
//
//   node tools/test.mjs [name ...]      only the steps whose names contain one of the words
//
// One line a step with its time; the whole output of a step that fails; at last "N passed, N failed".
import { pathToFileURL } from "node:url";
import {
  configure,
  endWith,
  make,
  node,
  nodeTests,
  runSteps,
} from "./lib/steps.mjs";
import { setup } from "./setup.mjs";

// Other random cases in every run; a failure prints its own seed.
export const seed =
  process.env.VSS_TEST_SEED ?? String(Math.floor(Date.now() / 1000));

// What they are made of: lib/steps.mjs.
export const steps = [
  { name: "include layers", run: [node("tools/check-layers.mjs")] },
  { name: "layout of the sources", run: [node("tools/check-format.mjs")] },
  {
    name: "checks catch planted faults",
    run: [nodeTests("tests/tools")],
  },
  { name: "build wasm", run: [node("tools/build.mjs")] },
  {
    name: "types",
    run: [["npm", ["run", "--silent", "check:types"]]],
    needs: "build wasm",
  },
  {
    name: "exports",
    run: [node("tools/check-exports.mjs")],
    needs: "build wasm",
  },
  {
    name: "SIMD instructions",
    run: [node("tools/check-simd.mjs")],
    needs: "build wasm",
  },
  { name: "size", run: [node("tools/check-size.mjs")], needs: "build wasm" },
  {
    name: "build native, sanitized",
    run: [configure("native-asan"), make("native-asan")],
  },
  {
    name: "C tests under ASan and UBSan",
    run: [["ctest", ["--preset", "native-asan", "--parallel", "2"]]],
    needs: "build native, sanitized",
  },
  {
    name: "SQL scripts, native",
    run: [["build/native-asan/run_sql", ["tests/sql"]]],
    needs: "build native, sanitized",
  },
  {
    name: "SQL scripts, wasm",
    run: [node("tests/sql/run-wasm.mjs")],
    needs: "build wasm",
  },
  {
    name: "oracle: vss0 against plain SQLite",
    run: [["build/native-asan/oracle", ["--seed", seed, "--count", "20000"]]],
    needs: "build native, sanitized",
  },
  {
    name: "build vss0.so",
    run: [
      configure("native-release"),
      make("native-release", "--target", "vss0"),
    ],
  },
  {
    name: "symbols",
    run: [node("tools/check-symbols.mjs")],
    needs: "build vss0.so",
  },
  {
    name: "JavaScript specs in Node",
    run: [node("tests/js/run-node.mjs")],
    needs: "build wasm",
  },
  {
    name: "JavaScript specs in Chromium",
    run: [node("tests/js/run-chromium.mjs")],
    needs: "build wasm",
  },
  {
    name: "real data against brute force",
    run: [nodeTests("tests/data")],
    needs: "build wasm",
  },
  {
    name: "files in Node, docs/js.md",
    run: [nodeTests("tests/js")],
    needs: "build wasm",
  },
  {
    name: "demo",
    run: [node("demo/build.mjs"), nodeTests("tests/demo")],
    needs: "build wasm",
  },
  {
    name: "README",
    run: [node("tools/check-readme.mjs")],
    needs: "build wasm",
  },
];

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setup("test");
  // Longer than any command takes; a hang must not stop the rest.
  const timeout = 15 * 60 * 1000;
  endWith(await runSteps(steps, { words: process.argv.slice(2), timeout }));
}
