// Steps of npm test and npm run test:long: commands run in turn, one line a step, at last how many passed.
//
//   { name,       what the words of the command line choose by
//     run,        [[command, [argument, ...], options?], ...]
//     needs?,     the name of a step without which this one makes no sense
//     lacks?,     () => what is missing here and the command that brings it, or nothing
//     group?,     steps of one group never run at the same time
//     figures? }  a pattern (with the flag g) of the output lines that say what was done; else the last line
//
// A skipped test is a test that did not run: a step that lacks something, or whose output has a line
// "name: skipped, why", counts as failed unless `allowSkips`.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capture, root } from "./run.mjs";

export const node = (script, ...args) => [process.execPath, [script, ...args]];
// By file: Node 20 takes folders but no patterns, later ones patterns but no folders.
export const nodeTests = (folder) =>
  node(
    "--test",
    ...readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".test.mjs"))
      .map((name) => join(folder, name)),
  );
export const configure = (preset) => ["cmake", ["--preset", preset]];
export const make = (preset, ...more) => [
  "cmake",
  ["--build", "--preset", preset, "--parallel", "2", ...more],
];

const SKIPPED = /^.+: skipped, .+$/gm;

/** What a command's output says in short: the lines asked for, or node --test's count, or the last line. */
function figuresOf(output, pattern) {
  const found = pattern && output.match(pattern);
  if (found) return found.map((line) => line.trim());
  const last =
    /^# pass \d+$/m.exec(output)?.[0] ?? output.trim().split("\n").pop();
  return last ? [last] : [];
}

async function runCommands({ run, figures }, timeout) {
  const done = { ok: true, output: "", figures: [] };
  for (const [command, args, options] of run) {
    const { ok, output } = await capture(command, args, {
      timeout,
      ...options,
    });
    done.output += `$ ${command} ${args.join(" ")}\n${output}\n`;
    if (!ok) return { ...done, ok };
    // Of several commands that print a last line only, the last one's.
    if (!figures) done.figures = [];
    done.figures.push(...figuresOf(output, figures));
  }
  return done;
}

/** Runs one step; gives its state, "passed", "failed" or "skipped", with why, its figures and its whole output. */
async function runStep(step, results, timeout) {
  const needed = results.find(({ name }) => name === step.needs);
  if (needed && needed.state !== "passed") {
    const why = `not run, because "${step.needs}" ${needed.state}`;
    return { state: needed.state, why, output: why, figures: [] };
  }
  const lack = await step.lacks?.();
  if (lack) return { state: "skipped", why: lack, output: lack, figures: [] };
  const { ok, output, figures } = await runCommands(step, timeout);
  const skips = output.match(SKIPPED);
  if (!ok) return { state: "failed", why: "", output, figures };
  if (skips)
    return { state: "skipped", why: skips.join("\n"), output, figures };
  return { state: "passed", why: "", output, figures };
}

const WORD = { passed: "ok     ", failed: "FAILED ", skipped: "SKIPPED" };

/** Says at once how a step went: one line, and all the output of one that failed. */
function report({ name, seconds, state, figures, output, why }) {
  const note = state === "passed" ? (figures.at(-1) ?? "") : "";
  console.log(
    `${WORD[state]} ${seconds.toFixed(1).padStart(7)} s  ${name.padEnd(32)} ${note}`.trimEnd(),
  );
  if (state === "failed") console.log(`${output.trimEnd()}\n`);
  if (state === "skipped") console.log(why.replace(/^/gm, "    "));
}

/**
 * The first step that may start: what it needs has ended, and none of its group is running. Those of a group come
 * first, because they take the longest one after the other.
 */
function nextOf(waiting, running) {
  const unfinished = [...waiting, ...running];
  const ready = waiting.filter(
    ({ needs, group }) =>
      !unfinished.some(({ name }) => name === needs) &&
      !(group && running.some((step) => step.group === group)),
  );
  return ready.find(({ group }) => group) ?? ready[0];
}

/**
 * Runs the steps whose names contain one of the words (none given: all), `atOnce` at a time; prints one line each as it
 * ends, and all the output of one that fails. With `logs`, a folder, each step's output is kept there. A step may need
 * one of `before`, the results of steps that ran earlier. Gives the results in the order of the steps.
 */
export async function runSteps(
  steps,
  { words = [], timeout, logs, before = [], atOnce = 1 } = {},
) {
  const chosen = steps.filter(
    ({ name }) => !words.length || words.some((word) => name.includes(word)),
  );
  if (logs) mkdirSync(logs, { recursive: true });
  const results = [];
  const run = async (step) => {
    const start = performance.now();
    const done = await runStep(step, [...before, ...results], timeout);
    const seconds = (performance.now() - start) / 1000;
    results.push({ name: step.name, seconds, ...done });
    report(results.at(-1));
    if (logs)
      writeFileSync(
        join(logs, `${step.name.replace(/[^a-z0-9]+/gi, "-")}.txt`),
        done.output,
      );
  };

  const waiting = [...chosen];
  const running = new Map();
  while (waiting.length || running.size) {
    const step =
      running.size < atOnce ? nextOf(waiting, [...running.keys()]) : undefined;
    if (step) {
      waiting.splice(waiting.indexOf(step), 1);
      running.set(
        step,
        run(step).finally(() => running.delete(step)),
      );
    } else {
      await Promise.race(running.values());
    }
  }
  return chosen.map((step) => results.find(({ name }) => name === step.name));
}

/** The last line, and the status of this process. */
export function endWith(results, { allowSkips = false } = {}) {
  const count = (state) =>
    results.filter((result) => result.state === state).length;
  const skipped = count("skipped");
  const failed = count("failed");
  console.log(
    `${count("passed")} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`,
  );
  process.exitCode = failed || (skipped && !allowSkips) ? 1 : 0;
}
