// Rows on their way into a vss0 table: checked, put in the order of the table's columns and cut
// into chunks. insertMany() of a Database and of the worker client's page both read rows here, so
// that both name the same row when one is wrong.
//
//   { rowid: 7, embedding: [1, 2] }, ...       ─┐     ┌─ { first: 0,    count: 1000, parts }
//   { rowids: [7, 8], embedding: Float32Array } ─┴──►──┼─ { first: 1000, count: 1000, parts }
//                                                      └─ ...
//   parts: one per parameter of the INSERT: the rowid, then every column
//
// js/module/batch.js writes a chunk into the module's memory.
import { perVector } from "../module/codec.js";
import {
  checkOptions,
  checkSignal,
  checkText,
  describe,
  quote,
  suggest,
} from "../module/errors.js";
import { isFloats, isRecord } from "../module/kinds.js";
import { checkRowId, vectorValue } from "../module/values.js";

/**
 * @typedef {import('../entries/index.js').VssColumn} VssColumn
 * @typedef {import('../entries/index.js').Id} Id
 * @typedef {import('../module/batch.js').Part} Part
 * @typedef {import('../module/batch.js').Chunk & { total: number | undefined }} Chunk
 */

/** Rows that cross into wasm together, unless their vectors are larger than CHUNK_BYTES. */
const CHUNK_ROWS = 1000;
const CHUNK_BYTES = 4 << 20;

/**
 * The arguments of insertMany() or upsertMany(), checked as far as that needs no table.
 * @param {unknown} rows
 * @param {unknown} options
 * @param {string} subject
 * @returns {import('../entries/index.js').InsertManyOptions & { rows: object }}
 */
export function checkInsertMany(rows, options, subject) {
  const { onProgress, signal } = checkOptions(
    options,
    ["onProgress", "signal"],
    subject,
  );
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(
      `${subject}: onProgress is ${describe(onProgress)}, expected a function`,
    );
  }
  if (typeof rows !== "object" || rows === null) {
    throw new TypeError(
      `${subject}: rows is ${describe(rows)}, expected an iterable of rows or an object of columns`,
    );
  }
  return { rows, onProgress, signal: checkSignal(signal, subject) };
}

/** What the columns of one table make of rows. */
export class RowPacker {
  /** @type {readonly VssColumn[]} */ columns;
  /** What identifies a row: the name of the primary key, or "rowid". */
  key = "rowid";
  /** The position of a text key among the parameters; -1 where there is none. */
  #textKey = -1;
  /** @type {Map<string, number>} lower-case name to position among the parameters */ #positions;

