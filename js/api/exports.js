// What every entry exports beside init() and open(). An entry exports this whole file, so that a
// new name is added in one place.
import { describe } from "../module/errors.js";
import { Database } from "./database.js";
import { VssTable } from "./vss-table.js";

/** @import * as contract from '../entries/index.js' */

export { Statement } from "./statement.js";
export * from "./plain-exports.js";
export { Database, VssTable };

/**
 * @param {contract.Database} db
 * @param {string} name
 * @param {Record<string, number | string>} [columns]
 * @returns {contract.VssTable}
 */
export function vss0(db, name, columns) {
  if (!(db instanceof Database))
    throw new TypeError(`vss0: db is ${describe(db)}, expected a Database`);
  return db.vss0(name, columns);
}

/**
 * @param {contract.VssTable} table
 * @param {contract.Vector} query
 * @param {contract.SearchOptions} options
 * @returns {contract.Hit[]}
 */
export function search(table, query, options) {
  if (!(table instanceof VssTable))
    throw new TypeError(
      `search: table is ${describe(table)}, expected a VssTable`,
    );
  return table.search(query, options);
}
