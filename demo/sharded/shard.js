/**
 * One shard: a Durable Object with a database of its own in its own storage. It knows nothing of
 * the others.
 */

import { DurableObject } from "cloudflare:workers";
import { openDurable } from "vss-wasm";

/** The time that one statement may take: a search that loads its index first takes the longest. */
const DEADLINE_MS = 10_000;

export class Shard extends DurableObject {
  #opening;

  /** The table of this shard, opened at the first call after the object wakes. */
  #table() {
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open() {
    // Not `untrusted`: it would read the whole database each time the object wakes, and everything
    // in it was stored by put(). The deadline ends what a request asks for.
    const db = await openDurable(this.ctx.storage, { deadline: DEADLINE_MS });
    return db.vss0("item", JSON.parse(this.env.COLUMNS));
  }

  /**
   * @param {{ rowid: number, embedding: Float32Array }[]} rows new ones, or new values of old ones
   */
  async put(rows) {
    const table = await this.#table();
    table.database.transaction(() => {
      for (const { rowid } of rows) table.delete(rowid);
      table.insertMany(rows);
    })();
    return rows.length;
  }

  async remove(rowid) {
    return (await this.#table()).delete(rowid);
  }

  async search(query, options) {
    return (await this.#table()).search(query, options);
  }

  async count() {
    return (await this.#table()).count;
  }

  /**
   * The rows whose rowid is greater than `after`, in order. Rows move to more shards in this way.
   */
  async page(after, limit) {
    const { database } = await this.#table();
    return database
      .prepare(
        "select rowid, * from item where rowid > ? order by rowid limit ?",
      )
      .all([after, limit]);
  }
}
