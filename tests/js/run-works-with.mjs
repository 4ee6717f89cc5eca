// docs/works-with.md with the packages that npm test has no time for: the column of better-sqlite3.
//
//   node tests/js/run-works-with.mjs
//
// The binary of better-sqlite3 is built, or downloaded by its own script, where it is not there.
import { spawnSync } from "node:child_process";
import { check, lines } from "./lib/migration.mjs";
import { root } from "./lib/runtimes.mjs";

const problems = [];

async function betterSqlite() {
  const { default: Database } = await import("better-sqlite3");
  try {
    new Database(":memory:").close();
  } catch {
    console.log("works with: building better-sqlite3 in node_modules");
    const args = ["rebuild", "better-sqlite3", "--ignore-scripts=false"];
    const done = spawnSync("npm", args, { cwd: root, encoding: "utf8" });
    if (done.status !== 0)
      throw new Error(`npm ${args.join(" ")} failed:\n${done.stderr}`);
  }
  return Database;
}

const Database = await betterSqlite();
const library = {
  open: async (/** @type {string} */ at) => new Database(at),
  names: { Database },
};
let passed = 0;
for (const line of lines()) {
  try {
    await check(line, "better", library);
    passed++;
  } catch (error) {
    problems.push(/** @type {Error} */ (error).message);
  }
}
console.log(`works with: ${passed} lines of better-sqlite3`);

for (const problem of problems) console.log(problem);
process.exitCode = problems.length ? 1 : 0;
