// The runner of npm test and npm run test:long: a step that did not run is never taken for one that passed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const runner = new URL("../../tools/lib/steps.mjs", import.meta.url).href;
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs these steps in a process of their own: { status, lines }. */
function run(steps, options = "{}", end = "{}") {
  const code = `import { runSteps, endWith } from "${runner}";
    const say = (text, status = 0) =>
      [process.execPath, ["-e", \`console.log(\${JSON.stringify(text)}); process.exit(\${status})\`]];
    const results = await runSteps(${steps}, ${options});
    console.log(JSON.stringify(results.map(({ state, figures }) => [state, figures])));
    endWith(results, ${end});`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", code],
    { cwd: root, encoding: "utf8" },
  );
  assert.equal(stderr, "");
  const lines = stdout.trim().split("\n");
  return { status, states: JSON.parse(lines.at(-2)), last: lines.at(-1) };
}

test("figures: the last line, or the lines asked for", () => {
  assert.deepEqual(
    run(`[
      { name: "a", run: [say("x\\n1 done"), say("y\\n2 done")] },
      { name: "b", run: [say("n: 1\\nz"), say("n: 2")], figures: /^n:.*$/gm },
    ]`),
    {
      status: 0,
      states: [
        ["passed", ["2 done"]],
        ["passed", ["n: 1", "n: 2"]],
      ],
      last: "2 passed, 0 failed",
    },
  );
});

test("a failed build fails what needs it", () => {
  const { status, states, last } = run(`[
    { name: "build", run: [say("no", 1)] },
    { name: "tests", run: [say("fine")], needs: "build" },
  ]`);
  assert.equal(status, 1);
  assert.deepEqual(states, [
    ["failed", []],
    ["failed", []],
  ]);
  assert.equal(last, "0 passed, 2 failed");
});

test("what was skipped is a failure unless it is allowed", () => {
  const steps = `[
    { name: "tool", run: [say("fine")], lacks: () => "x is missing: apt-get install x" },
    { name: "after it", run: [say("fine")], needs: "tool" },
    { name: "in part", run: [say("Firefox: skipped, not installed\\n9 passed")] },
    { name: "whole", run: [say("9 passed, 0 skipped")] },
  ]`;
  const refused = run(steps);
  assert.deepEqual(
    refused.states.map(([state]) => state),
    ["skipped", "skipped", "skipped", "passed"],
  );
  assert.equal(refused.last, "1 passed, 0 failed, 3 skipped");
  assert.equal(refused.status, 1);
  assert.equal(run(steps, "{}", "{ allowSkips: true }").status, 0);
});

test("words choose steps; a hang ends", () => {
  const { states } = run(
    `[{ name: "a b", run: [say("fine")] }, { name: "c", run: [[process.execPath, ["-e", "setInterval(() => {}, 9)"]]] }]`,
    `{ words: ["c"], timeout: 300 }`,
  );
  assert.deepEqual(states, [["failed", []]]);
});

test("what a step needs may have run before", () => {
  const { states } = run(
    `[{ name: "tests", run: [say("fine")], needs: "build" }]`,
    `{ before: [{ name: "build", state: "failed" }] }`,
  );
  assert.deepEqual(states, [["failed", []]]);
});

test("two at a time, but what is needed first, and of one group never two", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "vss-steps-"));
  t.after(() => rmSync(folder, { recursive: true }));
  // Each step says in one file when it begins and ends, and ends only when another one has begun.
  const log = join(folder, "log");
  const step = (name, other, more = "") =>
    `{ name: "${name}", ${more} run: [[process.execPath, ["-e", \`
      const { appendFileSync, readFileSync } = require("node:fs");
      appendFileSync("${log}", "+${name}");
      const timer = setInterval(() => {
        if (!readFileSync("${log}", "utf8").includes("+${other}")) return;
        appendFileSync("${log}", "-${name}");
        clearInterval(timer);
      }, 5);\`]]] }`;
  const { states } = run(
    `[
      ${step("m", "y", 'needs: "n",')},
      ${step("n", "x")},
      ${step("x", "n", 'group: "g",')},
      ${step("y", "m", 'group: "g",')},
    ]`,
    "{ atOnce: 2, timeout: 30000 }",
  );
  assert.deepEqual(
    states.map(([state]) => state),
    ["passed", "passed", "passed", "passed"],
  );
  const events = readFileSync(log, "utf8").match(/[+-]./g);
  const inOrder = (first, second) =>
    assert.ok(events.indexOf(first) < events.indexOf(second), events.join(" "));
  inOrder("-n", "+m");
  inOrder("-x", "+y");
});
