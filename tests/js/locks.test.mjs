// The specs of locks (locks/run.mjs) in Node, Deno and Bun, and a sample of the race for one lock.
//
//   node --test tests/js/locks.test.mjs       VSS_DIST: the package's folder
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = (/** @type {string} */ name) =>
  fileURLToPath(new URL(name, import.meta.url));
const modules = here("../../node_modules/");
const architecture = { x64: ["x64", "x64"], arm64: ["arm64", "aarch64"] };
const [deno, bun] = (architecture[process.arch] ?? ["", ""]).map((name, i) =>
  i === 0
    ? `${modules}@deno/linux-${name}-glibc/deno`
    : `${modules}@oven/bun-linux-${name}/bin/bun`,
);

/** Run a program; its whole output is the message when it fails. */
async function run(program, args) {
  const child = spawn(program, args, {
    env: { ...process.env, VERBOSE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (output += chunk));
  const code = await new Promise((done) => child.on("close", done));
  assert.equal(code, 0, output);
  return output.trim();
}

for (const [name, program, ...args] of [
  ["Node", process.execPath, "--expose-gc"],
  ["Deno", deno, "run", "-A", "--v8-flags=--expose-gc"],
  ["Bun", bun],
]) {
  const missing = !existsSync(program) && `${program} is not there`;
  test(`what a lock promises, in ${name}`, { skip: missing }, async (t) => {
    t.diagnostic(await run(program, [...args, here("locks/run.mjs")]));
  });
}

const needsProc = !existsSync("/proc/self/stat") && "there is no /proc";
test(
  "a race for one lock, with owners that die",
  { skip: needsProc },
  async (t) => {
    t.diagnostic(await run(process.execPath, [here("locks/race.mjs"), "3000"]));
  },
);
