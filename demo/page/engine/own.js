/**
 * A visitor's own rows as a collection: an encoder that is learnt from their texts, a table of the
 * rows, and a vss0 table of vectors and filters.
 *
 *   own(id, title, body, data)     the rows, `data` being the whole row as JSON
 *   own_search(rowid = own.id, embedding[96], ...the chosen filters)
 *   demo_collection(description, encoder)   how the page shows it again after a reload
 */

import { Encoder, learn } from "../../encoder/lsa.js";
import { asText } from "./parse.js";
import { identifier } from "./sql.js";

const DIMENSIONS = 96;
const MOST_TERMS = 5000;
/** More texts than this improve the encoder little, and let the visitor wait. */
const LEARN_FROM = 8_000;

/** An SQL name for a column's heading: "Published at (UTC)" becomes published_at_utc. */
function sqlName(heading, taken) {
  const reserved = new Set([
    "embedding",
    "rowid",
    "distance",
    "k",
    "rank",
    "select",
    "from",
    "where",
    "group",
    "order",
    "limit",
    "index",
    "table",
    "values",
    "in",
    "and",
    "or",
    "not",
    "null",
    "case",
    "when",
    "then",
    "else",
    "end",
    "to",
    "on",
    "as",
    "is",
    "default",
    "check",
    "primary",
    "references",
    "unique",
    "by",
    "set",
    "transaction",
  ]);
  let base =
    heading
      .normalize("NFKD")
      .replace(/\p{Mark}/gu, "")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "_")
      .replace(/^_+|_+$/g, "") || "column";
  if (/^\d/.test(base) || reserved.has(base))
    base = `${base}_`.replace(/^(\d)/, "c$1");
  let name = base;
  for (let i = 2; taken.has(name); i++) name = `${base}_${i}`;
  taken.add(name);
  return name;
}

/** The whole of a range where it is short, else a step that a slider can take. */
function stepOf({ min, max }, integers) {
  if (integers) return 1;
  return Number(((max - min) / 100).toPrecision(1)) || 0.01;
}

function filterColumns(chosen, columns, rows) {
  const taken = new Set();
  return chosen.map((heading) => {
    const column = columns.find(({ name }) => name === heading);
    const name = sqlName(heading, taken);
    if (column.kind !== "number")
      return { name, heading, label: heading, kind: "facet", type: "text" };
    const integers = rows.every(
      (row) =>
        asText(row[heading]).trim() === "" ||
        Number.isSafeInteger(Number(row[heading])),
    );
    const { min, max } = column;
    return {
      name,
      heading,
      label: heading,
      kind: "range",
      type: integers ? "integer" : "real",
      min,
      max,
      step: stepOf(column, integers),
    };
  });
}

function valueOf(row, { heading, kind }) {
  const text = asText(row[heading]).trim();
  if (text === "") return null;
  return kind === "range" ? Number(row[heading]) : text;
}

function learnFrom(texts, onProgress) {
  const step = Math.max(1, Math.ceil(texts.length / LEARN_FROM));
  const sample = step === 1 ? texts : texts.filter((_, i) => i % step === 0);
  return learn(sample, {
    dimensions: DIMENSIONS,
    maxTerms: MOST_TERMS,
    iterations: 4,
    onProgress: (done) => onProgress({ stage: "Learning your words", done }),
  });
}

/**
 * @param {import("vss-wasm").Database} db
 * @param {{ rows: object[], columns: import("./parse.js").Column[], text: string[], filters:
 *   string[], title: string }} source
 * @param {(progress: { stage: string, done: number }) => void} onProgress
 * @returns {{ collection: import("./sql.js").Collection, encoder: Encoder }}
 */
export function createOwn(
  db,
  { rows, columns, text, filters, title },
  onProgress,
) {
  if (text.length === 0)
    throw new RangeError("Choose at least one column to search in.");
  const texts = rows.map((row) =>
    text.map((name) => asText(row[name])).join(" "),
  );
  const encoder = learnFrom(texts, onProgress);
  const filterList = filterColumns(filters, columns, rows);
  const collection = describe({
    title,
    rowCount: rows.length,
    filters: filterList,
    texts,
  });
  fill(
    db,
    { rows, columns, text, texts, filterList, encoder, collection },
    onProgress,
  );
  return { collection, encoder };
}

function describe({ title, rowCount, filters, texts }) {
  return {
    id: "own",
    title,
    rowCount,
    dimensions: DIMENSIONS,
    table: "own_search",
    items: "own",
    show: { title: "title", detail: "body" },
    filters: filters.map(({ name, label, kind, min, max, step }) => ({
      name,
      label,
      kind,
      min,
      max,
      step,
    })),
    example: "",
    suggestions: texts
      .slice(0, 200)
      .filter((text) => text.length > 12)
      .slice(0, 3)
      .map((text) => text.split(/\s+/).slice(0, 4).join(" ")),
  };
}

function fill(db, source, onProgress) {
  const { filterList, encoder, collection } = source;
  const columns = filterList
    .map(({ name, type }) => `,\n  ${identifier(name)} ${type}`)
    .join("");
  db.transaction(() => {
    db.exec(
      "drop table if exists own; drop table if exists own_search; drop table if exists demo_collection",
    );
    db.exec(`create table own(id integer primary key, title text, body text, data text);
create table demo_collection(description text, encoder blob);
create virtual table own_search using vss0(\n  embedding(${DIMENSIONS}) metric_type=COSINE${columns}\n);`);
    storeRows(db, source);
    db.vss0(collection.table).insertMany(vectorRows(source), {
      onProgress: (done) =>
        onProgress({
          stage: "Storing vectors",
          done: done / source.rows.length,
        }),
    });
    db.prepare("insert into demo_collection values (?, ?)").run([
      JSON.stringify(collection),
      encoder.toBytes(),
    ]);
  })();
}

/** The shortest of the searched columns is the title, and the others are the text below it. */
function storeRows(db, { rows, columns, text }) {
  const lengthOf = (heading) =>
    columns.find(({ name }) => name === heading).length;
  const [title, ...rest] = [...text].sort((a, b) => lengthOf(a) - lengthOf(b));
  const insert = db.prepare("insert into own values (?, ?, ?, ?)");
  rows.forEach((row, i) =>
    insert.run([
      i + 1,
      asText(row[title]),
      rest.map((name) => asText(row[name])).join("\n"),
      JSON.stringify(row),
    ]),
  );
  insert.finalize();
}

function* vectorRows({ rows, texts, filterList, encoder }) {
  for (let i = 0; i < rows.length; i++) {
    const row = { rowid: i + 1, embedding: encoder.encode(texts[i]) };
    for (const filter of filterList)
      row[filter.name] = valueOf(rows[i], filter);
    yield row;
  }
}

/** The collection that a former visit has left, or null. */
export function readOwn(db) {
  const there = db
    .prepare("select 1 from sqlite_schema where name = 'demo_collection'")
    .get();
  if (!there) return null;
  const row = db
    .prepare("select description, encoder from demo_collection")
    .get();
  return row
    ? {
        collection: JSON.parse(row.description),
        encoder: Encoder.fromBytes(row.encoder),
      }
    : null;
}
