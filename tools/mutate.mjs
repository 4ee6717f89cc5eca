// Plants small bugs, one at a time, and looks which test notices. tests/mutants/README.md has the
// form of the lists.
//
//   npm run mutate                      what has no verdict yet
//   npm run mutate -- --survivors       again what no test noticed
//   npm run mutate -- --quick           without the tests that take minutes
//   npm run mutate -- --all             again everything, the test first that noticed last time
//   npm run mutate -- --draw 50 --seed 7    draws 50 edits and adds them to the list, then runs
//   npm run mutate -- --score           runs nothing, prints the table
//
// Each takes --file <part of a path> and --jobs <n> (default 2). It can be stopped at any time: the
// verdicts are kept, and the next run goes on. A second run beside the first takes --copy <n>, the
// number of its first copy of the tree (default 1). With --lists <folder>, the lists are taken from
// there, and the tree may be committed and rebased meanwhile.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fail, root } from "./lib/run.mjs";
import { Copy } from "./mutate/copy.mjs";
import { draw } from "./mutate/draw.mjs";
import { testsFor } from "./mutate/steps.mjs";

const { values: given } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    survivors: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    score: { type: "boolean", default: false },
    draw: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    file: { type: "string", default: "" },
    jobs: { type: "string", default: "2" },
    copy: { type: "string", default: "1" },
    lists: { type: "string", default: "tests/mutants" },
  },
});

/**
 * One edit. `equivalent` is the reason why no test can notice it. The last two are written by this
 * program: the test that noticed, or which of them it survived.
 * @typedef {{ file: string, from: string, to: string, breaks?: string, tests?: string[],
 *   seed?: number, equivalent?: string, noticed?: string, survived?: string }} Edit
 */

const folder = resolve(root, given.lists);
const [PLANTED, DRAWN] = ["planted.json", "drawn.json"].map((name) =>
  join(folder, name),
);

/** @param {string} path @returns {Edit[]} */
const read = (path) =>
  existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
/** @param {string} path @param {Edit[]} edits */
const write = (path, edits) =>
  writeFileSync(path, `${JSON.stringify(edits, null, 2)}\n`);
const edits = () => [...read(PLANTED), ...read(DRAWN)];

/**
 * Put what became of an edit into its list. The list is read again, since somebody may have written
 * in it during a run of hours.
 * @param {Edit} edit
 * @param {{ noticed?: string, survived?: string } | undefined} verdict undefined deletes the edit
 */
function record(edit, verdict) {
  for (const path of [PLANTED, DRAWN]) {
    const list = read(path);
    const at = list.findIndex(
      ({ file, from, to }) =>
        file === edit.file && from === edit.from && to === edit.to,
    );
    if (at < 0) continue;
    const old = { noticed: undefined, survived: undefined };
    const judged = { ...list[at], ...old, ...verdict };
    list.splice(at, 1, ...(verdict ? [judged] : []));
    write(path, list);
  }
}

