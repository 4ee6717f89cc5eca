// The tables of a collection, as SQL. For a collection called notes whose text is in `body`:
//
//   notes              the rows: id, body, the filters and the other columns, and the text's hash
//   notes_vectors      vss0: the vector of each row, and the filters; its rowid is the row's id
//   notes_words        fts5 over body; it holds no text of its own
//   notes_embeddings   vectors of texts that no row has: computed and not yet added, or deleted
//   vss_text           one row for each collection: its model, dimensions and columns
//
// Triggers keep them in step, so that plain SQL may insert, update and delete rows, too. A row
// whose vector is not known yet is found by its words alone until refresh() asks for the vector.
import { quote } from "../module/errors.js";

/**
 * @typedef {object} Shape What vss_text keeps about a collection, beside its name.
 * @property {string} model
 * @property {number} dimensions
 * @property {string} text the name of the text's column
 * @property {Record<string, string>} filters SQL types by column
 * @property {Record<string, string>} columns the same for what cannot be filtered by
 * @property {string} metric
 * @property {string} tokenize
 */

/** A text in SQL. @param {string} text */
const literal = (text) => `'${text.replaceAll("'", "''")}'`;

/** The names of a collection's tables, quoted. @param {string} name */
export const tablesOf = (name) => ({
  rows: quote(name),
  vectors: quote(`${name}_vectors`),
  words: quote(`${name}_words`),
  embeddings: quote(`${name}_embeddings`),
  staged: `temp.${quote(`${name}_staged`)}`,
});

/**
 * The vector of the text with that hash: kept, or that of another row with the same text.
 * @param {ReturnType<typeof tablesOf>} tables
 * @param {string} hash an SQL expression
 * @param {string} id of the row that asks
 */
const knownVector = ({ rows, vectors, embeddings }, hash, id) =>
  `coalesce((select embedding from ${embeddings} where hash = ${hash}),` +
  ` (select v.embedding from ${rows} r cross join ${vectors} v on v.rowid = r.id` +
  ` where r.hash = ${hash} and r.id <> ${id} limit 1))`;

/**
 * One text that makes all tables of a collection or none.
 * @param {string} name
 * @param {Shape} shape
 */
export function createSql(name, shape) {
  const tables = tablesOf(name);
  const { rows, vectors, words, embeddings } = tables;
  const text = quote(shape.text);
  const filters = Object.keys(shape.filters).map(quote);
  const list = (/** @type {string} */ prefix) =>
    filters.map((column) => `, ${prefix}${column}`).join("");
  const define = (/** @type {Record<string, string>} */ columns) =>
    Object.entries(columns)
      .map(([column, type]) => `, ${quote(column)} ${type}`)
      .join("");
  const trigger = (/** @type {string} */ suffix) =>
    `create trigger ${quote(`${name}_${suffix}`)} after`;
  const addWords = `insert into ${words}(rowid, ${text}) values (new.id, new.${text});`;
  const dropWords = `insert into ${words}(${words}, rowid, ${text}) values ('delete', old.id, old.${text});`;
  // An update that changes the text and not its hash comes from plain SQL: the old hash is not its.
  const hash = `case when new.${text} is old.${text} or new.hash is not old.hash then new.hash end`;
  const addVector = (/** @type {string} */ of) =>
    `insert into ${vectors}(rowid, embedding${list("")})` +
    ` select new.id, known${list("new.")} from (select ${knownVector(tables, of, "new.id")} as known)` +
    ` where known is not null; delete from ${embeddings} where hash = ${of};`;
  const keepVector =
    `insert or ignore into ${embeddings}(hash, embedding)` +
    ` select old.hash, embedding from ${vectors} where rowid = old.id and old.hash is not null;` +
    ` delete from ${vectors} where rowid = old.id;`;
  const { model, dimensions } = shape;
  return [
    `create table if not exists vss_text(name text primary key collate nocase, model text not null, dimensions integer not null, shape text not null) without rowid`,
    `insert into vss_text values (${literal(name)}, ${literal(model)}, ${dimensions}, ${literal(JSON.stringify(shape))})`,
    // Its definition is checked by vss0, which is why it stands before the table of the rows.
    `create virtual table ${vectors} using vss0(embedding(${dimensions}) metric_type=${shape.metric}${define(shape.filters)})`,
    `create table ${rows}(id integer primary key, ${text} text not null${define(shape.filters)}${define(shape.columns)}, hash)`,
    `create index ${quote(`${name}_hash`)} on ${rows}(hash)`,
    `create table ${embeddings}(hash primary key, embedding blob not null) without rowid`,
    `create virtual table ${words} using fts5(${text}, content=${literal(name)}, content_rowid='id', tokenize=${literal(shape.tokenize)})`,
    `${trigger("added")} insert on ${rows} begin ${addWords} ${addVector("new.hash")} end`,
    `${trigger("deleted")} delete on ${rows} begin ${dropWords} ${keepVector} end`,
    `${trigger("changed")} update of id, ${text}, hash on ${rows} begin` +
      ` ${dropWords} ${addWords} ${keepVector} ${addVector(`(${hash})`)}` +
      ` update ${rows} set hash = null where id = new.id and new.hash is not (${hash}); end`,
    ...(filters.length > 0
      ? [
          `${trigger("filtered")} update of ${filters.join(", ")} on ${rows} begin` +
            ` update ${vectors} set ${filters.map((column) => `${column} = new.${column}`).join(", ")} where rowid = new.id; end`,
        ]
      : []),
  ]
    .map((statement) => `${statement};\n`)
    .join("");
}

/** Drops all tables of a collection. @param {string} name */
export function dropSql(name) {
  const { rows, vectors, words, embeddings } = tablesOf(name);
  return (
    [rows, vectors, words, embeddings]
      .map((table) => `drop table if exists ${table};\n`)
      .join("") + `delete from vss_text where name = ${literal(name)};\n`
  );
}
