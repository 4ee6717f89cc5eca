// The parts of the page that need no browser: the SQL it writes, the files it reads, the map's
// plane.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EMOJI } from "../../demo/page/engine/emoji-description.js";
import {
  describeColumns,
  parseText,
  suggest,
} from "../../demo/page/engine/parse.js";
import { principalPlane } from "../../demo/page/engine/projection.js";
import {
  blobLiteral,
  facetSql,
  filterTerms,
  identifier,
  literal,
  searchSql,
} from "../../demo/page/engine/sql.js";
import { cells, table } from "../../demo/start/table.mjs";

const collection = { ...EMOJI, rowCount: 1914 };

test("values and names become SQL that means them", () => {
  assert.equal(literal("it's"), "'it''s'");
  assert.equal(literal(0.6), "0.6");
  assert.equal(literal(null), "null");
  assert.equal(literal(Infinity), "null");
  assert.equal(identifier("version"), "version");
  assert.equal(identifier('a "b"'), '"a ""b"""');
  assert.equal(blobLiteral(Float32Array.of(1, -2)), "x'0000803f000000c0'");
});

test("filters become the terms a person would write", () => {
  const filters = {
    category: { kind: "facet", values: ["Food & Drink", "Flags"] },
    version: { kind: "range", min: 1, max: 13 },
    skin_tones: { kind: "flag", value: 1 },
  };
  assert.deepEqual(
    filterTerms(collection, filters, "length(e.name) < 6 or 1 -- x;"),
    [
      "s.category in ('Food & Drink', 'Flags')",
      "s.version between 1 and 13",
      "s.skin_tones = 1",
      "(\n    length(e.name) < 6 or 1 -- x\n  )",
    ],
  );
  assert.deepEqual(
    filterTerms(collection, { version: { kind: "range", min: 14 } }),
    ["s.version >= 14"],
  );
  assert.deepEqual(
    filterTerms(
      collection,
      { category: { kind: "facet", values: ["Flags"] } },
      "",
      "category",
    ),
    [],
  );
});

test("a search is one statement, with the vector its only parameter", () => {
  assert.equal(
    searchSql(collection, {
      query: { vector: true },
      terms: ["s.version >= 14"],
      limit: 24,
    }),
    `select s.rowid, s.distance, e.symbol, e.name, e.keywords, s.category, s.version, s.skin_tones
from emoji_search s
  join emoji e on e.id = s.rowid
where vss_search(s.embedding, :query)
  and s.version >= 14
order by s.distance limit 24`,
  );
  assert.match(
    searchSql(collection, { query: { similarTo: 7 }, terms: [], limit: 5 }),
    /vss_search\(s\.embedding, \(select embedding from emoji_search where rowid = 7\)\)\n {2}and s\.rowid <> 7/,
  );
  assert.match(facetSql(collection, "category", []), /group by s\.category$/);
});

test("CSV, JSON, JSON Lines and text become rows", () => {
  const csv = parseText(
    'title,year\n"One, two",1999\n"Said ""so""",2001\n',
    "a.csv",
  );
  assert.deepEqual(csv.rows, [
    { title: "One, two", year: "1999" },
    { title: 'Said "so"', year: "2001" },
  ]);
  assert.equal(parseText("a;b\n1;2\n", "pasted text").format, "csv");
  assert.deepEqual(parseText('[{"a":1},{"a":2}]', "a.json").rows, [
    { a: 1 },
    { a: 2 },
  ]);
  assert.deepEqual(parseText('{"meta":1,"rows":[{"a":1}]}', "a.json").rows, [
    { a: 1 },
  ]);
  assert.deepEqual(parseText('{"a":1}\n\n{"a":2}\n', "a.jsonl").rows, [
    { a: 1 },
    { a: 2 },
  ]);
  assert.deepEqual(parseText('{"a":1}\n{"a":2}', "pasted text").rows, [
    { a: 1 },
    { a: 2 },
  ]);
  assert.deepEqual(
    parseText("First line.\nSecond line here.", "a.txt").rows.map(
      ({ text, words }) => [text, words],
    ),
    [
      ["First line.", 2],
      ["Second line here.", 3],
    ],
  );
  assert.equal(
    parseText("One\nparagraph.\n\nTwo.\n\nThree.", "a.txt").rows[0].text,
    "One paragraph.",
  );
});

test("what is not what it seems is refused in words", () => {
  assert.throws(() => parseText("", "a.csv"), /a\.csv: no rows|no header line/);
  assert.throws(() => parseText("[]", "a.json"), /a\.json: no rows in it/);
  assert.throws(
    () => parseText('{"a":1}\n{oops}\n', "a.jsonl"),
    /^RangeError: line 2: /,
  );
  assert.throws(() => parseText('a,b\n"open,1\n', "a.csv"), /row 2: /);
  const many = JSON.stringify(Array.from({ length: 100_001 }, () => 1));
  assert.throws(
    () => parseText(many, "a.json"),
    /100,001 rows; this page takes up to 100,000/,
  );
});

test("columns are told apart and sensible ones suggested", () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    id: String(i),
    headline: `A headline about the subject number ${i}`,
    section: i % 2 ? "news" : "sport",
    year: String(1990 + (i % 20)),
    empty: "",
  }));
  const columns = describeColumns(rows);
  const kinds = Object.fromEntries(
    columns.map(({ name, kind }) => [name, kind]),
  );
  assert.deepEqual(kinds, {
    id: "number",
    headline: "text",
    section: "facet",
    year: "number",
    empty: "other",
  });
  assert.deepEqual(suggest(columns), {
    text: ["headline"],
    filters: ["section", "year"],
  });
  const year = columns.find(({ name }) => name === "year");
  assert.deepEqual([year.min, year.max], [1990, 2009]);
  const [one] = describeColumns([{ n: "5" }, { n: "" }]);
  assert.deepEqual([one.kind, one.min, one.max], ["number", 5, 5]);
});

test("the plane keeps the order of the main component", () => {
  const n = 50;
  const vectors = new Float32Array(n * 3);
  for (let i = 0; i < n; i++) vectors.set([i, Math.sin(i), 0], i * 3);
  const { x } = principalPlane(vectors, 3);
  const rising = x[n - 1] > x[0];
  for (let i = 1; i < n; i++)
    assert.ok(rising ? x[i] > x[i - 1] : x[i] < x[i - 1]);
  assert.deepEqual([Math.min(...x), Math.max(...x)], [-1, 1]);
});

test("the terminal's table counts cells, not characters", () => {
  assert.equal(cells("a🎂"), 3);
  assert.equal(cells("👩‍🍼🇦🇺"), 4);
  const lines = table(
    ["name", "n"],
    [
      ["🎂 cake", 5],
      ["x", 12],
    ],
  ).split("\n");
  assert.deepEqual(lines, [
    "  name       n",
    "  ───────   ──",
    "  🎂 cake    5",
    "  x         12",
  ]);
});
