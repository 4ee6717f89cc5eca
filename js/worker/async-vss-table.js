// A vss0 table in the Worker: what differs from VssTable.
import { checkInsertMany, RowPacker } from "../api/rows.js";
import { checkValue } from "../module/values.js";
import { cutOut } from "./cut-out.js";
import { call, linkOf, Remote } from "./remote.js";

/** @import * as contract from '../entries/worker.js' */

export class AsyncVssTable extends Remote {
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
   * The rows are read, checked and packed on this side, as the synchronous table does it, and go
   * over chunk by chunk in one savepoint.
   * @param {Iterable<contract.InsertRow> | contract.InsertColumns} rows
   * @param {contract.InsertManyOptions} [options]
   * @returns {Promise<number>}
   */
  async insertMany(rows, options) {
    const given = checkInsertMany(rows, options);
    const { onProgress, signal } = given;
    const { line, target, database } = linkOf(this);
    const packer = new RowPacker(this.columns);
    return line.exclusively(async () => {
      signal?.throwIfAborted();
      await database.exec("savepoint vss_many");
      try {
        let done = 0;
        for (const chunk of packer.chunks(given.rows)) {
          const { args, transfer } = toSend(chunk);
          await line.ask(0, "insertChunk", [target, args], transfer);
          done += chunk.count;
          onProgress?.(done, chunk.total);
          signal?.throwIfAborted();
        }
        await database.exec("release vss_many");
        return done;
      } catch (error) {
        if (!line.over)
          await database
            .exec("rollback to vss_many; release vss_many")
            .catch(() => {});
        throw error;
      }
    });
  }

  /**
   * @param {contract.Vector} query
   * @param {contract.SearchOptions & { signal?: AbortSignal }} options
   * @returns {Promise<contract.Hit[]>}
   */
  async search(query, options) {
    const { signal, ...rest } = /** @type {any} */ (options ?? {});
    signal?.throwIfAborted();
    const answer = call(this, "search", [query, signal ? rest : options]);
    if (!signal) return answer;
    return new Promise((done, fail) => {
      const abort = () => {
        if (linkOf(this).line.interrupted) this.database.interrupt();
        fail(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      answer
        .then(done, fail)
        .finally(() => signal.removeEventListener("abort", abort));
    });
  }
}

/**
 * A chunk whose vectors can be handed over, since nobody else has their buffers. Values are checked
 * here, where they still are what the caller gave: a clone of an object has lost its class, and a
 * function cannot be cloned at all.
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
    if (!part.floats) return { ...part, values: cutOut(part.values) };
    const floats = part.floats.slice();
    transfer.push(floats.buffer);
    return { ...part, floats };
  });
  return { args: { parts: own, count, first }, transfer };
}
