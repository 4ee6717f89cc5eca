// vss-wasm/text over 5,000 real texts with a real encoder: its answers are those of the SQL of
// docs/text.md, and its places by meaning those of plain loops. The texts are the doc comments in
// the types of Node and of browsers; the encoder is the demo's, learnt from them.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { learn } from "../../demo/encoder/lsa.js";
import { encode, open } from "../../dist/index.node.js";
import { collection } from "../../dist/text.js";
import { root } from "./lib/runtimes.mjs";

const COUNT = 5000;
const DEPTH = 100;

/** The paragraphs of all doc comments in a file of declarations. */
function* paragraphs(path) {
  for (const [, comment] of readFileSync(path, "utf8").matchAll(
    /\/\*\*([^]*?)\*\//g,
  )) {
    const text = comment
      .replace(/^\s*\* ?/gm, "")
      .replace(/```[^]*?```|\[MDN Reference\].*|[*`]/g, "");
    for (const paragraph of text.split(/\n\s*\n|\n(?=@)/)) {
      const line = paragraph.replace(/\s+/g, " ").trim();
      if (line.length > 40 && /^[A-Z]/.test(line)) yield line;
    }
  }
}

/** As many different texts as are wanted, from both sources by turns. */
function readTexts() {
  const node = join(root, "node_modules/@types/node");
  const native = join(root, "node_modules/@typescript");
  const sources = {
    node: readdirSync(node)
      .filter((name) => name.endsWith(".d.ts"))
      .sort()
      .map((name) => join(node, name)),
    browser: [join(native, readdirSync(native)[0], "lib/lib.dom.d.ts")],
  };
  const rows = new Map();
  for (const [source, files] of Object.entries(sources)) {
    const texts = new Set(files.flatMap((path) => [...paragraphs(path)]));
    for (const body of [...texts]
      .filter((text) => !rows.has(text))
      .slice(0, COUNT / 2))
      rows.set(body, { body, source, length: body.length });
  }
  return [...rows.values()];
}

/** What is asked: the query, the condition as an object, as SQL, and as a function. */
const cases = [
  ["read a file line by line", {}, "true", () => true],
  [
    "encrypt a message with a public key",
    { source: "node" },
    "source = 'node'",
    (row) => row.source === "node",
  ],
  [
    "position of the mouse",
    { source: "browser", length: { lt: 120 } },
    "source = 'browser' and length < 120",
    (row) => row.source === "browser" && row.length < 120,
  ],
  [
    "time until the request is aborted",
    { length: { between: [60, 200] } },
    "length between 60 and 200",
    (row) => row.length >= 60 && row.length <= 200,
  ],
  [
    "memory used by the process",
    { or: [{ source: "browser" }, { length: { gt: 300 } }] },
    "source = 'browser' or length > 300",
    (row) => row.source === "browser" || row.length > 300,
  ],
  [
    "fonts, colours and images",
    { not: { length: { gt: 90 } } },
    "length <= 90",
    (row) => row.length <= 90,
  ],
  [
    "an event that nobody has heard of: zzzz",
    { source: { in: ["node"] } },
    "source in ('node')",
    (row) => row.source === "node",
  ],
];

/** The statement of docs/text.md with another condition and other words. */
function statementOfThePage(condition) {
  let sql = readFileSync(join(root, "docs/text.md"), "utf8")
    .split("const byHand = db.prepare(`")[1]
    .split("`)")[0];
  for (const [part, instead] of [
    ["topic = 'food' and vss", `(${condition}) and vss`],
    ["and topic = 'food'", `and (${condition})`],
    [`'"cold" OR "weather"'`, ":words"],
  ]) {
    assert.equal(sql.split(part).length, 2, `docs/text.md has ${part} once`);
    sql = sql.replace(part, () => instead);
  }
  return sql;
}

let rows;
let encoder;
let vectors;
let db;
let notes;
let embedded = 0;
const embed = (texts, { kind }) => {
  if (kind === "query")
    return texts.map((text) => encoder.encodeQuery(text).vector);
  embedded += texts.length;
  return texts.map((text) => encoder.encode(text));
};

before(async () => {
  rows = readTexts();
  const learnt = performance.now();
  encoder = learn(
    rows.map((row) => row.body),
    { dimensions: 64, seed: 20261128, iterations: 3 },
  );
  vectors = rows.map((row) => encoder.encode(row.body));
  db = await open();
  const filters = { source: "text", length: "integer" };
  notes = await collection(db, "notes", {
    embed,
    model: "lsa",
    text: "body",
    filters,
    batch: 500,
  });
  const start = performance.now();
  const ids = await notes.add(rows);
  assert.deepEqual(
    ids,
    rows.map((_, i) => i + 1),
  );
  const seconds = (from, to) => ((to - from) / 1000).toFixed(1);
  console.log(
    `${rows.length} texts, an encoder of ${encoder.model.terms.length} words learnt in ${seconds(learnt, start)} s, added in ${seconds(start, performance.now())} s`,
  );
});
after(() => db.close());

test("each text was embedded once", async () => {
  assert.equal(rows.length, COUNT);
  assert.equal(new Set(rows.map((row) => row.body)).size, COUNT);
  assert.equal(embedded, COUNT);
  assert.equal(await notes.refresh(), 0);
  assert.equal(embedded, COUNT);
});

/** The places by meaning, by a plain loop. */
function plainPlaces(query, fits) {
  const { vector } = encoder.encodeQuery(query);
  const length = Math.hypot(...vector);
  const distanceTo = (other) =>
    1 -
    vector.reduce((sum, x, j) => sum + x * other[j], 0) /
      (length * Math.hypot(...other));
  return rows
    .map((row, i) => ({ id: i + 1, row, distance: distanceTo(vectors[i]) }))
    .filter(({ row }) => fits(row))
    .sort((a, b) => a.distance - b.distance || a.id - b.id)
    .slice(0, DEPTH);
}

for (const [query, where, condition, fits] of cases)
  test(`${query}: ${condition}`, async () => {
    const hits = await notes.search(query, { k: 10, where });
    const words = query.match(/[a-z]+/g).map((word) => `"${word}"`);
    const byHand = db.prepare(statementOfThePage(condition)).all({
      query: encode(encoder.encodeQuery(query).vector),
      words: [...new Set(words)].join(" OR "),
    });
    const facts = (list) =>
      list.map(({ id, body, score, distance }) => [id, body, score, distance]);
    assert.equal(hits.length, 10);
    assert.deepEqual(facts(hits), facts(byHand));

    const places = plainPlaces(query, fits);
    for (const { id, body, meaning, words: place, score, distance } of hits) {
      assert.equal(body, rows[id - 1].body);
      assert.ok(fits(rows[id - 1]), `${id} fits`);
      const sum =
        (meaning ? 1 / (60 + meaning) : 0) + (place ? 1 / (60 + place) : 0);
      assert.ok(Math.abs(score - sum) < 1e-12, `${id}: ${score}, ${sum}`);
      // Two rows whose distances differ by rounding alone may change places.
      if (meaning)
        assert.ok(Math.abs(places[meaning - 1].distance - distance) < 1e-5);
      else assert.ok(distance > places.at(-1).distance - 1e-5);
    }
    const both = hits.filter((hit) => hit.meaning && hit.words).length;
    console.log(
      `"${query}" where ${condition}: 10 hits as by hand, ${both} of them in both lists; the first: ${hits[0].body.slice(0, 60)}`,
    );
  });
