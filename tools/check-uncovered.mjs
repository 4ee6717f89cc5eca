// Every line of src/ and wasm/ that no test reaches has its reason in tools/uncovered.txt, and no
// line that is reached has one.
//
//   node tools/check-uncovered.mjs <file>      gcovr's JSON, which tools/coverage.sh makes
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, root } from "./lib/run.mjs";

/**
 * The lines of tools/uncovered.txt: "file: line -- reason". After `~`, some runs reach the line.
 */
const reasons = readFileSync(join(root, "tools/uncovered.txt"), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => {
    const [, mark, file, text] =
      /^(~?)(\S+): (.*\S) +-- .*$/.exec(line) ??
      fail(
        `check-uncovered: tools/uncovered.txt: expected "file: line -- reason"\n${line}`,
      );
    return { file, text, used: mark === "~" };
  });

const problems = [];
const { files } = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const { file, lines } of files) {
  const text = readFileSync(join(root, file), "utf8").split("\n");
  for (const { line_number: number, count, "gcovr/noncode": isBare } of lines) {
    if (count > 0 || isBare) continue; // gcovr lists comments and brackets too
    const source = text[number - 1].trim();
    const reason = reasons.find(
      (known) => known.file === file && known.text === source,
    );
    if (reason) reason.used = true;
    else problems.push(`${file}:${number} is not reached: ${source}`);
  }
}
for (const { file, text, used } of reasons)
  if (!used) problems.push(`tools/uncovered.txt: ${file}: ${text}: is reached`);
if (!files.length) problems.push("gcovr reported no file");
if (problems.length) fail(`check-uncovered:\n  ${problems.join("\n  ")}`);
console.log(`check-uncovered: ${reasons.length} lines explained`);
