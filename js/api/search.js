// A search as SQL: what search() of a table was given, checked, as one SELECT and its values.
import { toQuery } from "../module/codec.js";
import {
  checkCount,
  checkOptions,
  checkText,
  describe,
  quote,
  suggest,
} from "../module/errors.js";
import { isFloats, isRecord } from "../module/kinds.js";
import { whereToSql } from "./where.js";

/**
 * @typedef {import('../entries/index.js').VssColumn} VssColumn
 * @typedef {import('../entries/index.js').SqlValue} SqlValue
 * @typedef {import('./rows.js').RowPacker} RowPacker
 *
 * What is to be run, which a Worker can be sent.
 * @typedef {object} Plan
 * @property {string} sql
 * @property {any[]} params what Statement.all() takes
 * @property {boolean} decode whether hits may have vectors
 */

const OPTIONS = [
  "k",
  "column",
  "where",
  "params",
  "select",
  "maxDistance",
  "offset",
];

/**
 * The vector column to search; named where there are several.
 * @param {RowPacker} table
 * @param {unknown} column
 * @returns {Extract<VssColumn, { vector: true }>}
 */
function vectorColumn(table, column) {
  const vectors = table.columns.filter((c) => c.vector);
  const names = vectors.map((c) => c.name);
  if (column === undefined) {
    if (vectors.length === 1) return vectors[0];
    throw new TypeError(`search: name the column, one of ${names.join(", ")}`);
  }
  const name = checkText(column, "search: column");
  const found = table.columns[table.position(name, "search") - 1];
  if (!found?.vector)
    throw new TypeError(
      `search: "${name}" is not a vector column${suggest(name, names)}`,
    );
  return found;
}

/**
 * @param {RowPacker} table
 * @param {unknown} select
 * @returns {string} what follows the id and the distance
 */
function selected(table, select) {
  if (select === undefined) return "";
  if (!Array.isArray(select))
    throw new TypeError(
      `search: select is ${describe(select)}, expected an array of column names`,
    );
  return select
    .map((name, i) => {
      checkText(name, `search: select[${i}]`);
      const at = table.position(name, "search: select");
      const own = at === 0 ? "rowid" : table.columns[at - 1].name;
      return own === table.key ? "" : `, ${quote(own)}`;
    })
    .join("");
}

/**
 * An object as the condition over a table.
 * @param {RowPacker} table
 * @param {unknown} where
 * @param {string} subject
 */
export const tableWhere = ({ columns }, where, subject) =>
  whereToSql(
    where,
    ["rowid", "distance", ...columns.map((c) => c.name)],
    subject,
  );

/**
 * The condition and its values.
 * @param {RowPacker} table
 * @param {unknown} where
 * @param {unknown} params
 * @param {string} subject
 * @returns {{ sql: string, values: any }}
 */
export function checkCondition(table, where, params, subject) {
  if (where !== undefined && typeof where !== "string") {
    if (params !== undefined)
      throw new TypeError(
        `${subject}: params go with where as SQL text, an object has its values in it`,
      );
    return tableWhere(table, where, subject);
  }
  if (where === undefined && params !== undefined)
    throw new TypeError(`${subject}: params are given without where`);
  if (params !== undefined && !Array.isArray(params) && !isRecord(params)) {
    throw new TypeError(
      `${subject}: params is ${describe(params)}, expected an array or an object`,
    );
  }
  const sql =
    where === undefined ? "" : checkText(where, `${subject}: where`).trim();
  if (where !== undefined && sql === "")
    throw new TypeError(`${subject}: where is empty`);
  return { sql, values: params ?? [] };
}

/**
 * What the SQL of one search and of many has in common.
 * @param {RowPacker} table
 * @param {unknown} options
 * @param {readonly string[]} further
 */
function checkSearch(table, options, further) {
  const given = checkOptions(options ?? {}, [...OPTIONS, ...further], "search");
  if (given.k === undefined)
    throw new TypeError("search: k is missing: how many rows, at most?");
  const k = checkCount(given.k, "search: k");
  const offset =
    given.offset === undefined ? 0 : checkCount(given.offset, "search: offset");
  const column = vectorColumn(table, given.column);
  const { sql: where, values } = checkCondition(
    table,
    given.where,
    given.params,
    "search",
  );
  const terms = where ? [`(${where}\n)`] : [];
  /** @type {Record<string, SqlValue>} */
  const own = {};
  if (given.maxDistance !== undefined) {
    if (typeof given.maxDistance !== "number") {
      throw new TypeError(
        `search: maxDistance is ${describe(given.maxDistance)}, expected a number`,
      );
    }
    own[":vss_limit"] = given.maxDistance;
    terms.push(
      `distance ${column.metric === "INNER_PRODUCT" ? ">=" : "<="} :vss_limit`,
    );
  }
  return { given, k, offset, column, terms, values, own };
}

