// npm run test:long: npm test, and then everything that takes longer; one table of it all at the end.
//
//   node tools/test-long.mjs [--only-long] [--allow-skips] [--fuzz-minutes M] [word ...]
//
//   --only-long       without the steps of npm test, but for the builds
//   --allow-skips     a step that this machine lacks something for does not make the run fail
//   --fuzz-minutes    of each fuzz target; 5 when not given
//   word              only the steps whose names contain one of the words
//
// Two steps run at a time, but only one of those that start browsers and other runtimes. Each step's whole output is
// left in build/test-long/. Two cores take two hours.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./lib/run.mjs";
import { configure, endWith, make, node, runSteps } from "./lib/steps.mjs";
import { setup } from "./setup.mjs";
import { seed, steps as quick } from "./test.mjs";

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    "only-long": { type: "boolean", default: false },
    "allow-skips": { type: "boolean", default: false },
    "fuzz-minutes": { type: "string", default: "5" },
  },
});

// Most of the time of these would go into the stacks of allocations; the sample in npm test keeps them whole.
const briefly = { ASAN_OPTIONS: "malloc_context_size=2:quarantine_size_mb=32" };
const native = (name, ...args) => [
  `build/native-asan/${name}`,
  args,
  { env: { ...process.env, ...briefly } },
];
const npm = (script, ...args) => [
  "npm",
  ["run", "--silent", script, "--", ...args],
];
const sanitized = "build native, sanitized";

/** What is missing when `command` fails: `what`, and what brings it. */
const lacks = (command, args, what, bringsIt) => () => {
  const { status } = spawnSync(command, args, { stdio: "ignore" });
  return status === 0 ? undefined : `${what} is missing: ${bringsIt}`;
};
const lacksProgram = (command, packages) =>
  lacks(command, ["--version"], command, `apt-get install ${packages}`);

/** A compiler that can link 32-bit programs: the headers are not enough. */
const lacks32Bit = lacks(
  "sh",
  ["-c", "echo 'int main(void){return 0;}' | clang -m32 -xc - -o /dev/null"],
  "a 32-bit C library, or clang",
  "apt-get install clang gcc-multilib",
);

/** The tests of single modules that draw random cases: those of the faults have steps of their own. */
const randomTests = (round) => [
  "ctest",
  [
    "--preset",
    "native-asan",
    "--parallel",
    "2",
    "--exclude-regex",
    "fault|loadable|replay|stop|wasm|vtab",
  ],
  { env: { ...process.env, VSS_TEST_SEED: String(Number(seed) + round) } },
];
const ROUNDS = 20;

