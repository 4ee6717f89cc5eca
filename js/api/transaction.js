// Functions that run in a transaction; inside another one, in a savepoint.
import { describe, VssError } from "../module/errors.js";

const REFUSED =
  "a transaction is over when its function returns, so it must not return a promise (no async function)";

/** @param {unknown} value */
const isPromise = (value) =>
  typeof (/** @type {any} */ (value)?.then) === "function";

/**
 * @param {import('./database.js').Database} db
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
    // Some errors (a full disk, for one) make SQLite roll back by itself; a closed database has none.
    if (db.usable && db.inTransaction) db.exec(undo);
    throw error;
  }
}

/**
 * @param {import('./database.js').Database} db
 * @param {any} fn
 */
export function makeTransaction(db, fn) {
  if (typeof fn !== "function")
    throw new TypeError(
      `transaction: ${describe(fn)} came, expected a function`,
    );
  if (fn.constructor?.name === "AsyncFunction")
    throw new TypeError(`transaction: ${REFUSED}`);
  const make = (/** @type {string} */ begin) =>
    /** @type {(this: unknown, ...args: unknown[]) => unknown} */ function (
      ...args
    ) {
      if (!db.open) throw new VssError("this database is closed");
      return runIn(db, begin, () => fn.apply(this, args));
    };
  return Object.assign(make("BEGIN"), {
    deferred: make("BEGIN DEFERRED"),
    immediate: make("BEGIN IMMEDIATE"),
    exclusive: make("BEGIN EXCLUSIVE"),
  });
}
