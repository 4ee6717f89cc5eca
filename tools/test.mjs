// npm test and npm run test:long: set-up installs what is missing, CMake builds, and CTest runs.
//
//   node tools/test.mjs [test preset ...] [argument of ctest ...]      default: test
//
//   npm test -- -R sql                 runs the tests whose names match a regular expression
//   node tools/test.mjs native-debug   runs another test preset of CMakePresets.json
//
// tests/tests.cmake says what the tests are. The last line is "N passed, N failed": CTest's own
// count, added up over the presets.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { buildPreset, folderOf } from "./lib/cmake.mjs";
import { fail, root, toolEnv } from "./lib/run.mjs";
import { setup } from "./setup.mjs";

const { testPresets } = JSON.parse(
  readFileSync(join(root, "CMakePresets.json"), "utf8"),
);
const known = testPresets.map(({ name }) => name);

const words = process.argv.slice(2);
const firstOption = words.findIndex((word) => word.startsWith("-"));
const end = firstOption < 0 ? words.length : firstOption;
const presets = end ? words.slice(0, end) : ["test"];
const options = words.slice(end);
for (const name of presets)
  if (!known.includes(name))
    fail(
      `test: "${name}" is not a test preset, expected one of ${known.join(", ")}`,
    );

const total = { passed: 0, failed: 0 };

/** Runs a test preset in its build folder, shows what CTest prints, and counts. */
function runTests(preset, folder) {
  const results = join(folder, `results-${preset}.xml`);
  rmSync(results, { force: true });
  const args = ["--preset", preset, "--output-junit", results, ...options];
  const { status } = spawnSync("ctest", args, {
    cwd: root,
    env: toolEnv,
    stdio: ["ignore", "inherit", "inherit"],
  });
  let xml = "";
  try {
    xml = readFileSync(results, "utf8");
  } catch {
    // CTest wrote no results, and said why.
  }
  const states = [...xml.matchAll(/<testcase [^>]*\bstatus="(\w+)"/g)];
  const passed = states.filter(([, state]) => state === "run").length;
  total.passed += passed;
  // CTest also fails where no single test does, for example when it finds none.
  total.failed += Math.max(states.length - passed, status === 0 ? 0 : 1);
}

await setup("test");
for (const preset of presets) {
  const { configurePreset } = testPresets.find(({ name }) => name === preset);
  console.log(`test: building ${configurePreset}`);
  const { ok, output } = await buildPreset(configurePreset);
  if (ok) {
    runTests(preset, folderOf(configurePreset));
  } else {
    console.log(output);
    total.failed++;
  }
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed || !total.passed ? 1 : 0;
