// A vss0 table in the Worker: what differs from VssTable. What the caller gives is checked and
// packed on this side, by the same code: a clone of an object has lost its class, and a function
// cannot be cloned at all.
import { checkInsertMany, RowPacker } from "../api/rows.js";
import { searchManyToSql, searchToSql, tableWhere } from "../api/search.js";
import {
  deleteManyToSql,
  facetsToSql,
  getManyToSql,
  inOrder,
  updateToSql,
} from "../api/table-sql.js";
import { checkAlone, checkSignal } from "../module/errors.js";
import { checkValue } from "../module/values.js";
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
   * @returns {Promise<contract.Id>}
   */
  async insert(row) {
    checkAlone(arguments, "insert: row", "insertMany() takes several");
    return this.#one("insert", "insert", row);
  }

  /**
   * @template {contract.InsertRowOf<T>} T
   * @param {T} row
   * @returns {Promise<contract.Id>}
   */
  async upsert(row) {
    checkAlone(arguments, "upsert: row", "upsertMany() takes several");
    return this.#one("upsert", "insert or replace", row);
  }

  /**
   * @param {string} subject
   * @param {import('../api/vss-table.js').Verb} verb
   * @param {unknown} row
   */
  #one(subject, verb, row) {
    const values = this.#packer.values(row, `${subject}: row`);
    values.forEach((value, i) => checkValue(value, `value ${i + 1}`));
    return this.#ask("row", { values, verb });
  }

  /**
   * @param {contract.Id} id
   * @returns {Promise<contract.VssRow | undefined>}
   */
  async get(id) {
    return call(this, "get", [this.#packer.id(id, "get: id")]);
  }

  /**
   * @param {contract.Id} id
   * @returns {Promise<boolean>}
   */
  async delete(id) {
    checkAlone(arguments, "delete: id", "deleteMany() takes several");
    return call(this, "delete", [this.#packer.id(id, "delete: id")]);
  }

  /**
   * @param {readonly contract.Id[]} ids
   * @returns {Promise<(contract.VssRow | undefined)[]>}
   */
  async getMany(ids) {
    const list = this.#packer.ids(ids, "getMany");
    const plan = getManyToSql(this.name, this.#packer, list);
    return inOrder(list, await this.#ask("rows", plan));
  }

  /**
   * @param {readonly contract.Id[]} ids
   * @returns {Promise<number>}
   */
  async deleteMany(ids) {
    const list = this.#packer.ids(ids, "deleteMany");
    return this.#ask("run", deleteManyToSql(this.name, this.#packer, list));
  }

  /**
   * @param {contract.Id} id
   * @param {contract.InsertRow} changes
   * @returns {Promise<boolean>}
   */
  async update(id, changes) {
    const plan = updateToSql(this.name, this.#packer, id, changes);
    return (await this.#ask("run", plan)) > 0;
  }

  /**
   * @template {string} C
   * @param {readonly C[]} columns
   * @param {contract.FacetOptions} [options]
   * @returns {Promise<Record<C, contract.Facet[]>>}
   */
  async facets(columns, options) {
    const plans = facetsToSql(this.name, this.#packer, columns, options);
    const lists = await Promise.all(
      plans.map(({ plan }) => {
        checkPlan(plan);
        return this.#ask("rows", plan);
      }),
    );
    return /** @type {any} */ (
      Object.fromEntries(plans.map(({ column }, i) => [column, lists[i]]))
    );
  }

  /**
   * @template {contract.InsertRowOf<T>} T
   * @param {Iterable<T> | contract.InsertColumns} rows
   * @param {contract.InsertManyOptions} [options]
   * @returns {Promise<number>}
   */
  async insertMany(rows, options) {
    return this.#many("insertMany", "insert", rows, options);
  }

  /**
   * @template {contract.InsertRowOf<T>} T
   * @param {Iterable<T> | contract.InsertColumns} rows
   * @param {contract.InsertManyOptions} [options]
   * @returns {Promise<number>}
   */
  async upsertMany(rows, options) {
    return this.#many("upsertMany", "insert or replace", rows, options);
  }

  /**
   * The rows go over chunk by chunk in one savepoint.
   * @param {string} subject
   * @param {import('../api/vss-table.js').Verb} verb
   * @param {unknown} rows
   * @param {unknown} options
   */
  async #many(subject, verb, rows, options) {
    const given = checkInsertMany(rows, options, subject);
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
        for (const chunk of this.#packer.chunks(given.rows, subject)) {
          const { args, transfer } = toSend(chunk);
          await this.#ask(
            "chunk",
            { chunk: args, verb },
            { transfer, exclusive: true },
          );
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
    checkPlan(plan);
    return this.#ask("rows", plan, { signal });
  }

  /**
   * @param {readonly contract.Vector[]} queries
   * @param {contract.SearchOptions} options
   * @returns {Promise<contract.Hit[][]>}
   */
  async searchMany(queries, options) {
    const many = searchManyToSql(this.name, this.#packer, queries, options);
    many.plans.forEach(checkPlan);
    return many.hits(
      await Promise.all(many.plans.map((plan) => this.#ask("rows", plan))),
    );
  }
}

/**
 * Refuse the values that SQL cannot hold, before they are cloned.
 * @param {import('../api/search.js').Plan} plan
 */
function checkPlan({ params }) {
  for (const values of params)
    for (const [name, value] of Object.entries(values))
      checkValue(
        value,
        Array.isArray(values)
          ? `value ${Number(name) + 1}`
          : `parameter "${name}"`,
      );
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
