// npm test: sets up, builds and runs everything that fits in about ten minutes.
//
//   node tools/test.mjs [name ...]      only the steps whose names contain one of the words
//
// One line a step with its time; the whole output of a step that fails; at last "N passed, N failed".
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { capture, root } from "./lib/run.mjs";
import { setup } from "./setup.mjs";

const node = (script, ...args) => [process.execPath, [script, ...args]];
// By file: Node 20 takes folders but no patterns, later ones patterns but no folders.
const nodeTests = (folder) =>
  node(
    "--test",
    ...readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".test.mjs"))
      .map((name) => join(folder, name)),
  );
const configure = (preset) => ["cmake", ["--preset", preset]];
const make = (preset, ...more) => [
  "cmake",
  ["--build", "--preset", preset, "--parallel", "2", ...more],
];

// Other random cases in every run; a failure prints its own seed.
const seed = process.env.VSS_TEST_SEED ?? String(Math.floor(Date.now() / 1000));

// Each step is a name and the commands that it runs in turn. A step whose build failed ("needs") is
// counted as failed without a run.
const steps = [
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

/** Runs the commands of a step in turn; gives the output up to the first that fails. */
async function runStep({ run, needs }) {
  if (needs && outcome.get(needs) === false) {
    return { ok: false, output: `not run, because "${needs}" failed` };
  }
  let note = "";
  for (const [command, args] of run) {
    const { ok, output } = await capture(command, args, { timeout });
    if (!ok) return { ok, output: `$ ${command} ${args.join(" ")}\n${output}` };
    note = /^# pass \d+$/m.exec(output)?.[0] ?? output.trim().split("\n").pop();
  }
  return { ok: true, note };
}

const words = process.argv.slice(2);
const chosen = steps.filter(
  ({ name }) => !words.length || words.some((word) => name.includes(word)),
);
// Longer than any command takes; a hang must not stop the rest.
const timeout = 15 * 60 * 1000;
const outcome = new Map();

await setup("test");
for (const step of chosen) {
  const start = performance.now();
  const { ok, output, note } = await runStep(step);
  outcome.set(step.name, ok);
  const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(6);
  console.log(
    `${ok ? "ok    " : "FAILED"} ${seconds} s  ${step.name.padEnd(32)} ${note ?? ""}`.trimEnd(),
  );
  if (!ok) console.log(`${output.trimEnd()}\n`);
}

const passed = [...outcome.values()].filter(Boolean).length;
const failed = outcome.size - passed;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