/**
 * @param {string} name of the table
 * @param {RowPacker} table
 * @param {unknown} query
 * @param {unknown} options
 * @param {readonly string[]} [further] options that the caller has taken already
 * @returns {Plan}
 */
export function searchToSql(name, table, query, options, further = []) {
  const { given, k, offset, column, terms, values, own } = checkSearch(
    table,
    options,
    further,
  );
  own[":vss_query"] = toQuery(column, query, "search: query");
  own[":vss_k"] = k;
  // The search's own parameters stand behind the caller's condition in the text, so that "?" and
  // "?1" in it mean the caller's values.
  terms.push(`vss_search(${quote(column.name)}, :vss_query)`);
  if (offset > 0) own[":vss_offset"] = offset;
  const sql =
    `select ${quote(table.key)}, distance${selected(table, given.select)} from ${quote(name)}` +
    ` where ${terms.join(" and ")}` +
    ` limit :vss_k${offset > 0 ? " offset :vss_offset" : ""}`;
  return {
    sql,
    params: Array.isArray(values) ? [values, own] : [{ ...values, ...own }],
    decode: given.select !== undefined,
  };
}

/** The queries of one statement. They share a pass, and their candidates are in memory together. */
const TOGETHER = 16;

/**
 * Several searches as few statements: each joins up to 16 queries with the table. There the table
 * counts k rows, and a part of the condition that it is not handed would leave out some of them
 * afterwards. So SQL text, lists, `or`, `not` and `contains` get a search for each query, and all
 * other conditions of an object are handed over. A vector of a wrong length gets one for its error.
 * @param {string} name of the table
 * @param {RowPacker} table
 * @param {unknown} queries
 * @param {unknown} options
 * @returns {{ plans: Plan[], hits: (rows: any[][]) => import('../entries/index.js').Hit[][] }} what
 *   is to be run, and what makes the hits of each query of the rows
 */
export function searchManyToSql(name, table, queries, options) {
  if (!Array.isArray(queries))
    throw new TypeError(
      `searchMany: queries is ${describe(queries)}, expected an array of vectors`,
    );
  const { given, k, offset, column, terms, values, own } = checkSearch(
    table,
    options,
    [],
  );
  const vectors = queries.map((query, i) =>
    toQuery(column, query, `searchMany: queries[${i}]`),
  );
  if (
    typeof given.where === "string" ||
    /\b(in|or|not|exists) \(/.test(terms.join()) ||
    k === 0 ||
    vectors.some((v) => !isFloats(v) || v.length !== column.dimensions)
  )
    return {
      plans: vectors.map((query) => searchToSql(name, table, query, options)),
      hits: (rows) => rows,
    };
  /** @type {Plan[]} */
  const plans = [];
  for (let from = 0; from < vectors.length; from += TOGETHER) {
    const some = vectors.slice(from, from + TOGETHER);
    // Positional parameters, in the order of the text: the queries, and what the condition has.
    const rows = some.map((_, i) => `(${i}, ?)`);
    plans.push({
      sql:
        `with vss_many(vss_number, vss_query) as (select column1, vss_ahead(column2) over (rows between current row and ${TOGETHER} following) from (values ${rows}))` +
        ` select vss_number, ${quote(name)}.${quote(table.key)}, distance${selected(table, given.select)}` +
        ` from vss_many cross join ${quote(name)} where ${[
          ...terms,
          `vss_search(${quote(column.name)}, vss_search_params(vss_query, :vss_k))`,
        ].join(" and ")}`,
      params: [[...some, ...values], { ...own, ":vss_k": k + offset }],
      decode: given.select !== undefined,
    });
  }
  return {
    plans,
    hits(rows) {
      /** @type {import('../entries/index.js').Hit[][]} */
      const hits = vectors.map(() => []);
      rows.forEach((some, at) => {
        for (const { vss_number: i, ...hit } of some)
          hits[at * TOGETHER + i].push(hit);
      });
      return hits.map((some) => some.slice(offset));
    },
  };
}
