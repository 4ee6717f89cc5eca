// npm run fuzz: builds the fuzz targets, runs them for a while and prints what was done as a table.
//
//   node tests/fuzz/run.mjs [--minutes M] [--target name ...] [--bits 64|32] [--jobs N] [--resume]
//                           [--merge] [--report]
//
//   --minutes   CPU minutes for each target, half of them at 64 and half at 32 bits unless --bits
//               names one; default 2
//   --jobs      how many run at the same time; default 1
//   --resume    the minutes of earlier runs (build/fuzz-work/results.jsonl) count
//   --merge     no fuzzing: writes tests/fuzz/corpus/<target>/ again, with the fewest of all inputs
//               found so far that reach every edge
//   --report    no fuzzing: the table of all runs recorded in build/fuzz-work/results.jsonl
//
// Inputs worth keeping are collected in build/fuzz-work/corpus/<target>/; inputs that fail are left
// in build/fuzz-work/found/. Time is CPU time, so that a run that was suspended, or that had little
// of the machine, still does all of its work.
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPreset } from "../../tools/lib/cmake.mjs";
import { capture, fail, must, root, toolEnv } from "../../tools/lib/run.mjs";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    target: { type: "string", multiple: true },
    bits: { type: "string" },
    jobs: { type: "string", default: "1" },
    merge: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
    resume: { type: "boolean", default: false },
  },
});

const here = join(root, "tests/fuzz");
const work = join(root, "build/fuzz-work");
const results = join(work, "results.jsonl");
const CHUNK_SECONDS = 60;

const known = readdirSync(here)
  .map((name) => /^fuzz_(\w+)\.c$/.exec(name)?.[1])
  .filter(Boolean);
const targets = options.target ?? known;
for (const target of targets)
  if (!known.includes(target))
    fail(`fuzz: unknown target "${target}", expected ${known.join(", ")}`);
if (options.bits && !["64", "32"].includes(options.bits))
  fail(`fuzz: --bits ${options.bits}, expected 64 or 32`);
const widths = options.bits ? [options.bits] : ["64", "32"];
const number = (name) => {
  const value = Number(options[name]);
  if (!(value > 0))
    fail(`fuzz: --${name} ${options[name]}, expected a number above 0`);
  return value;
};

const presetOf = (bits) => (bits === "32" ? "fuzz-32" : "fuzz");
const programOf = (target, bits) =>
  join(root, "build", presetOf(bits), `fuzz_${target}`);
const seedsOf = (target) => join(here, "corpus", target);

/** A folder below build/fuzz-work, created when it does not exist. */
function folder(...names) {
  const path = join(work, ...names);
  mkdirSync(path, { recursive: true });
  return path;
}

async function build(bits) {
  if (spawnSync("clang", ["--version"]).status !== 0)
    fail(
      "fuzz: clang is missing (libFuzzer comes with it). As root:\n  apt-get install -y --no-install-recommends clang",
    );
  const { ok, output } = await buildPreset(presetOf(bits));
  if (!ok) fail(`fuzz: ${output}`);
}

// The shell prints the CPU time of the program that it ran, "0m1.25s 0m0.5s", as the last such
// line.
const timed = (program, args) => [
  "sh",
  ["-c", '"$@"; s=$?; times; exit $s', "sh", program, ...args],
];
function secondsOf(output) {
  const last = [
    ...output.matchAll(/^(\d+)m([\d.]+)s (\d+)m([\d.]+)s$/gm),
  ].pop();
  if (!last) fail(`fuzz: no CPU time in the output:\n${output.slice(-1000)}`);
  const [m, s, systemM, systemS] = last.slice(1).map(Number);
  return 60 * (m + systemM) + s + systemS;
}

function fuzzArguments(target, bits, seconds) {
  const dictionary = join(here, `${target}.dict`);
  return [
    folder("corpus", target),
    ...(existsSync(seedsOf(target)) ? [seedsOf(target)] : []),
    `-artifact_prefix=${folder("found")}/${target}-${bits}-`,
    `-max_total_time=${Math.ceil(Math.min(seconds, CHUNK_SECONDS))}`,
    "-print_final_stats=1",
    // libFuzzer limits one input by wall time, which also passes while the program is suspended.
    "-timeout=3600",
    "-report_slow_units=3600",
    "-rss_limit_mb=3000",
    ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : []),
  ];
}

