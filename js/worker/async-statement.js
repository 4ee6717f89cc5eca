// A statement in the Worker: what differs from Statement.
import { call, linkOf, Remote } from "./remote.js";

/** @import * as contract from '../entries/worker.js' */

/** Rows of an iteration that one message brings. */
const ITERATE_ROWS = 100;

/** @template [R=contract.Row] */
export class AsyncStatement extends Remote {
  /** @returns {contract.AsyncDatabase} */
  get database() {
    return linkOf(this).database;
  }

  /** @returns {string} */
  get sql() {
    return linkOf(this).facts.sql;
  }

  /** @returns {boolean} */
  get readonly() {
    return linkOf(this).facts.readonly;
  }

  /** @returns {boolean} */
  get reader() {
    return linkOf(this).facts.reader;
  }

  /**
   * @param {contract.StatementParams} params
   * @returns {AsyncIterableIterator<R>}
   */
  async *iterate(...params) {
    const { line, target } = linkOf(this);
    const { value: rows } = await line.ask(0, "iterate", [target, params]);
    try {
      for (;;) {
        const { value } = await line.ask(0, "take", [rows, ITERATE_ROWS]);
        yield* value.rows;
        if (value.done) return;
      }
    } finally {
      if (!line.over) await line.ask(0, "stop", [rows]);
    }
  }

  /** @returns {Promise<void>} */
  async finalize() {
    // Closing the database has finalized it already.
    if (!linkOf(this).line.over) await call(this, "finalize", []);
  }
}
