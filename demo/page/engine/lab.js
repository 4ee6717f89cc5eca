/**
 * Time against number of rows: synthetic vectors in a vss0 table in memory, searched with no
 * filter, with one that leaves 10 % of the rows and with one that leaves 1 %.
 */

import { open } from "vss-wasm";
import { seededRandom } from "../../encoder/matrix.js";

const DIMENSIONS = 128;
const CENTRES = 64;
const BATCH = 5000;
const QUERIES = 7;
const FILTERS = [
  { name: "no filter", sql: "" },
  { name: "10 % filter", sql: " and bucket < 10" },
  { name: "1 % filter", sql: " and bucket = 7" },
];

/** A number that is about normally distributed, which is enough for these vectors. */
const normal = (random) => random() + random() + random() + random() - 2;

/** Vectors of length 1 around a few centres, as those of texts lie. */
function makeSource() {
  const random = seededRandom(42);
  const centres = Array.from({ length: CENTRES }, () =>
    Float32Array.from({ length: DIMENSIONS }, () => normal(random)),
  );
  return {
    random,
    next(out) {
      const centre = centres[Math.floor(random() * CENTRES)];
      let square = 0;
      for (let j = 0; j < DIMENSIONS; j++) {
        out[j] = centre[j] + 0.6 * normal(random);
        square += out[j] * out[j];
      }
      const scale = 1 / Math.sqrt(square);
      for (let j = 0; j < DIMENSIONS; j++) out[j] *= scale;
      return out;
    },
  };
}

/** @typedef {{ rows: number, results: { name: string, milliseconds: number }[] }} Measurement */

export class Lab {
  #db;
  #source = makeSource();
  #rows = 0;

  /**
   * Adds rows up to `target` and measures at each step on the way.
   * @param {number} target
   * @param {(progress: { rows: number, target: number, measured?: Measurement }) => void}
   *   onProgress
   */
  async growTo(target, onProgress) {
    if (!this.#db) {
      this.#db = await open(":memory:");
      this.#db.exec(
        `create virtual table lab using vss0(embedding(${DIMENSIONS}) metric_type=COSINE, bucket integer)`,
      );
    }
    while (this.#rows < target) {
      this.#insert(Math.min(BATCH, target - this.#rows));
      const stop =
        this.#rows === target ||
        this.#rows % 20_000 === 0 ||
        this.#rows === 10_000;
      onProgress({
        rows: this.#rows,
        target,
        measured: stop ? this.#measure() : undefined,
      });
      // The page's messages are read between batches, so that the page can stop this.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  #insert(count) {
    const vector = new Float32Array(DIMENSIONS);
    this.#db.transaction(() => {
      const insert = this.#db.prepare(
        "insert into lab(rowid, embedding, bucket) values (?, ?, ?)",
      );
      for (let i = 0; i < count; i++)
        insert.run([
          ++this.#rows,
          this.#source.next(vector),
          Math.floor(this.#source.random() * 100),
        ]);
      insert.finalize();
    })();
  }

  /** @returns {Measurement} the median over a few queries */
  #measure() {
    const queries = Array.from({ length: QUERIES }, () =>
      this.#source.next(new Float32Array(DIMENSIONS)),
    );
    const results = FILTERS.map(({ name, sql }) => {
      const statement = this.#db.prepare(
        `select rowid, distance from lab where vss_search(embedding, ?)${sql} limit 10`,
      );
      statement.all([queries[0]]);
      const times = queries.map((query) => {
        const start = performance.now();
        statement.all([query]);
        return performance.now() - start;
      });
      statement.finalize();
      return { name, milliseconds: times.sort((a, b) => a - b)[QUERIES >> 1] };
    });
    return { rows: this.#rows, results };
  }

  close() {
    this.#db?.close();
    this.#db = undefined;
    this.#rows = 0;
  }
}