  /** @param {readonly VssColumn[]} columns */
  constructor(columns) {
    this.columns = columns;
    this.#positions = new Map([
      ["rowid", 0],
      ...columns.map(
        ({ name }, i) =>
          /** @type {[string, number]} */ ([name.toLowerCase(), i + 1]),
      ),
    ]);
    /** @type {any} */
    const id = columns.find((column) => "primaryKey" in column);
    if (!id) return;
    this.key = id.name;
    if (/^t/i.test(id.type)) this.#textKey = columns.indexOf(id) + 1;
  }

  /**
   * What the caller gave as the id of a row, as SQL has it.
   * @param {unknown} id
   * @param {string} subject
   * @returns {Id}
   */
  id(id, subject) {
    return this.#textKey < 0 ? checkRowId(id, subject) : checkText(id, subject);
  }

  /**
   * @param {unknown} ids
   * @param {string} subject
   */
  ids(ids, subject) {
    if (!Array.isArray(ids))
      throw new TypeError(
        `${subject}: ids is ${describe(ids)}, expected an array of ids`,
      );
    return ids.map((id, i) => this.id(id, `${subject}: ids[${i}]`));
  }

  /**
   * The id of a row that was inserted.
   * @param {any[]} values its parameters
   * @param {Id} rowid
   */
  idOf = (values, rowid) => values[this.#textKey] ?? rowid;

  /**
   * What a row is read as: what identifies it, and every column.
   * @param {string} [prefix]
   */
  names = (prefix = "") =>
    [...new Set([this.key, ...this.columns.map(({ name }) => name)])]
      .map((name) => prefix + quote(name))
      .join(", ");

  /**
   * The position of a column among the parameters: 0 is the rowid.
   * @param {string} key
   * @param {string} subject
   */
  position(key, subject) {
    const at = this.#positions.get(key.toLowerCase());
    if (at !== undefined) return at;
    const known = ["rowid", ...this.columns.map((column) => column.name)];
    throw new TypeError(
      `${subject}: unknown column "${key}"${suggest(key, known)}`,
    );
  }

  /**
   * A row's values in the order of the parameters.
   * @param {unknown} row
   * @param {string} subject
   */
  values(row, subject) {
    if (!isRecord(row)) {
      throw new TypeError(
        `${subject} is ${describe(row)}, expected an object such as { ${this.key}: 1, embedding: vector }`,
      );
    }
    /** @type {unknown[]} */
    const values = new Array(this.columns.length + 1).fill(null);
    for (const [key, value] of Object.entries(row)) {
      const at = this.position(key, subject);
      if (value === undefined)
        throw new TypeError(
          `${subject}.${key} is undefined (use null for NULL)`,
        );
      values[at] = this.value(at, value, `${subject}.${key}`);
    }
    return values;
  }

  /**
   * A column's value, as SQL has it.
   * @param {number} at position of the parameter
   * @param {any} value
   * @param {string} subject
   */
  value(at, value, subject) {
    const column = this.columns[at - 1];
    if (column?.vector) return vectorValue(column, value, subject);
    return value === null || (at && at !== this.#textKey)
      ? value
      : (at ? checkText : checkRowId)(value, subject);
  }

  /**
   * Rows or columns, in chunks. Reads on only when the next chunk is asked for.
   * @param {any} rows an iterable of rows, or an object of columns
   * @param {string} subject
   * @returns {Generator<Chunk, void>}
   */
  chunks(rows, subject) {
    return typeof rows[Symbol.iterator] === "function"
      ? this.#chunksOfRows(rows)
      : this.#chunksOfColumns(rows, subject);
  }

  /** Rows per chunk: few enough for memory, enough to make the crossing cheap. */
  #chunkRows() {
    const bytes = this.columns.reduce(
      (sum, column) => sum + (column.vector ? 4 * column.dimensions : 16),
      16,
    );
    return Math.max(1, Math.min(CHUNK_ROWS, Math.floor(CHUNK_BYTES / bytes)));
  }

  /**
   * @param {Iterable<unknown>} rows
   * @returns {Generator<Chunk, void>}
   */
  *#chunksOfRows(rows) {
    const size = this.#chunkRows();
    const total = Array.isArray(rows) ? rows.length : undefined;
    const empty = () =>
      Array.from({ length: this.columns.length + 1 }, () => []);
    /** @type {unknown[][]} one list per parameter */
    let lists = empty();
    let first = 0;
    let next = 0;
    const chunk = () => ({
      parts: lists.map((values, i) => this.#part(values, i)),
      count: next - first,
      first,
      total,
    });
    for (const row of rows) {
      const values = this.values(row, `row ${next++}`);
      for (let i = 0; i < values.length; i++) lists[i].push(values[i]);
      if (next - first < size) continue;
      yield chunk();
      lists = empty();
      first = next;
    }
    if (next > first) yield chunk();
  }

  /**
   * A parameter's values; where all of them are vectors as the column has them, side by side.
   * @param {unknown[]} values
   * @param {number} at position of the parameter
   * @returns {Part}
   */
  #part(values, at) {
    const column = this.columns[at - 1];
    const name = column?.name ?? "rowid";
    if (!column?.vector) return { name, values, stride: 0 };
    const { dimensions } = column;
    const isWhole = values.every((v) => isFloats(v) && v.length === dimensions);
    // Otherwise they go one by one, so that the core names the row that is wrong.
    if (!isWhole) return { name, values, stride: 0 };
    const floats = new Float32Array(values.length * dimensions);
    values.forEach((v, row) =>
      floats.set(/** @type {Float32Array} */ (v), row * dimensions),
    );
    return { name, floats, values: [], stride: 4 * dimensions };
  }

  /**
   * @param {Record<string, any>} given
   * @param {string} subject
   * @returns {Generator<Chunk, void>}
   */
  *#chunksOfColumns(given, subject) {
    const sources = new Array(this.columns.length + 1).fill(undefined);
    let total = -1;
    let totalFrom = "";
    for (const [key, value] of Object.entries(given)) {
      const at =
        key === "rowids" && !this.#positions.has("rowids")
          ? 0
          : this.position(key, subject);
      const { source, rows } = this.#source(key, value, at, subject);
      if (total >= 0 && rows !== total) {
        throw new RangeError(
          `${subject}: ${key} has ${rows} rows, ${totalFrom} has ${total}`,
        );
      }
      [total, totalFrom] = [rows, key];
      sources[at] = source;
    }
    if (total < 0)
      throw new TypeError(`${subject}: rows names no column, expected one`);
    const size = this.#chunkRows();
    for (let first = 0; first < total; first += size) {
      const end = Math.min(total, first + size);
      yield {
        parts: sources.map((source, i) => this.#slice(source, i, first, end)),
        count: end - first,
        first,
        total,
      };
    }
  }

  /**
   * A column as it was given, checked, and how many rows it has.
   * @param {string} key
   * @param {any} value
   * @param {number} at position of the parameter
   * @param {string} subject
   * @returns {{ source: any, rows: number }}
   */
  #source(key, value, at, subject) {
    const column = this.columns[at - 1];
    const per = column?.vector ? perVector(column, value) : 0;
    if (column?.vector && per) {
      if (value.length % per !== 0) {
        throw new RangeError(
          `${subject}: ${key} has ${value.length} numbers, expected a multiple of ${per === column.dimensions ? `its ${per} dimensions` : `${per}, the bytes of its ${column.dimensions} bits`}`,
        );
      }
      return { source: value, rows: value.length / per };
    }
    if (
      !Array.isArray(value) &&
      !(ArrayBuffer.isView(value) && "length" in value)
    ) {
      const expected = column?.vector
        ? "a Float32Array of all vectors or an array"
        : "an array";
      throw new TypeError(
        `${subject}: ${key} is ${describe(value)}, expected ${expected}`,
      );
    }
    const values =
      at === 0
        ? Array.from(/** @type {any} */ (value), (id, i) =>
            checkRowId(id, `${subject}: rowids[${i}]`),
          )
        : value;
    return { source: values, rows: /** @type {any} */ (values).length };
  }

  /**
   * @param {any} source
   * @param {number} at position of the parameter
   * @param {number} from
   * @param {number} to
   * @returns {Part}
   */
  #slice(source, at, from, to) {
    const column = this.columns[at - 1];
    const name = column?.name ?? "rowid";
    const per = column?.vector ? perVector(column, source) : 0;
    if (per)
      return {
        name,
        floats: source.subarray(from * per, to * per),
        values: [],
        stride: per * source.BYTES_PER_ELEMENT,
      };
    if (source === undefined) return { name, values: [], stride: 0 };
    const values = Array.from(source.slice(from, to), (value, i) => {
      if (value === undefined)
        throw new TypeError(
          `row ${from + i}: ${name} is undefined (use null for NULL)`,
        );
      return this.value(at, value, `row ${from + i}: ${name}`);
    });
    return { name, values, stride: 0 };
  }
}
