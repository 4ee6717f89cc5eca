// What the methods of a table that are not searches say in SQL. The page of the worker client
// writes the same statements, and sends them.
import {
  checkCount,
  checkOptions,
  checkText,
  describe,
  quote,
  suggest,
} from "../module/errors.js";
import { isRecord } from "../module/kinds.js";
import { checkValue } from "../module/values.js";
import { checkCondition } from "./search.js";

/**
 * @typedef {import('./rows.js').RowPacker} RowPacker
 * @typedef {import('./search.js').Plan} Plan
 * @typedef {import('../entries/index.js').Id} Id
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
  const own = table.id(id, "update: id");
  if (!isRecord(changes) || Object.keys(changes).length === 0)
    throw new TypeError(
      `update: changes is ${isRecord(changes) ? "an empty object" : describe(changes)}, expected an object such as { embedding: vector }`,
    );
  const sets = [];
  const values = [];
  for (const [key, value] of Object.entries(changes)) {
    const subject = `update: changes.${key}`;
    const at = table.position(key, "update: changes");
    const column = table.columns[at - 1];
    if (!column)
      throw new TypeError(
        `${subject}: a row keeps its rowid, which is given first`,
      );
    sets.push(`${quote(column.name)} = ?`);
    values.push(checkValue(table.value(at, value, subject), subject));
  }
  return plan(
    `update ${quote(name)} set ${sets.join(", ")} where ${quote(table.key)} = ?`,
    [[...values, own]],
  );
}

/**
 * Ids as one parameter: a statement is kept by its text, which has no list in it. JSON.stringify()
 * takes no bigint.
 * @param {Id[]} ids
 */
const json = (ids) =>
  typeof ids[0] === "string" ? JSON.stringify(ids) : `[${ids}]`;

/**
 * @param {string} name
 * @param {RowPacker} table
 * @param {Id[]} ids
 */
export const getManyToSql = (name, table, ids) =>
  plan(
    `select i.key vss_at, ${table.names("t.")} from json_each(?) i cross join ${quote(name)} t on t.${quote(table.key)} = i.value`,
    [[json(ids)]],
    true,
  );

/**
 * @param {string} name
 * @param {RowPacker} table
 * @param {Id[]} ids
 */
export const deleteManyToSql = (name, { key }, ids) =>
  plan(
    `delete from ${quote(name)} where ${quote(key)} in (select value from json_each(?))`,
    [[json(ids)]],
  );

/**
 * The rows in the order of the ids. The column `vss_at` says where each belongs.
 * @param {Id[]} ids
 * @param {any[]} rows
 * @returns {(import('../entries/index.js').VssRow | undefined)[]}
 */
export function inOrder(ids, rows) {
  const found = ids.map(() => undefined);
  for (const { vss_at, ...row } of rows) found[vss_at] = row;
  return found;
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
    checkText(asked, `facets: columns[${i}]`);
    const column = table.columns[table.position(asked, "facets") - 1];
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
