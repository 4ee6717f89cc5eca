// A vss0 table in the Worker: what differs from VssTable. What the caller gives is checked and
// packed on this side, by the same code: a clone of an object has lost its class, and a function
// cannot be cloned at all.
import { checkInsertMany, RowPacker } from "../api/rows.js";
import { searchToSql, tableWhere } from "../api/search.js";
import { checkAlone, checkSignal } from "../module/errors.js";
import { checkRowId, checkValue } from "../module/values.js";
import { call, linkOf, Remote } from "./remote.js";

/** @import * as contract from '../entries/worker.js' */

export class AsyncVssTable extends Remote {
  #packer = new RowPacker(this.columns);

  /** @returns {contract.AsyncDatabase} */
  get database() {
    return linkOf(this).database;
  }

  /** @returns {string} */
  get name() {
    return linkOf(this).facts.name;
  }

  /** @returns {readonly contract.VssColumn[]} */
  get columns() {
    return linkOf(this).facts.columns;
  }

  /**
   * The Worker's half of a method; see `checked` of vss-table.js.
   * @param {string} method
   * @param {unknown} given
   * @param {Parameters<import('./line.js').Line['ask']>[3]} [how]
   */
  async #ask(method, given, how) {
    const { line, target } = linkOf(this);
    return (await line.ask(0, "checked", [target, method, given], how)).value;
  }

  /**
   * @template {contract.InsertRowOf<T>} T
   * @param {T} row
   * @returns {Promise<contract.RowId>}
   */
  async insert(row) {
    checkAlone(arguments, "insert: row", "insertMany() takes several");
    const values = this.#packer.values(row, "insert: row");
    values.forEach((value, i) => checkValue(value, `value ${i + 1}`));
    return this.#ask("row", values);
  }

  /**
   * @param {contract.RowId} id
   * @returns {Promise<contract.VssRow | undefined>}
   */
  async get(id) {
    return call(this, "get", [checkRowId(id, "get: id")]);
  }

  /**
   * @param {contract.RowId} id
   * @returns {Promise<boolean>}
   */
  async delete(id) {
    checkAlone(arguments, "delete: id", "call it once for each");
    return call(this, "delete", [checkRowId(id, "delete: id")]);
  }

  /**
   * The rows go over chunk by chunk in one savepoint.
   * @template {contract.InsertRowOf<T>} T
   * @param {Iterable<T> | contract.InsertColumns} rows
   * @param {contract.InsertManyOptions} [options]
   * @returns {Promise<number>}
   */
  async insertMany(rows, options) {
    const given = checkInsertMany(rows, options);
    const { onProgress, signal } = given;
    const { line, database } = linkOf(this);
    const { target } = linkOf(database);
    const exec = (/** @type {string} */ sql) =>
      line.ask(target, "exec", [sql], { exclusive: true });
    return line.exclusively(async () => {
      signal?.throwIfAborted();
      await exec("savepoint vss_many");
      try {
        let done = 0;
        for (const chunk of this.#packer.chunks(given.rows)) {
          const { args, transfer } = toSend(chunk);
          await this.#ask("chunk", args, { transfer, exclusive: true });
          done += chunk.count;
          onProgress?.(done, chunk.total);
          signal?.throwIfAborted();
        }
        await exec("release vss_many");
        return done;
      } catch (error) {
        if (!line.over)
          await exec("rollback to vss_many; release vss_many").catch(() => {});
        throw error;
      }
    });
  }

  /**
   * @param {contract.Where} where
   * @returns {Promise<{ sql: string, values: contract.SqlValue[] }>}
   */
  async whereSql(where) {
    return tableWhere(this.#packer, where, "whereSql");
  }

  /**
   * @param {contract.Vector} query
   * @param {contract.SearchOptions & { signal?: AbortSignal }} options
   * @returns {Promise<contract.Hit[]>}
   */
  async search(query, options) {
    const plan = searchToSql(this.name, this.#packer, query, options, [
      "signal",
    ]);
    const signal = checkSignal(options.signal, "search");
    for (const values of plan.params)
      for (const [name, value] of Object.entries(values))
        checkValue(
          value,
          Array.isArray(values)
            ? `value ${Number(name) + 1}`
            : `parameter "${name}"`,
        );
    return this.#ask("search", plan, { signal });
  }
}

/**
 * A chunk whose vectors can be handed over, since nobody else has their buffers.
 * @param {import('../module/batch.js').Chunk} chunk
 * @returns {{ args: import('../module/batch.js').Chunk, transfer: Transferable[] }}
 */
function toSend({ parts, count, first }) {
  /** @type {Transferable[]} */
  const transfer = [];
  const own = parts.map((part) => {
    part.values.forEach((value, i) => {
      if (value !== undefined)
        checkValue(value, `row ${first + i}: ${part.name}`);
    });
    if (!part.floats) return part;
    const floats = part.floats.slice();
    transfer.push(floats.buffer);
    return { ...part, floats };
  });
  return { args: { parts: own, count, first }, transfer };
}
