// The SQL of one search by meaning, by words, or by both, whose two lists are fused by reciprocal
// rank: a row's score is the sum of 1 / (constant + its place) over the lists that it is in
// (Cormack, Clarke, Buettcher: Reciprocal Rank Fusion, SIGIR 2009).
import { encode } from "../module/codec.js";
import { quote } from "../module/errors.js";
import { columnsOf } from "./options.js";
import { tablesOf } from "./tables.js";

/**
 * The words of a text as an FTS5 query that asks for any of them; "" where there is no word.
 * @param {string} text
 */
export const anyWord = (text) =>
  [...new Set(text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [])]
    .map((word) => `"${word}"`)
    .join(" OR ");

/**
 * @typedef {object} Request A search whose options are checked.
 * @property {Float32Array | undefined} vector the query's; undefined to search by words alone
 * @property {string} words the FTS5 query; "" to search by meaning alone
 * @property {string} where an SQL condition over the filters; "" for none
 * @property {Record<string, any>} params of the condition
 * @property {number} k
 * @property {number} offset
 * @property {number} depth how many places each list has, at least
 * @property {number} constant
 * @property {number} weight of the words; the meaning's is 1
 * @property {readonly [string, string]} marks around words that were found
 */

/**
 * @param {string} name
 * @param {import('./tables.js').Shape} shape
 * @param {Request} request
 * @returns {{ sql: string, params: Record<string, any> }}
 */
export function hybridSql(name, shape, request) {
  const { rows, vectors, words } = tablesOf(name);
  const condition = request.where ? `(${request.where}\n)` : "";
  const lists = [];
  const from = [];
  if (request.vector) {
    lists.push(
      `meaning(id, distance, place) as (select id, distance, row_number() over (order by distance, id) from (` +
        `\n  select rowid as id, distance from ${vectors} where ${condition && `${condition} and `}` +
        `vss_search(embedding, :vss_query) limit :vss_depth))`,
    );
    from.push("meaning m");
  }
  if (request.words) {
    const allowed =
      condition &&
      ` and exists (select 1 from ${rows} where id = w.rowid and ${condition})`;
    lists.push(
      `words(id, place) as (select id, row_number() over (order by rank, id) from (` +
        `\n  select w.rowid as id, w.rank as rank from ${words} w where ${words} match :vss_words${allowed}` +
        ` order by w.rank, w.rowid limit :vss_depth))`,
    );
    from.push("words w");
  }
  const both = from.length === 2;
  const id = both ? "coalesce(m.id, w.id)" : `${from[0].at(-1)}.id`;
  const meaning = request.vector ? "m.place" : "null";
  const byWords = request.words ? "w.place" : "null";
  const part = (/** @type {string} */ place) =>
    place === "null" ? "0" : `coalesce(1.0 / (:vss_constant + ${place}), 0)`;
  const score = `${part(meaning)} + :vss_weight * ${part(byWords)}`;
  // A row that only its words have found gets its distance here.
  const computed = `(select vss_distance('${shape.metric}', embedding, :vss_query) from ${vectors} where rowid = ${id})`;
  const distance = both
    ? `coalesce(m.distance, ${computed})`
    : request.vector
      ? "m.distance"
      : "null";
  const text = quote(shape.text);
  const start = `substr(r.${text}, 1, 120)`;
  const snippet = request.words
    ? `coalesce((select snippet(${words}, 0, :vss_before, :vss_after, '…', 16) from ${words} s where ${words} match :vss_words and s.rowid = r.id), ${start})`
    : start;
  const columns = columnsOf(shape)
    .map((column) => `, r.${quote(column)}`)
    .join("");
  const sql =
    `with ${lists.join(",\n")}\n` +
    `select r.id${columns}, ${score} as score, ${distance} as distance, ${meaning} as meaning, ${byWords} as words,` +
    `\n  ${snippet} as snippet\n` +
    `from ${from.join(" full join ")}${both ? " on w.id = m.id" : ""} join ${rows} r on r.id = ${id}\n` +
    `order by score desc, distance, r.id limit :vss_k offset :vss_offset`;
  /** @type {Record<string, any>} */
  const all = {
    vss_query: request.vector && encode(request.vector),
    vss_words: request.words,
    // A row that is in neither list so far cannot be among the first k of both.
    vss_depth: Math.max(request.depth, request.k + request.offset),
    vss_constant: request.constant,
    vss_weight: request.weight,
    vss_before: request.marks[0],
    vss_after: request.marks[1],
    vss_k: request.k,
    vss_offset: request.offset,
  };
  const used = Object.entries(all).filter(([key]) =>
    new RegExp(`:${key}\\b`).test(sql),
  );
  return { sql, params: { ...request.params, ...Object.fromEntries(used) } };
}
