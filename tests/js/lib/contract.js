// Held by `tsc --checkJs` and never run: the classes in js/ are what index.d.ts and worker.d.ts promise.

// Symbol.dispose is left out: js/ makes up for runtimes without it, which a type cannot follow.

/**
 * @param {import('../../../js/database.js').Database} database
 * @param {import('../../../js/statement.js').Statement} statement
 * @param {import('../../../js/vss-table.js').VssTable} table
 * @param {import('../../../js/errors.js').VssError} error
 */
export function classes(database, statement, table, error) {
  /** @type {Omit<import('../../../js/index.js').Database, 'exec' | 'transaction' | 'function' | 'prepare' | 'vss0' | typeof Symbol.dispose>} */
  const d = database;
  /** @type {Omit<import('../../../js/index.js').Statement, 'database' | 'raw' | 'pluck' | 'get' | 'all' | typeof Symbol.dispose>} */
  const s = statement;
  /** @type {Omit<import('../../../js/index.js').VssTable, 'database' | 'insertMany'>} */
  const t = table;
  /** @type {import('../../../js/index.js').VssError} */
  const e = error;
  return [d, s, t, e];
}
