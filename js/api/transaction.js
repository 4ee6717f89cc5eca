// Functions that run in a transaction, or in a savepoint where a transaction is open already.
import { describe } from "../module/errors.js";

/** @typedef {import('./connection.js').Connection} Connection */

const REFUSED =
  "a transaction is over when its function returns, so it must not return a promise (no async function)";

/** @param {unknown} value */
const isPromise = (value) =>
  typeof (/** @type {any} */ (value)?.then) === "function";

/**
 * @param {Connection} db
 * @param {string} begin
 * @param {() => unknown} body
 */
function runIn(db, begin, body) {
  const nested = db.inTransaction;
  const [start, commit, undo] = nested
    ? ["SAVEPOINT vss", "RELEASE vss", "ROLLBACK TO vss; RELEASE vss"]
    : [begin, "COMMIT", "ROLLBACK"];
  db.exec(start);
  try {
    const result = body();
    if (isPromise(result)) {
      // The caller never sees it: a later rejection must not count as unhandled.
      /** @type {Promise<unknown>} */ (result).then(undefined, () => {});
      throw new TypeError(`transaction: ${REFUSED}`);
    }
    db.exec(commit);
    return result;
  } catch (error) {
    // Some errors, a full disk for example, make SQLite roll back by itself; a database that was
    // closed meanwhile has no transaction.
    if (db.isUsable && db.inTransaction) db.exec(undo);
    throw error;
  }
}

/**
 * @param {Connection} db
 * @param {any} fn
 * @returns {any} the function, with one property per kind of transaction
 */
export function makeTransaction(db, fn) {
  if (typeof fn !== "function")
    throw new TypeError(
      `transaction: the function is ${describe(fn)}, expected a function`,
    );
  if (fn.constructor?.name === "AsyncFunction")
    throw new TypeError(`transaction: ${REFUSED}`);
  const make = (/** @type {string} */ begin) =>
    /** @type {(this: unknown, ...args: unknown[]) => unknown} */ function (
      ...args
    ) {
      db.usable();
      return runIn(db, begin, () => fn.apply(this, args));
    };
  return Object.assign(make("BEGIN"), {
    deferred: make("BEGIN DEFERRED"),
    immediate: make("BEGIN IMMEDIATE"),
    exclusive: make("BEGIN EXCLUSIVE"),
  });
}