/** Runs one chunk and returns what it did. */
async function fuzzOnce(target, bits, seconds) {
  const [command, args] = timed(
    programOf(target, bits),
    fuzzArguments(target, bits, seconds),
  );
  const { ok, output } = await capture(command, args, {
    cwd: work,
    // Stacks of allocations would take most of the time; replaying the input shows them in full.
    env: {
      ...toolEnv,
      ASAN_OPTIONS: "malloc_context_size=2:quarantine_size_mb=32",
    },
  });
  const executed = /number_of_executed_units: +(\d+)/.exec(output)?.[1];
  const steps = [...output.matchAll(/^#(\d+)\t.* cov: (\d+)/gm)];
  const done = {
    target,
    bits,
    executions: Number(executed ?? steps.at(-1)?.[1] ?? 0),
    cpuSeconds: secondsOf(output),
    edges: Number(steps.at(-1)?.[2] ?? 0),
    crashes: ok ? 0 : 1,
  };
  appendFileSync(results, `${JSON.stringify(done)}\n`);
  if (!ok) {
    const log = join(folder("found"), `${target}-${bits}.log`);
    appendFileSync(log, output);
    const from = output.search(/^.*(failed:|ERROR:|runtime error)/m);
    console.log(
      `fuzz: ${target} at ${bits} bits failed, see ${log}:\n${output.slice(from, from + 3000)}`,
    );
  }
  return done;
}

/** Adds up the rows that belong together: one row for each target and width. */
function addUp(rows) {
  const sums = new Map();
  for (const row of rows) {
    const key = `${row.target} ${row.bits}`;
    const sum = sums.get(key);
    if (!sum) {
      sums.set(key, { ...row });
      continue;
    }
    for (const name of ["executions", "cpuSeconds", "crashes"])
      sum[name] += row[name];
    sum.edges = Math.max(sum.edges, row.edges);
  }
  return [...sums.values()].sort((a, b) => a.target.localeCompare(b.target));
}

function table(rows) {
  const head = ["target", "bits", "executions", "CPU min", "edges", "crashes"];
  const cells = rows.map((row) => [
    row.target,
    row.bits,
    row.executions.toLocaleString("en"),
    (row.cpuSeconds / 60).toFixed(1),
    row.edges.toLocaleString("en"),
    String(row.crashes),
  ]);
  const all = [head, ...cells];
  const widest = head.map((_, i) => Math.max(...all.map((r) => r[i].length)));
  return all
    .map((r) =>
      r
        .map((cell, i) =>
          i ? cell.padStart(widest[i]) : cell.padEnd(widest[i]),
        )
        .join("  "),
    )
    .join("\n");
}

/** Writes the seed corpus again: the fewest inputs that reach every edge that any input reaches. */
function merge(target) {
  const fresh = join(work, "merged", target);
  rmSync(fresh, { recursive: true, force: true });
  folder("merged", target);
  const from = [folder("corpus", target), seedsOf(target)].filter(existsSync);
  must(
    programOf(target, "64"),
    ["-set_cover_merge=1", "-use_counters=0", fresh, ...from],
    { stdio: "ignore", cwd: work },
  );
  mkdirSync(seedsOf(target), { recursive: true });
  // Inputs that failed once were named by hand and stay; all others have names of 40 digits.
  for (const name of readdirSync(seedsOf(target)))
    if (/^[0-9a-f]{40}$/.test(name)) rmSync(join(seedsOf(target), name));
  must("cp", ["-r", `${fresh}/.`, seedsOf(target)]);
  const sizes = readdirSync(seedsOf(target)).map(
    (name) => statSync(join(seedsOf(target), name)).size,
  );
  const total = sizes.reduce((a, b) => a + b, 0);
  console.log(
    `${target}: ${sizes.length} inputs, ${(total / 1000).toFixed(1)} KB`,
  );
}

function readResults() {
  if (!existsSync(results)) return [];
  return readFileSync(results, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/**
 * Runs chunks of a minute, always of the target that has the most time left. Whenever the run is
 * ended, all targets have had about the same time.
 */
async function runAll() {
  const seconds = (number("minutes") * 60) / widths.length;
  const had = addUp(options.resume ? readResults() : []);
  const waiting = targets.flatMap((target) =>
    widths.map((bits) => {
      const own = had.find((r) => r.target === target && r.bits === bits);
      return { target, bits, left: seconds - (own?.cpuSeconds ?? 0) };
    }),
  );
  const rows = [];
  const worker = async () => {
    for (;;) {
      waiting.sort((a, b) => b.left - a.left);
      const next = waiting.shift();
      if (!next || next.left < 0.5) return;
      const done = await fuzzOnce(next.target, next.bits, next.left);
      rows.push(done);
      next.left -= done.cpuSeconds;
      // One failing input per run: the same one would be found again.
      if (!done.crashes) waiting.push(next);
    }
  };
  await Promise.all(Array.from({ length: number("jobs") }, worker));
  console.log(table(addUp(rows)));
  const crashes = rows.reduce((sum, row) => sum + row.crashes, 0);
  const executions = rows.reduce((sum, row) => sum + row.executions, 0);
  console.log(
    `fuzz: ${executions.toLocaleString("en")} executions, ${crashes} crashes`,
  );
  if (crashes) process.exitCode = 1;
}

mkdirSync(work, { recursive: true });
if (options.report) {
  console.log(table(addUp(readResults())));
} else if (options.merge) {
  await build("64");
  for (const target of targets) merge(target);
} else {
  for (const bits of widths) await build(bits);
  await runAll();
}
