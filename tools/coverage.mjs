// Line coverage of src/ by the C tests, the SQL scripts and the oracle, from gcov. A report: it never fails for a low number.
//
//   npm run coverage                  a table, and the lines that no test reached in build/coverage/uncovered.txt
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { capture, fail, root, toolEnv } from "./lib/run.mjs";

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

/** Adds the counts of one object file to lines: Map(source → Map(line → times)). */
function addCounts(gcda, lines) {
  const done = spawnSync("gcov", ["--json-format", "--stdout", gcda], {
    cwd: build,
    env: toolEnv,
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0) fail(`coverage: gcov ${gcda} failed:\n${done.stderr}`);
  const bytes = done.stdout;
  const text =
    bytes[0] === 0x1f ? gunzipSync(bytes).toString() : bytes.toString();
  for (const report of text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))) {
    for (const { file, lines: counted } of report.files) {
      const name = relative(root, join(build, relative(build, file)));
      if (!name.startsWith("src/")) continue;
      const known = lines.get(name) ?? lines.set(name, new Map()).get(name);
      for (const { line_number, count } of counted)
        known.set(line_number, (known.get(line_number) ?? 0) + count);
    }
  }
}

await quietly("cmake", ["--preset", "coverage"]);
for (const old of below(build, ".gcda")) rmSync(old);
await quietly("cmake", ["--build", "--preset", "coverage", "--parallel", "2"]);
// The table itself is reached by the SQL scripts and the oracle rather than by C tests.
const runs = [
  ["ctest", ["--preset", "coverage", "--parallel", "2"]],
  [join(build, "run_sql"), ["tests/sql"]],
  [join(build, "oracle"), ["--seed", "1", "--count", "3000"]],
];
for (const [command, args] of runs) {
  const { ok, output } = await capture(command, args);
  if (!ok)
    console.log(`coverage: ${command} ${args.join(" ")} failed\n${output}`);
}

const lines = new Map();
for (const gcda of below(build, ".gcda")) addCounts(gcda, lines);

let [all, reached] = [0, 0];
const uncovered = [];
for (const [name, counts] of [...lines].sort()) {
  const missed = [...counts]
    .filter(([, count]) => count === 0)
    .map(([line]) => line);
  all += counts.size;
  reached += counts.size - missed.length;
  uncovered.push(
    ...missed.sort((a, b) => a - b).map((line) => `${name}:${line}`),
  );
  const percent = ((100 * (counts.size - missed.length)) / counts.size)
    .toFixed(1)
    .padStart(5);
  console.log(
    `${percent} %  ${String(counts.size).padStart(5)} lines  ${name}`,
  );
}
writeFileSync(join(build, "uncovered.txt"), uncovered.join("\n") + "\n");
console.log(
  `${((100 * reached) / all).toFixed(1).padStart(5)} %  ${String(all).padStart(5)} lines  in all`,
);
