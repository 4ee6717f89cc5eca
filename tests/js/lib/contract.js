// Held by `tsc --checkJs` and never run: the classes in js/ are what index.d.ts and worker.d.ts promise.

// Symbol.dispose is left out: js/ makes up for runtimes without it, which a type cannot follow.

/**
 * @param {import('../../../js/api/database.js').Database} database
 * @param {import('../../../js/api/statement.js').Statement} statement
 * @param {import('../../../js/api/vss-table.js').VssTable} table
 * @param {import('../../../js/module/errors.js').VssError} error
 */
export function classes(database, statement, table, error) {
  /** @type {Omit<import('../../../js/entries/index.js').Database, 'exec' | 'transaction' | 'function' | 'prepare' | 'vss0' | typeof Symbol.dispose>} */
  const d = database;
  /** @type {Omit<import('../../../js/entries/index.js').Statement, 'database' | 'raw' | 'pluck' | 'get' | 'all' | typeof Symbol.dispose>} */
  const s = statement;
  /** @type {Omit<import('../../../js/entries/index.js').VssTable, 'database' | 'insertMany'>} */
  const t = table;
  /** @type {import('../../../js/entries/index.js').VssError} */
  const e = error;
  return [d, s, t, e];
}
