// A table of bad inputs, each with the error that it must give, and a database that answers after
// each of them.
import { equal, ok, show, spec } from "../lib/harness.js";
import { badArguments } from "./bad-arguments.js";
import { badSql } from "./bad-sql.js";
import { badVectors } from "./bad-vectors.js";

/** There are far more. Fewer would mean that the rules no longer make the cases. */
const AT_LEAST = 1000;

async function setUp(api) {
  const db = await api.open();
  const t = db.vss0("t", { e: 3, n: "integer", name: "text" });
  t.insertMany([
    { rowid: 1, e: [1, 0, 0], n: 1, name: "a" },
    { rowid: 2, e: [0, 1, 0], n: 2, name: "b" },
    { rowid: 3, e: [0, 0, 1], n: 3, name: "c" },
  ]);
  db.vss0("two", { e: 2, f: 2 });
  db.exec(
    "create table posts(id integer primary key, embedding blob); insert into posts select rowid, e from t; create table plain(a, b); insert into plain values (1, 2)",
  );
  return { api, db, t, prepared: new Map() };
}

/** What a bad input must leave as it was. */
function stateOf({ db, t }) {
  return JSON.stringify([
    t.search([1, 0, 0], { k: 9, where: "n > 0", select: ["name"] }),
    db
      .prepare(
        "select faiss_search('main', 'posts', '[0, 1, 0]', 1), count(*) from sqlite_schema",
      )
      .raw()
      .get(),
    db.inTransaction,
  ]);
}

/** This is looked at after each bad input; all of the state above after so many of them. */
const quickLook = ({ t }) => t.search([1, 0, 0], { k: 1 })[0]?.rowid;
const FULL_LOOK_EVERY = 50;

/** What is wrong with the outcome, or nothing. */
function judge(error, { name = "VssError", code = "SQLITE_ERROR", message }) {
  if (error === undefined) return "no error";
  const right =
    message instanceof RegExp
      ? message.test(error.message)
      : error.message === message;
  if (error.name !== name) return `a ${error.name}: ${error.message}`;
  if (name === "VssError" && error.code !== code)
    return `${error.code}: ${error.message}`;
  return right ? undefined : error.message;
}

/** Run all of them. Gives their number. */
async function tryAll(context, inputs) {
  const before = stateOf(context);
  const wrong = [];
  let count = 0;
  for (const input of inputs) {
    count++;
    let error;
    try {
      await input.run(context);
    } catch (caught) {
      error = caught;
    }
    const same =
      quickLook(context) === 1 &&
      (count % FULL_LOOK_EVERY || stateOf(context) === before);
    const problem =
      judge(error, input) ?? (same ? undefined : "it changed the database");
    if (problem)
      wrong.push(
        `${input.what}\n   got      ${problem}\n   expected ${input.message instanceof RegExp ? input.message : show(input.message)}`,
      );
  }
  const after = stateOf(context);
  context.db.close();
  ok(
    wrong.length === 0,
    `${wrong.length} of ${count}:\n${wrong.slice(0, 12).join("\n")}`,
  );
  equal(after, before, "after all of them");
  return count;
}

/** An SQL text with its values, as something to run. */
const asRun = ({ sql, params = [], ...rest }) => ({
  ...rest,
  run({ db, prepared }) {
    const statement = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, statement);
    statement.all(...params);
  },
});

spec("bad inputs: vectors, wherever SQL takes one", async ({ api }) => {
  const count = await tryAll(await setUp(api), [...badVectors()].map(asRun));
  ok(count >= AT_LEAST, `only ${count}`);
});

spec("bad inputs: the rest of SQL", async ({ api }) => {
  const count = await tryAll(await setUp(api), [...badSql()].map(asRun));
  ok(count >= 250, `only ${count}`);
});

spec("bad inputs: arguments of JavaScript", async ({ api }) => {
  const count = await tryAll(await setUp(api), [...badArguments()]);
  ok(count >= 250, `only ${count}`);
});

spec("bad inputs: each is there once", () => {
  const all = [...badVectors(), ...badSql(), ...badArguments()];
  const seen = new Set();
  for (const { what } of all) {
    ok(!seen.has(what), `twice: ${what}`);
    seen.add(what);
  }
});