const long = [
  {
    name: "long: out of memory",
    run: [native("test_fault_memory", "--long")],
    needs: sanitized,
    figures: /^(out of memory:|seed|\d+ checks).*$/gm,
  },
  {
    name: "long: files that fail",
    run: [native("test_fault_io", "--long")],
    needs: sanitized,
    figures: /^(any call|the disk|a read|seed|\d+ checks).*$/gm,
  },
  {
    name: "long: power cuts",
    run: [native("test_fault_crash", "--long")],
    needs: sanitized,
    figures: /^(crashes:|seed|\d+ checks).*$/gm,
  },
  {
    name: "long: hostile shadow tables",
    run: [native("test_fault_hostile", "--long")],
    needs: sanitized,
    figures: /^(hostile files:|seed|\d+ checks).*$/gm,
  },
  {
    name: "long: every bit of a database",
    run: [native("test_fault_bits", "--long")],
    needs: sanitized,
    figures: /^(every bit:|\d+ checks).*$/gm,
  },
  {
    name: "long: oracle",
    run: [
      native("oracle", "--seed", seed, "--count", "200000"),
      native("oracle", "--seed", seed, "--count", "20000", "--file"),
    ],
    needs: sanitized,
    figures: /^oracle: seeds .*$/gm,
  },
  {
    name: `long: random C tests, ${ROUNDS} seeds`,
    run: Array.from({ length: ROUNDS }, (_, round) => randomTests(round)),
    needs: sanitized,
    figures: /^\d+% tests passed.*$/gm,
  },
  {
    name: "build native, sanitized, 32 bits",
    run: [configure("native-asan-32"), make("native-asan-32")],
    lacks: lacks32Bit,
  },
  {
    name: "long: C tests at 32 bits",
    run: [["ctest", ["--preset", "native-asan-32", "--parallel", "2"]]],
    needs: "build native, sanitized, 32 bits",
    figures: /^\d+% tests passed.*$/gm,
  },
  {
    name: "long: oracle at 32 bits",
    run: [
      ["build/native-asan-32/oracle", ["--seed", seed, "--count", "20000"]],
    ],
    needs: "build native, sanitized, 32 bits",
  },
  {
    name: "long: fuzzing",
    run: [npm("fuzz", "--minutes", options["fuzz-minutes"])],
    lacks: lacksProgram("clang", "clang"),
  },
  {
    name: "long: coverage",
    run: [npm("coverage")],
    lacks: lacksProgram("gcov", "gcc"),
    figures: /^ *[\d.]+ % .*in all.*$/gm,
  },
  {
    name: "long: processes and workers killed",
    run: [
      node("tests/js/kill/run-node.mjs", "200"),
      node("tests/js/kill/run-browser.mjs", "chromium", "50"),
      node("tests/js/kill/run-browser.mjs", "firefox", "50"),
    ],
    needs: "build wasm",
    figures: /^(kill -9|chromium|firefox): .*$/gm,
  },
  {
    name: "long: every runtime",
    run: [npm("test:runtimes")],
    needs: "build wasm",
    figures: /^.*\b\d+ passed, .*$/gm,
  },
  {
    name: "long: a million calls, memory that ends",
    run: [npm("test:long-js")],
    needs: "build wasm",
    figures: /^(Node .*\b\d+ passed, .*|long: .*)$/gm,
  },
  {
    name: "long: C tests as wasm under Emscripten's ASan",
    run: [npm("test:wasm-asan")],
    needs: "build wasm",
    figures: /^wasm-asan: .*$/gm,
  },
  {
    name: "long: the package, installed",
    run: [npm("test:package")],
    needs: "build wasm",
  },
];

/** The table: one row a step, its figures beside it, one below the other. */
function table(results) {
  const rows = results.map(({ name, seconds, state, figures, why }) => {
    const lines =
      state === "passed" ? figures : [...figures, ...why.split("\n")];
    return { name, time: `${seconds.toFixed(0)} s`, state, lines };
  });
  const width = Math.max(...rows.map(({ name }) => name.length));
  const line = (name, time, state, text) =>
    `${name.padEnd(width)}  ${time.padStart(7)}  ${state.padEnd(7)}  ${text}`.trimEnd();
  return rows
    .flatMap(({ name, time, state, lines }) => [
      line(name, time, state, lines[0] ?? ""),
      ...lines.slice(1).map((text) => line("", "", "", text)),
    ])
    .join("\n");
}

// A word that names a test brings the builds that it needs, too.
const matches = ({ name }) =>
  !words.length || words.some((word) => name.includes(word));
const needed = new Set(
  [...quick, ...long].filter(matches).map(({ needs }) => needs),
);
const isBuild = ({ name }) => name.startsWith("build");
const wanted = [
  ...quick.filter((step) => !options["only-long"] || isBuild(step)),
  ...long,
].filter((step) => matches(step) || needed.has(step.name));

const how = {
  timeout: 6 * 3600 * 1000,
  logs: join(root, "build/test-long"),
};

await setup("test");
// The quick ones in turn, as npm test does: some of them take both cores.
const first = await runSteps(
  wanted.filter((step) => !long.includes(step)),
  how,
);
const rest = await runSteps(
  wanted
    .filter((step) => long.includes(step))
    .map((step) =>
      step.needs === "build wasm" ? { ...step, group: "JavaScript" } : step,
    ),
  { ...how, before: first, atOnce: 2 },
);
const results = [...first, ...rest];
console.log(`\n${table(results)}\n`);
endWith(results, { allowSkips: options["allow-skips"] });
