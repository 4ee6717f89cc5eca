// The two tables of docs/works-with.md that stand side by side with better-sqlite3, as programs.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const page = new URL("../../../docs/works-with.md", import.meta.url);

/** The cells of every line below a header. */
function cellsBelow(/** @type {string} */ header) {
  const text = readFileSync(page, "utf8").split(`${header}\n`)[1];
  assert.ok(text, `docs/works-with.md has the header ${header}`);
  return text
    .split("\n\n")[0]
    .split("\n")
    .slice(1)
    .map((line) =>
      line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")),
    );
}

const code = (/** @type {string} */ cell) => /^`(.*)`$/.exec(cell)?.[1];

/**
 * What a cell promises: a value, or the code or else the name of an error.
 * @param {string} cell
 */
const promised = (cell) =>
  cell.startsWith("throws ")
    ? { thrown: code(cell.slice("throws ".length)) }
    : { value: new Function(`return (${code(cell)})`)() };

/**
 * @typedef {object} Line
 * @property {string} what
 * @property {Record<"better" | "vss", { code: string, gives: unknown }>} sides
 */

/** @returns {Line[]} */
export function lines() {
  const same = cellsBelow("| what | better-sqlite3 | vss-wasm | gives |").map(
    ([what, better, vss, gives]) => [
      what,
      better,
      vss === "the same" ? better : vss,
      gives,
      gives,
    ],
  );
  const other = cellsBelow("| what | code | better-sqlite3 | vss-wasm |").map(
    ([what, both, better, vss]) => [what, both, both, better, vss],
  );
  return [...same, ...other].map(([what, better, vss, ...gives]) => ({
    what,
    sides: {
      better: { code: code(better) ?? "", gives: promised(gives[0]) },
      vss: { code: code(vss) ?? "", gives: promised(gives[1]) },
    },
  }));
}

const rows =
  "create table t(id integer primary key, name text); insert into t values (1, 'Ada'), (2, 'Alan')";

/**
 * Run one side of a line, in a folder of its own.
 * @param {string} code
 * @param {{ open: (at: string) => Promise<any>, names: Record<string, unknown> }} library
 */
async function run(code, { open, names }) {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), "vss-migration-"));
  process.chdir(folder);
  try {
    const file = await open("t.db");
    file.exec(rows).close();
    const db = (await open(":memory:")).exec(rows);
    const call = new Function(
      "db",
      ...Object.keys(names),
      `return (async () => (${code}))()`,
    );
    return { value: await call(db, ...Object.values(names)) };
  } catch (error) {
    const { code, name } = /** @type {any} */ (error);
    return { thrown: code ?? name };
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Line} line
 * @param {"better" | "vss"} side
 * @param {Parameters<typeof run>[1]} library
 */
export async function check({ what, sides }, side, library) {
  const { code, gives } = sides[side];
  assert.ok(code, `${what}: a cell has code`);
  assert.deepStrictEqual(await run(code, library), gives, `${what}: ${code}`);
}
