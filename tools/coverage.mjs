// Line and branch coverage of the C files of src/ and wasm/, from gcov: by the C tests (those of faults and of wasm/ included),
// the SQL scripts and the oracle.
//
//   npm run coverage [-- --no-run]      a table; --no-run: of the counts that the last run left
//
// What no test reached is in build/coverage/uncovered.txt: "file:line", how much of it, the line. Fails below 95 % of the lines or 85 % of
// the branches, where a line that no test reached is not explained in tools/uncovered.txt, and where an explained one is reached.
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { capture, fail, root, toolEnv } from "./lib/run.mjs";

const LINES_GOAL = 95;
const BRANCHES_GOAL = 85;

const build = join(root, "build/coverage");
const below = (folder, ending) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));

async function quietly(command, args) {
  const { ok, output } = await capture(command, args);
  if (!ok) fail(`coverage: ${command} ${args.join(" ")} failed:\n${output}`);
}

/** What gcov says of one object file: an array of { file, lines }. */
function reportOf(gcda) {
  const args = ["--branch-probabilities", "--json-format", "--stdout", gcda];
  const done = spawnSync("gcov", args, {
    cwd: build,
    env: toolEnv,
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0) fail(`coverage: gcov ${gcda} failed:\n${done.stderr}`);
  const bytes = done.stdout;
  const text =
    bytes[0] === 0x1f ? gunzipSync(bytes).toString() : bytes.toString();
  return text
    .split("\n")
    .filter(Boolean)
    .flatMap((line) => JSON.parse(line).files);
}

/**
 * Adds a report to `sources`: Map(name → Map(line → { count, branches })). A source is compiled more than once
 * (a header; wasm/ into its tests): a line is reached when one of them reached it.
 */
function addReport(gcda, sources) {
  for (const { file, lines } of reportOf(gcda)) {
    const name = relative(root, join(build, relative(build, file)));
    if (!/^(src|wasm)\//.test(name)) continue;
    const known = sources.get(name) ?? sources.set(name, new Map()).get(name);
    for (const { line_number, count, branches } of lines) {
      const line = known.get(line_number) ?? { count: 0, branches: [] };
      line.count += count;
      branches.forEach((branch, i) => {
        line.branches[i] = (line.branches[i] ?? 0) + branch.count;
      });
      known.set(line_number, line);
    }
  }
}

/** The lines of tools/uncovered.txt; `~` before one: some runs reach it. */
function explained() {
  const lines = readFileSync(join(root, "tools/uncovered.txt"), "utf8");
  return lines
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => {
      const [, file, text, reason] =
        /^~?(\S+): (.*\S) +-- (.*)$/.exec(line) ??
        fail(
          `coverage: tools/uncovered.txt: expected "file: line -- reason"\n${line}`,
        );
      return { file, text, reason, used: line.startsWith("~") };
    });
}

async function run() {
  await quietly("cmake", ["--preset", "coverage"]);
  for (const old of below(build, ".gcda")) rmSync(old);
  await quietly("cmake", [
    "--build",
    "--preset",
    "coverage",
    "--parallel",
    "2",
  ]);
  // The table itself is reached by the SQL scripts and the oracle rather than by C tests. Memory that runs out
  // reaches a branch of its own at nearly each allocation: more of them than npm test takes.
  const runs = [
    ["ctest", ["--preset", "coverage", "--parallel", "2"]],
    [join(build, "test_fault_memory"), ["60"]],
    [join(build, "run_sql"), ["tests/sql"]],
    [join(build, "oracle"), ["--seed", "1", "--count", "3000"]],
    [join(build, "oracle"), ["--seed", "1", "--count", "1000", "--file"]],
  ];
  for (const [command, args] of runs) {
    const { ok, output } = await capture(command, args);
    if (!ok)
      console.log(`coverage: ${command} ${args.join(" ")} failed\n${output}`);
  }
}

const percent = (part, all) => ((100 * part) / Math.max(all, 1)).toFixed(1);
const row = (name, { lines, reached, branches, taken }) =>
  `${percent(reached, lines).padStart(5)} % of ${String(lines).padStart(5)} lines  ` +
  `${percent(taken, branches).padStart(5)} % of ${String(branches).padStart(5)} branches  ${name}`;

if (!process.argv.includes("--no-run")) await run();
const sources = new Map();
// vss0.so is the same sources once more: gcc lays its lines out a little otherwise.
const objects = below(build, ".gcda").filter(
  (name) => !name.includes("vss0.dir"),
);
for (const gcda of objects) addReport(gcda, sources);

const all = { lines: 0, reached: 0, branches: 0, taken: 0 };
const reasons = explained();
const [uncovered, problems] = [[], []];
for (const [name, lines] of [...sources].sort()) {
  const text = readFileSync(join(root, name), "utf8").split("\n");
  const one = { lines: 0, reached: 0, branches: 0, taken: 0 };
  for (const [number, { count, branches }] of [...lines].sort(
    ([a], [b]) => a - b,
  )) {
    const source = (text[number - 1] ?? "").trim();
    const taken = branches.filter((times) => times > 0).length;
    one.lines++;
    one.reached += count > 0;
    one.branches += branches.length;
    one.taken += taken;
    if (taken < branches.length)
      uncovered.push(
        `${name}:${number} ${branches.length - taken} of ${branches.length} branches: ${source}`,
      );
    if (count > 0) continue;
    uncovered.push(`${name}:${number} not reached: ${source}`);
    const reason = reasons.find(
      (known) => known.file === name && known.text === source,
    );
    if (reason) reason.used = true;
    else problems.push(`${name}:${number} is not reached: ${source}`);
  }
  for (const key in all) all[key] += one[key];
  console.log(row(name, one));
}
writeFileSync(join(build, "uncovered.txt"), uncovered.join("\n") + "\n");
for (const { file, text, used } of reasons)
  if (!used) problems.push(`tools/uncovered.txt: ${file}: ${text}: is reached`);
if (percent(all.reached, all.lines) < LINES_GOAL)
  problems.push(`fewer than ${LINES_GOAL} % of the lines`);
if (percent(all.taken, all.branches) < BRANCHES_GOAL)
  problems.push(`fewer than ${BRANCHES_GOAL} % of the branches`);
console.log(row("in all", all));
console.log(
  `${all.lines - all.reached} lines not reached, ${reasons.length} explained in tools/uncovered.txt`,
);
for (const problem of problems) console.log(`coverage: ${problem}`);
process.exitCode = problems.length ? 1 : 0;
