// Runs the scripts of this folder through the built package in Node: the same SQL has to give the
// same answers as in run_sql.c, which describes the format.
//
//   node tests/sql/run-wasm.mjs [PATH...]
//
// PATH is a script (.sql, or .md with ```sql blocks) or a folder of scripts; this folder by
// default.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { open } from "../../dist/index.node.js";

const here = dirname(fileURLToPath(import.meta.url));
const isAnswer = (line) => /^-- (>|error:)/.test(line);

/** A number as C's %.9g prints it. */
function nineDigits(x) {
  if (!Number.isFinite(x)) return String(x);
  if (x === 0) return "0";
  const [mantissa, power] = x.toExponential(8).split("e");
  const exponent = Number(power);
  const trim = (digits) =>
    digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
  if (exponent >= -4 && exponent < 9) return trim(x.toFixed(8 - exponent));
  const sign = exponent < 0 ? "-" : "+";
  return `${trim(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function showText(text) {
  let shown = "";
  for (const c of text) {
    if (c === "\n") shown += "\\n";
    else if (c < " ")
      shown += `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
    else shown += c;
  }
  return shown;
}

function show(value) {
  if (value === null) return "NULL";
  if (value instanceof Uint8Array)
    return `x'${Buffer.from(value).toString("hex")}'`;
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) < 1e9
      ? String(value === 0 ? 0 : value)
      : Number.isSafeInteger(value)
        ? { integer: value }
        : nineDigits(value);
  return typeof value === "string" ? showText(value) : String(value);
}

/** Whole numbers of ten digits and more may be INTEGER or REAL: both ways to print them will do. */
function sameLine(expected, values) {
  let rest = expected;
  for (const [i, value] of values.entries()) {
    if (i) {
      if (!rest.startsWith("|")) return false;
      rest = rest.slice(1);
    }
    const shown = show(value);
    const ways =
      typeof shown === "string"
        ? [shown]
        : [String(shown.integer), nineDigits(shown.integer)];
    const way = ways.find((text) => rest.startsWith(text));
    if (way === undefined) return false;
    rest = rest.slice(way.length);
  }
  return rest === "";
}

function answer(db, sql, bind) {
  try {
    const values = bind ? db.prepare(`select ${bind}`).raw().get() : [];
    const statement = db.prepare(sql);
    try {
      if (statement.reader) return { rows: statement.raw().all(...values) };
      statement.run(...values);
      return { rows: [] };
    } finally {
      statement.finalize();
    }
  } catch (error) {
    return { error: error.message };
  }
}

function matches(sql, expected, { rows, error }) {
  if (error !== undefined)
    return (
      expected.length === 1 && expected[0] === `-- error: ${showText(error)}`
    );
  const isPlan = /^explain query plan/i.test(sql);
  return (
    rows.length === expected.length &&
    rows.every((row, i) =>
      sameLine(
        expected[i].replace(/^-- > ?/, ""),
        isPlan ? row.slice(-1) : row,
      ),
    )
  );
}

/** The statements of a script: { sql, expected, line }. */
function* parse(text, isMarkdown) {
  let inside = !isMarkdown;
  let sql = "";
  let current = null;
  let bind = null;
  for (const [i, line] of text.split("\n").entries()) {
    if (isMarkdown && line.startsWith("```")) {
      inside = !inside && line === "```sql";
      continue;
    }
    if (!inside) continue;
    if (!sql && current && isAnswer(line)) {
      current.expected.push(line);
      continue;
    }
    if (current) yield current;
    current = null;
    if (!sql && line.startsWith("-- bind: ")) bind = line.slice(9);
    if (!sql && (line === "" || line.startsWith("--"))) continue;
    if (!sql) var start = i + 1;
    sql += `${line}\n`;
    const isTrigger = /^create (temp )?trigger/i.test(sql);
    if (isTrigger ? /^end;\s*$/i.test(line) : /;\s*$/.test(line)) {
      current = { sql, bind, expected: [], line: start };
      sql = "";
      bind = null;
    }
  }
  if (current) yield current;
  if (sql) throw new Error(`a statement without an end: ${sql}`);
}

const paths = process.argv.length > 2 ? process.argv.slice(2) : [here];
const scripts = paths.flatMap((path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith(".sql"))
        .sort()
        .map((name) => join(path, name))
    : [path],
);
let statements = 0;
let failures = 0;
for (const path of scripts) {
  const db = await open(":memory:");
  for (const { sql, bind, expected, line } of parse(
    readFileSync(path, "utf8"),
    path.endsWith(".md"),
  )) {
    statements++;
    const got = answer(db, sql, bind);
    if (matches(sql, expected, got)) continue;
    failures++;
    const lines = got.rows
      ? got.rows.map((row) =>
          row.map((value) => show(value)?.integer ?? show(value)).join("|"),
        )
      : [`error: ${got.error}`];
    console.log(
      `${path}:${line}: FAILED\n${sql}expected:\n${expected.join("\n")}\ngot:\n${lines.join("\n")}\n`,
    );
  }
  db.close();
}
console.log(
  `run-wasm: ${scripts.length} scripts, ${statements} statements, ${failures} failed`,
);
process.exitCode = failures || !statements ? 1 : 0;
