// The links of Markdown pages: every relative one names a file, and every anchor a heading.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { root } from "./run.mjs";

/** The lines of a page without its fenced blocks and without code inside a line. */
function prose(text) {
  let inBlock = false;
  return text.split("\n").map((line) => {
    const isFence = /^\s*```/.test(line);
    if (isFence) inBlock = !inBlock;
    return isFence || inBlock ? "" : line;
  });
}

/** A heading as GitHub names its anchor: lower case, no punctuation, a hyphen for each space. */
const anchorOf = (heading) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

/** The anchors of a page. A heading that stands there twice gets "-1" the second time. */
function anchorsOf(path) {
  const counts = new Map();
  const anchors = new Set();
  for (const line of prose(readFileSync(path, "utf8"))) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const anchor = anchorOf(heading);
    const seen = counts.get(anchor) ?? 0;
    counts.set(anchor, seen + 1);
    anchors.add(seen ? `${anchor}-${seen}` : anchor);
  }
  return anchors;
}

/** What is wrong with one link of a page, or undefined. */
function problemOf(path, link) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return undefined; // another site
  const [file, anchor] = link.split("#");
  const target = file ? resolve(dirname(path), file) : path;
  if (relative(root, target).startsWith(".."))
    return `${link} leads out of the repository`;
  if (!existsSync(target)) return `${link}: there is no such file`;
  if (anchor && !anchorsOf(target).has(anchor))
    return `${link}: ${relative(root, target)} has no such heading`;
  return undefined;
}

/** @param {string[]} paths of pages @returns {string[]} one line per link that leads nowhere */
export function brokenLinks(paths) {
  const problems = [];
  for (const path of paths) {
    prose(readFileSync(path, "utf8")).forEach((line, i) => {
      const text = line.replace(/`[^`]*`/g, "");
      for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        const problem = problemOf(path, link);
        if (problem)
          problems.push(`${relative(root, path)}:${i + 1}: link ${problem}`);
      }
    });
  }
  return problems;
}

const skipped = new Set(["build", "dist", "node_modules", ".git"]);

/** Every Markdown page below a folder, except what is built or installed. */
export function pagesBelow(folder = root) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pagesBelow(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}