/** Whether the text is there once, so that the edit means one place. */
function isFresh({ file, from }) {
  const path = join(root, file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return text.split(from).length === 2;
}

const shown = ({ file, from, to, breaks }) => {
  const [was, is] = [from, to].map((text) => text.split("\n"));
  const at = was.findIndex((line, i) => line !== is[i]);
  return `${file}: ${breaks ?? `${was[at]?.trim()}  -->  ${is[at]?.trim()}`}`;
};

/** @param {Copy} copy @param {Edit} edit */
async function judge(copy, edit) {
  const names = [
    edit.noticed,
    ...(edit.tests ?? []),
    ...testsFor(root, edit.file, given.quick),
  ];
  const tests = [...new Set(names)].filter((name) => name !== undefined);
  for (;;) {
    const verdict = await copy.with(edit, async () => {
      for (const name of tests.filter((name) => !copy.isBroken(name))) {
        const result = await copy.test(name);
        if (result === "unbuildable") return { unbuildable: true };
        if (result === "fails") return { noticed: name, said: copy.said };
      }
      return { survived: given.quick ? "the quick tests" : "all tests" };
    });
    // Otherwise once more, without the test that fails in any case.
    if (!verdict.noticed || (await copy.works(verdict.noticed))) return verdict;
  }
}

async function run(waiting, jobs) {
  let done = 0;
  const total = waiting.length;
  await Promise.all(
    Array.from({ length: Math.min(jobs, total) }, async (_, job) => {
      const copy = new Copy(root, String(Number(given.copy) + job));
      await copy.make();
      for (let edit = waiting.shift(); edit; edit = waiting.shift()) {
        const verdict = await judge(copy, edit);
        const { unbuildable, said, ...kept } = verdict;
        const { noticed } = kept;
        const word = unbuildable ? "is no program" : (noticed ?? "SURVIVED");
        // A drawn edit that does not compile is no edit.
        if (!unbuildable) record(edit, kept);
        else if (edit.seed !== undefined) record(edit, undefined);
        console.log(`${++done}/${total} ${word}: ${shown(edit)}`);
        if (noticed && said) console.log(`    ${said.trim()}`);
      }
      for (const name of copy.broken())
        console.log(`not used: ${name} fails in the unchanged tree`);
    }),
  );
}

/** How many of a kind were noticed. */
function printScore() {
  /** @type {Record<string, Edit[]>} */
  const groups = {};
  for (const edit of edits()) {
    const [top, next] = edit.file.split("/");
    (groups[next.includes(".") ? top : `${top}/${next}`] ??= []).push(edit);
  }
  const row = (name, list) => {
    const equivalent = list.filter((edit) => edit.equivalent).length;
    const judged = list.filter((edit) => !edit.equivalent);
    const noticed = judged.filter((edit) => edit.noticed).length;
    const survived = judged.filter((edit) => edit.survived).length;
    const percent = ((100 * noticed) / (noticed + survived || 1)).toFixed(1);
    const cells = [
      noticed,
      survived,
      judged.length - noticed - survived,
      equivalent,
    ];
    console.log(
      `${name.padEnd(16)}${cells.map((n) => String(n).padStart(11)).join("")}${`${percent} %`.padStart(9)}`,
    );
  };
  const heads = ["noticed", "survived", "not run", "equivalent"];
  console.log(
    `${"".padEnd(16)}${heads.map((text) => text.padStart(11)).join("")}${"score".padStart(9)}`,
  );
  for (const name of Object.keys(groups).sort()) row(name, groups[name]);
  row("all", edits());
  for (const edit of edits())
    if (edit.survived && !edit.equivalent)
      console.log(`survived: ${shown(edit)}`);
}

if (Number(given.draw) > 0) {
  const files = ["src", "wasm", "js", "demo"].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true })
      .map((name) => join(top, String(name)))
      .filter((name) => /\.(c|js)$/.test(name) && !/(^|\/)dist\//.test(name)),
  );
  const known = new Set(edits().map(({ file, to }) => file + to));
  const drawn = draw(
    root,
    files.filter((name) => name.includes(given.file)).sort(),
    Number(given.draw),
    Number(given.seed),
  );
  const news = drawn.filter(({ file, to }) => !known.has(file + to));
  write(DRAWN, [...read(DRAWN), ...news]);
}
const stale = edits().filter((edit) => !isFresh(edit));
if (!given.score) {
  const waiting = edits().filter(
    (edit) =>
      !edit.equivalent &&
      !stale.includes(edit) &&
      edit.file.includes(given.file) &&
      (given.all ||
        (given.survivors ? edit.survived : !edit.noticed && !edit.survived)),
  );
  await run(waiting, Number(given.jobs)).catch((error) => fail(error.message));
}
printScore();
for (const edit of stale)
  console.log(`stale: ${shown(edit)} (its text is not there exactly once)`);
if (stale.length > 0) process.exitCode = 1;
