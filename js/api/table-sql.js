// What the methods of a table that are not searches say in SQL. The page of the worker client
// writes the same statements, and sends them.
import {
  checkCount,
  checkOptions,
  describe,
  quote,
  suggest,
} from "../module/errors.js";
import { isRecord } from "../module/kinds.js";
import { checkRowId, checkValue, vectorValue } from "../module/values.js";
import { checkCondition } from "./search.js";

/**
 * @typedef {import('./rows.js').RowPacker} RowPacker
 * @typedef {import('./search.js').Plan} Plan
 * @typedef {import('../entries/index.js').RowId} RowId
 */

/**
 * @param {string} sql
 * @param {any[]} params
 * @param {boolean} [decode]
 * @returns {Plan}
 */
const plan = (sql, params, decode = false) => ({ sql, params, decode });

/**
 * @param {string} name of the table
 * @param {RowPacker} table
 * @param {unknown} id
 * @param {unknown} changes
 */
export function updateToSql(name, table, id, changes) {
  const rowid = checkRowId(id, "update: id");
  if (!isRecord(changes) || Object.keys(changes).length === 0)
    throw new TypeError(
      `update: changes is ${isRecord(changes) ? "an empty object" : describe(changes)}, expected an object such as { ${table.columns[0].name}: vector }`,
    );
  const sets = [];
  const values = [];
  for (const [key, value] of Object.entries(changes)) {
    const subject = `update: changes.${key}`;
    const column = table.columns[table.position(key, "update: changes") - 1];
    if (!column)
      throw new TypeError(
        `${subject}: a row keeps its rowid, which is given first`,
      );
    sets.push(`${quote(column.name)} = ?`);
    values.push(
      checkValue(
        column.vector ? vectorValue(column, value, subject) : value,
        subject,
      ),
    );
  }
  return plan(`update ${quote(name)} set ${sets.join(", ")} where rowid = ?`, [
    [...values, rowid],
  ]);
}

/**
 * Rowids as one parameter: a statement is kept by its text, which has no list in it.
 * @param {unknown} ids
 * @param {string} subject
 * @returns {RowId[]}
 */
export function checkRowIds(ids, subject) {
  if (!Array.isArray(ids))
    throw new TypeError(
      `${subject}: ids is ${describe(ids)}, expected an array of rowids`,
    );
  return ids.map((id, i) => checkRowId(id, `${subject}: ids[${i}]`));
}
const among = "where rowid in (select value from json_each(?))";

/**
 * @param {string} name
 * @param {RowPacker} table
 * @param {RowId[]} ids
 */
export const getManyToSql = (name, { columns }, ids) =>
  plan(
    `select rowid${columns.map((column) => `, ${quote(column.name)}`).join("")} from ${quote(name)} ${among}`,
    [[`[${ids}]`]],
    true,
  );

/**
 * @param {string} name
 * @param {RowId[]} ids
 */
export const deleteManyToSql = (name, ids) =>
  plan(`delete from ${quote(name)} ${among}`, [[`[${ids}]`]]);

/**
 * @template {{ rowid: RowId }} R
 * @param {RowId[]} ids
 * @param {R[]} rows
 */
export function inOrder(ids, rows) {
  const byId = new Map(rows.map((row) => [String(row.rowid), row]));
  return ids.map((id) => byId.get(String(id)));
}

/**
 * @param {string} name
 * @param {RowPacker} table
 * @param {unknown} columns
 * @param {unknown} options
 * @returns {{ column: string, plan: Plan }[]}
 */
export function facetsToSql(name, table, columns, options) {
  const given = checkOptions(options, ["where", "params", "limit"], "facets");
  const limit =
    given.limit === undefined ? -1 : checkCount(given.limit, "facets: limit");
  const condition = checkCondition(table, given.where, given.params, "facets");
  if (!Array.isArray(columns) || columns.length === 0)
    throw new TypeError(
      `facets: columns is ${Array.isArray(columns) ? "empty" : describe(columns)}, expected an array of filter columns`,
    );
  const filters = table.columns.filter((column) => !column.vector);
  return columns.map((asked, i) => {
    const subject = `facets: columns[${i}]`;
    if (typeof asked !== "string")
      throw new TypeError(
        `${subject} is ${describe(asked)}, expected a string`,
      );
    const at = table.position(asked, "facets");
    const column = table.columns[at - 1];
    if (!column || column.vector)
      throw new TypeError(
        `facets: "${asked}" is not a filter column${suggest(
          asked,
          filters.map((filter) => filter.name),
        )}`,
      );
    const { sql, values } = condition;
    const own = { ":vss_limit": limit };
    return {
      column: column.name,
      plan: plan(
        `select ${quote(column.name)} as value, count(*) as count from ${quote(name)}` +
          `${sql && ` where (${sql}\n)`} group by 1 order by 2 desc, 1 limit :vss_limit`,
        Array.isArray(values) ? [values, own] : [{ ...values, ...own }],
      ),
    };
  });
}
