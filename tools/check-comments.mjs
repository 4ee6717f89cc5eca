// The share of comment lines in the .c files of src/ and wasm/, and the length of comment lines
// everywhere.
//
//   node tools/check-comments.mjs [folder]      default: the repository
//
// A line that holds any part of a comment is a comment line, and so is a blank line inside a
// comment. The check fails below 20 % of all lines, and where a comment line of a .c, .h, .js or
// .mjs file is longer than 100 columns.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fail, root } from "./lib/run.mjs";

const LEAST_SHARE = 20;
const MOST_COLUMNS = 100;

const top = process.argv[2] ?? root;
const folders = ["src", "wasm", "js", "tests", "tools", "bench", "demo"];
const skipped = /(^|\/)(node_modules|dist|corpus)(\/|$)/;

/**
 * A comment, or what may hold the signs of one: a string, or a regular expression. A slash begins a
 * regular expression where it follows a bracket, a comma or an operator.
 */
const TOKEN =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`|(?<=[=(,:;!&|?{}[]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/|\/\*[^]*?\*\/|\/\/[^\n]*/g;

/** The numbers of the comment lines of a source text, counted from 1. */
export function commentLines(text) {
  const lines = new Set();
  for (const found of text.matchAll(TOKEN)) {
    if (!found[0].startsWith("/*") && !found[0].startsWith("//")) continue;
    let line = text.slice(0, found.index).split("\n").length;
    for (let left = found[0].split("\n").length; left > 0; left--)
      lines.add(line++);
  }
  return lines;
}

/** The paths of the source files below a folder; none where the folder is not there. */
function sourcesIn(folder) {
  try {
    return readdirSync(join(top, folder), { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((path) => /\.(c|h|js|mjs)$/.test(path) && !skipped.test(path))
      .sort();
  } catch {
    return [];
  }
}

const counts = new Map();
const tooLong = [];
for (const path of folders.flatMap(sourcesIn)) {
  const text = readFileSync(join(top, path), "utf8");
  const lines = text.replace(/\n$/, "").split("\n");
  const comments = commentLines(text);
  for (const number of comments) {
    const columns = [...lines[number - 1]].length;
    if (columns > MOST_COLUMNS)
      tooLong.push(`${path}:${number} has ${columns} columns`);
  }
  if (!/^(src|wasm)\/.*\.c$/.test(path)) continue;
  const folder = dirname(path);
  const count = counts.get(folder) ?? { comments: 0, lines: 0 };
  counts.set(folder, {
    comments: count.comments + comments.size,
    lines: count.lines + lines.length,
  });
}

const row = (name, { comments, lines }) =>
  `check-comments: ${((100 * comments) / lines).toFixed(1).padStart(5)} % of ${String(lines).padStart(6)} lines  ${name}`;
const total = { comments: 0, lines: 0 };
for (const [folder, count] of counts) {
  console.log(row(folder, count));
  total.comments += count.comments;
  total.lines += count.lines;
}
console.log(row("in all", total));
const problems = [...tooLong];
if (tooLong.length)
  problems.push(
    `${tooLong.length} comment lines are longer than ${MOST_COLUMNS} columns`,
  );
if (!(100 * total.comments >= LEAST_SHARE * total.lines))
  problems.push(
    `fewer than ${LEAST_SHARE} % of the lines of the .c files of src/ and wasm/ are comment lines`,
  );
if (problems.length) fail(`check-comments:\n  ${problems.join("\n  ")}`);
