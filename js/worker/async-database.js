// A database in a Worker: what differs from Database.
import { describe, VssError } from "../module/errors.js";
import { call, linkOf, Remote } from "./remote.js";

/** @import * as contract from '../entries/worker.js' */

export class AsyncDatabase extends Remote {
  #inTransaction = false;

  /** @returns {string} */
  get location() {
    return linkOf(this).facts.location;
  }

  get open() {
    return !linkOf(this).line.over;
  }

  /** @returns {boolean} */
  get readonly() {
    return linkOf(this).facts.readonly;
  }

  /**
   * @template [R=contract.Row]
   * @param {string} sql
   * @returns {Promise<contract.AsyncStatement<R>>}
   */
  prepare(sql) {
    return call(this, "prepare", [sql]);
  }

  /** @returns {never} */
  function() {
    throw new TypeError(
      "function: JavaScript functions cannot go to a Worker; open the database in a Worker of yours to define some",
    );
  }

  /**
   * @template {(...args: any[]) => Promise<unknown>} F
   * @param {F} fn
   * @returns {contract.AsyncTransaction<F>}
   */
  transaction(fn) {
    if (typeof fn !== "function")
      throw new TypeError(
        `transaction: the function is ${describe(fn)}, expected a function`,
      );
    const make = (/** @type {string} */ begin) =>
      /** @type {F} */ (
        /** @type {unknown} */ (
          (/** @type {unknown[]} */ ...args) =>
            this.#runIn(begin, () => fn(...args))
        )
      );
    return Object.assign(make("BEGIN"), {
      deferred: make("BEGIN DEFERRED"),
      immediate: make("BEGIN IMMEDIATE"),
      exclusive: make("BEGIN EXCLUSIVE"),
    });
  }

  /**
   * @param {string} begin
   * @param {() => Promise<unknown>} body
   */
  async #runIn(begin, body) {
    if (this.#inTransaction) {
      throw new VssError(
        "transaction: another one is running on this connection: wait for its end, or use savepoints through exec()",
      );
    }
    const { line, target } = linkOf(this);
    this.#inTransaction = true;
    try {
      await line.idle;
      await call(this, "exec", [begin]);
      try {
        const result = await body();
        await call(this, "exec", ["COMMIT"]);
        return result;
      } catch (error) {
        // SQLite may have rolled back by itself.
        const ask = () => line.ask(0, "property", [target, "inTransaction"]);
        if (!line.over && (await ask()).value)
          await call(this, "exec", ["ROLLBACK"]);
        throw error;
      }
    } finally {
      this.#inTransaction = false;
    }
  }

  interrupt() {
    const flag = linkOf(this).line.interrupted;
    if (!flag) {
      throw new VssError(
        "interrupt: the page is not cross-origin isolated (COOP and COEP headers), so a running Worker cannot be reached: open with a deadline",
      );
    }
    Atomics.store(flag, 0, 1);
  }

  /** @returns {Promise<void>} */
  async close() {
    const { line } = linkOf(this);
    if (line.over) return;
    await call(this, "close", []);
    line.end(new VssError("this database is closed"));
  }
}
