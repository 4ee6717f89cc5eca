// Runs the code blocks of the documentation: README.md, CONTRIBUTING.md and docs/*.md.
//
//   node tools/check-readme.mjs [file.md ...]
//
//   js    each block is a module of its own, and runs in Node with the built package
//   sql   the blocks of one document run in order in one database, with the built package; where
//         answers stand below statements ("-- > ..."), tests/sql/run-wasm.mjs compares them
//   sh    an npm script must exist, and is not run, because npm test runs it; every other line runs
//         in bash, in the repository
//   text  after <!-- prints -->, it must be exactly what the block before it printed
//
// A block after <!-- not run: reason --> is left out. Blocks in other languages are ignored.
// The links of every page of the repository are followed as well (tools/lib/links.mjs).
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { brokenLinks, pagesBelow } from "./lib/links.mjs";
import { fail, root, toolEnv } from "./lib/run.mjs";

const scripts = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
).scripts;
// Inside the repository, so that import "vss-wasm" finds this package.
const work = join(root, `build/readme-${process.pid}`);

/** [{ language, code, line, mark }]; mark is the HTML comment right above the block. */
function blocksOf(text) {
  const blocks = [];
  const lines = text.split("\n");
  let mark = "";
  for (let i = 0; i < lines.length; i++) {
    const fence = /^(\s*)```(\w*)/.exec(lines[i]);
    if (fence) {
      const start = i + 1;
      for (i++; i < lines.length && lines[i].trim() !== "```";) i++;
      const code = lines
        .slice(start, i)
        .map((line) => line.slice(fence[1].length));
      blocks.push({
        language: fence[2],
        code: code.join("\n"),
        line: start,
        mark,
      });
      mark = "";
    } else if (lines[i].trim()) {
      mark = /^\s*<!--\s*(.*?)\s*-->\s*$/.exec(lines[i])?.[1] ?? "";
    }
  }
  return blocks;
}

function run(command, args, cwd = root) {
  const options = {
    cwd,
    env: toolEnv,
    encoding: "utf8",
    timeout: 120_000,
  };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (error || status !== 0)
    throw new Error(`${error?.message ?? ""}${stderr}${stdout}`.trim());
  return stdout;
}

function runJs({ code }, name) {
  const path = join(work, `${name}.mjs`);
  writeFileSync(path, code);
  return run(process.execPath, [path], work); // the files that it makes stay there
}

function runShell({ code }) {
  let output = "";
  for (const line of code.replace(/\\\n/g, " ").split("\n")) {
    const command = line
      .replace(/^\$ /, "")
      .replace(/(^|\s)#.*$/, "")
      .trim();
    if (
      !command ||
      command === "npm install" ||
      command === "npm install vss-wasm"
    )
      continue;
    const script = /^npm (?:run )?(start|test|run|[\w:.-]+)(?: --.*)?$/.exec(
      command,
    )?.[1];
    if (!script) output += run("bash", ["-euc", command]);
    else if (!scripts[script])
      throw new Error(`package.json has no script "${script}"`);
  }
  return output;
}

/** The values of a row as the sqlite3 program prints them. */
const rowText = (row) =>
  Object.values(row)
    .map((value) => (value === null ? "" : String(value)))
    .join("|");

/** A function that runs a block's statements in one database and gives the rows as lines. */
function sqlRunner() {
  let opened;
  return async ({ code }) => {
    opened ??= import(join(root, "dist/index.node.js")).then(({ open }) =>
      open(":memory:"),
    );
    const db = await opened;
    return statementsOf(code)
      .flatMap((sql) => db.prepare(sql).all().map(rowText))
      .join("\n");
  };
}

/** Splits at semicolons outside quotes, comments and CREATE TRIGGER ... END. */
function statementsOf(code) {
  const statements = [];
  let current = "";
  for (const [token] of code.matchAll(
    /--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[^;'"/-]+|[-/]/g,
  )) {
    if (token.startsWith("--") || token.startsWith("/*")) continue;
    if (token !== ";") current += token;
    else if (
      /^\s*create\s+(temp\w*\s+)?trigger\b/i.test(current) &&
      !/\bend\s*$/i.test(current)
    )
      current += ";";
    else {
      if (current.trim()) statements.push(current.trim());
      current = "";
    }
  }
  if (current.trim()) statements.push(current.trim());
  return statements;
}

const counts = { run: 0, left: 0 };
const problems = [];

const isLeftOut = (block) => /^not run: ./.test(block.mark);

/** Checks the sql blocks as one script, where they have answers, as those of tests/sql. */
function checkAnswers(path, blocks) {
  const script = blocks.filter(
    (block) => block.language === "sql" && !isLeftOut(block),
  );
  if (!script.some((block) => /^-- (>|error:)/m.test(block.code))) return false;
  const name = join(work, `${relative(root, path).replace(/\W/g, "-")}.md`);
  writeFileSync(
    name,
    script.map((block) => "```sql\n" + block.code + "\n```\n").join("\n"),
  );
  run(process.execPath, ["tests/sql/run-wasm.mjs", name]);
  counts.run += script.length;
  return true;
}

async function checkDocument(path) {
  const runSql = sqlRunner();
  const runners = { js: runJs, sql: runSql, sh: runShell, bash: runShell };
  const blocks = blocksOf(readFileSync(path, "utf8"));
  try {
    if (checkAnswers(path, blocks)) delete runners.sql;
  } catch (error) {
    delete runners.sql;
    problems.push(`${relative(root, path)}: sql blocks:\n${error.message}`);
  }
  let printed = "";
  for (const [i, block] of blocks.entries()) {
    const where = `${relative(root, path)}:${block.line}`;
    if (block.mark === "prints") {
      if (printed.trim() !== block.code.trim()) {
        problems.push(
          `${where}: the block above printed\n${printed.trim()}\nexpected\n${block.code.trim()}`,
        );
      }
    } else if (runners[block.language]) {
      if (isLeftOut(block)) {
        counts.left++;
        continue;
      }
      try {
        printed = await runners[block.language](
          block,
          `${relative(root, path).replace(/\W/g, "-")}-${i}`,
        );
        counts.run++;
      } catch (error) {
        problems.push(`${where}: ${block.language} block:\n${error.message}`);
      }
    }
  }
}

const docs = join(root, "docs");
const documents =
  process.argv.length > 2
    ? process.argv.slice(2)
    : [
        ...["README.md", "CONTRIBUTING.md"].map((name) => join(root, name)),
        ...(existsSync(docs)
          ? readdirSync(docs)
              // That page needs packages of others. tests/js/works-with.test.mjs runs it.
              .filter((n) => n.endsWith(".md") && n !== "works-with.md")
              .map((name) => join(docs, name))
          : []),
      ].filter(existsSync);

mkdirSync(work, { recursive: true });
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
for (const path of documents) await checkDocument(path);
problems.push(
  ...brokenLinks(process.argv.length > 2 ? documents : pagesBelow()),
);
if (problems.length) fail(`check-readme:\n${problems.join("\n\n")}`);
console.log(
  `check-readme: ${counts.run} blocks of ${documents.length} documents run, ${counts.left} marked as not run`,
);
