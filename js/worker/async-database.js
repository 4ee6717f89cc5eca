// A database in a Worker: what differs from Database.
import { describe } from "../module/errors.js";
import { VssError } from "../module/vss-error.js";
import { call, linkOf, Remote } from "./remote.js";

/** @import * as contract from '../entries/worker.js' */

export class AsyncDatabase extends Remote {
  #inTransaction = false;
  /** @type {Promise<void> | undefined} while the Worker closes it */ #closing;

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
      await call(this, "exec", [begin]);
      let result;
      try {
        result = await body();
      } catch (error) {
        if (!line.over) await line.ask(0, "rollback", [target]);
        throw error;
      }
      await line.ask(0, "commit", [target]);
      return result;
    } finally {
      this.#inTransaction = false;
    }
  }

  interrupt() {
    const { line } = linkOf(this);
    if (!line.interrupted) {
      throw new VssError(
        "interrupt: the page is not cross-origin isolated (COOP and COEP headers), so a running Worker cannot be reached: open with a deadline",
      );
    }
    line.interrupt();
  }

  /** @returns {Promise<void>} */
  async close() {
    const { line } = linkOf(this);
    if (line.over) return;
    const closed = (this.#closing ??= call(this, "close", []));
    try {
      await closed;
      line.end(new VssError("this database is closed"));
    } finally {
      this.#closing = undefined;
    }
  }
}
