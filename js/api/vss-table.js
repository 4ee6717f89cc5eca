// A vss0 table: rows in, the nearest rows out. Everything here can be said in SQL; this says it for you.
import { runBatch, vectorValue } from "../module/batch.js";
import { decode, toFloats } from "../module/codec.js";
import {
  checkCount,
  checkOptions,
  checkText,
  describe,
  isRecord,
  quote,
  suggest,
} from "../module/errors.js";
import { checkRowId } from "../module/values.js";
import { ensureColumns } from "./vss-columns.js";
import { whereToSql } from "./where.js";

/** @typedef {import('../entries/index.js').VssColumn} VssColumn */

/** Rows that cross into wasm together, unless their vectors are larger than CHUNK_BYTES. */
const CHUNK_ROWS = 1000;
const CHUNK_BYTES = 4 << 20;
/** Compiled searches kept: one a combination of options and WHERE text. */
const MAX_SEARCHES = 16;
const SEARCH_OPTIONS = [
  "k",
  "column",
  "where",
  "params",
  "select",
  "maxDistance",
  "offset",
];

const secret = Symbol("only db.vss0() makes tables");

/**
 * @param {import('./database.js').Database} db
 * @param {string} name
 * @param {Record<string, number | string>} [columns]
 */
export function openTable(db, name, columns) {
  return new VssTable(secret, db, name, ensureColumns(db, name, columns));
}

export class VssTable {
  /** @type {import('./database.js').Database} */ #db;
  /** @type {string} */ #name;
  /** @type {readonly VssColumn[]} */ #columns;
  /** @type {Map<string, number>} lower-case name to position */ #positions;
  /** @type {Map<string, import('./statement.js').Statement>} by SQL, least recently used first */ #cache =
    new Map();

  /**
   * @param {symbol} key
   * @param {import('./database.js').Database} db
   * @param {string} name
   * @param {VssColumn[]} columns
   */
  constructor(key, db, name, columns) {
    if (key !== secret) throw new TypeError("a VssTable comes from db.vss0()");
    this.#db = db;
    this.#name = name;
    this.#columns = Object.freeze(
      columns.map((column) => Object.freeze(column)),
    );
    this.#positions = new Map(
      columns.map((column, i) => [column.name.toLowerCase(), i]),
    );
  }

  get name() {
    return this.#name;
  }

  get database() {
    return this.#db;
  }

  get columns() {
    return this.#columns;
  }

  get count() {
    return /** @type {any} */ (
      this.#prepare(`select count(*) as n from ${quote(this.#name)}`).get()
    ).n;
  }

  /** @param {string} sql */
  #prepare(sql) {
    const cached = this.#cache.get(sql);
    if (cached) this.#cache.delete(sql);
    const statement = cached ?? this.#db.prepare(sql);
    this.#cache.set(sql, statement);
    if (this.#cache.size > MAX_SEARCHES) {
      const [oldest, unused] =
        /** @type {[string, import('./statement.js').Statement]} */ (
          this.#cache.entries().next().value
        );
      this.#cache.delete(oldest);
      unused.finalize();
    }
    return statement;
  }

  /** rowid and every column, in the order of `columns`. */
  #insertStatement() {
    const names = this.#columns
      .map((column) => `, ${quote(column.name)}`)
      .join("");
    const marks = this.#columns.map(() => ", ?").join("");
    return this.#prepare(
      `insert into ${quote(this.#name)}(rowid${names}) values (?${marks})`,
    );
  }

  /**
   * The position of a column among the statement's values: 0 is the rowid.
   * @param {string} key
   * @param {string} subject
   */
  #position(key, subject) {
    const at =
      this.#positions.get(key) ?? this.#positions.get(key.toLowerCase());
    if (at !== undefined) return at + 1;
    if (key.toLowerCase() === "rowid") return 0;
    const known = ["rowid", ...this.#columns.map((column) => column.name)];
    throw new TypeError(
      `${subject}: unknown column "${key}"${suggest(key, known)}`,
    );
  }

  /**
   * A row's values in the order of the statement.
   * @param {unknown} row
   * @param {string} subject
   */
  #rowValues(row, subject) {
    if (!isRecord(row)) {
      throw new TypeError(
        `${subject} is ${describe(row)}, expected an object such as { rowid: 1, ${this.#columns[0].name}: vector }`,
      );
    }
    /** @type {unknown[]} */
    const values = new Array(this.#columns.length + 1).fill(null);
    for (const [key, value] of Object.entries(row)) {
      const at = this.#position(key, subject);
      if (value === undefined)
        throw new TypeError(
          `${subject}.${key} is undefined (use null for NULL)`,
        );
      if (at === 0)
        values[0] =
          value === null ? null : checkRowId(value, `${subject}.rowid`);
      else
        values[at] = this.#columns[at - 1].vector
          ? vectorValue(value, `${subject}.${key}`)
          : value;
    }
    return values;
  }

  /** @param {unknown} row */
  insert(row) {
    const values = this.#rowValues(row, "insert: row");
    return this.#insertStatement().run(/** @type {any} */ (values))
      .lastInsertRowid;
  }

  /**
   * @param {any} rows
   * @param {any} [options]
   */
  insertMany(rows, options) {
    const { onProgress, signal } = checkOptions(
      options,
      ["onProgress", "signal"],
      "insertMany",
    );
    if (onProgress !== undefined && typeof onProgress !== "function") {
      throw new TypeError(
        `insertMany: onProgress is ${describe(onProgress)}, expected a function`,
      );
    }
    if (typeof rows !== "object" || rows === null) {
      throw new TypeError(
        `insertMany: rows is ${describe(rows)}, expected an iterable of rows or an object of columns`,
      );
    }
    const chunks =
      typeof rows[Symbol.iterator] === "function"
        ? this.#chunksOfRows(rows)
        : this.#chunksOfColumns(rows);
    const total = Array.isArray(rows) ? rows.length : undefined;
    const insertAll = this.#db.transaction(() => {
      const statement = this.#insertStatement();
      let done = 0;
      signal?.throwIfAborted();
      for (const { parts, count, of } of chunks) {
        runBatch(this.#db.capi, statement, parts, count, done);
        done += count;
        onProgress?.(done, of ?? total);
        signal?.throwIfAborted();
      }
      return done;
    });
    return /** @type {number} */ (insertAll());
  }

  /** Rows a chunk: few enough for memory, enough to make the crossing cheap. */
  #chunkRows() {
    const bytes = this.#columns.reduce(
      (sum, column) => sum + (column.vector ? 4 * column.dimensions : 16),
      16,
    );
    return Math.max(1, Math.min(CHUNK_ROWS, Math.floor(CHUNK_BYTES / bytes)));
  }

  /** @param {Iterable<unknown>} rows */
  *#chunksOfRows(rows) {
    const size = this.#chunkRows();
    let number = 0;
    /** @type {unknown[][]} */
    let columns = this.#emptyColumns();
    for (const row of rows) {
      const values = this.#rowValues(row, `row ${number++}`);
      for (let i = 0; i < values.length; i++) columns[i].push(values[i]);
      if (columns[0].length < size) continue;
      yield this.#chunk(columns);
      columns = this.#emptyColumns();
    }
    if (columns[0].length > 0) yield this.#chunk(columns);
  }

  /** @returns {unknown[][]} */
  #emptyColumns() {
    return Array.from({ length: this.#columns.length + 1 }, () => []);
  }

  /** @param {unknown[][]} columns */
  #chunk(columns) {
    const count = columns[0].length;
    const parts = columns.map((values, i) => {
      const column = this.#columns[i - 1];
      const name = column?.name ?? "rowid";
      if (!column?.vector) return { name, values, stride: 0 };
      const whole = values.every(
        (v) => v instanceof Float32Array && v.length === column.dimensions,
      );
      // Vectors that are not what was expected go one by one, so that the core names the row that is wrong.
      if (!whole) return { name, values, stride: 0 };
      const floats = new Float32Array(count * column.dimensions);
      values.forEach((v, row) =>
        floats.set(/** @type {Float32Array} */ (v), row * column.dimensions),
      );
      return { name, floats, values: [], stride: 4 * column.dimensions };
    });
    return { parts, count, of: undefined };
  }

  /** @param {Record<string, any>} given */
  *#chunksOfColumns(given) {
    const sources = new Array(this.#columns.length + 1).fill(undefined);
    let total = -1;
    let totalFrom = "";
    for (const [key, value] of Object.entries(given)) {
      const at =
        key === "rowids" && !this.#positions.has("rowids")
          ? 0
          : this.#position(key, "insertMany");
      const { source, rows } = this.#source(key, value, at);
      if (total >= 0 && rows !== total) {
        throw new RangeError(
          `insertMany: ${key} has ${rows} rows, ${totalFrom} has ${total}`,
        );
      }
      [total, totalFrom] = [rows, key];
      sources[at] = source;
    }
    if (total < 0) throw new TypeError("insertMany: no column came");
    const size = this.#chunkRows();
    for (let from = 0; from < total; from += size) {
      const to = Math.min(total, from + size);
      yield {
        parts: sources.map((source, i) => this.#slice(source, i, from, to)),
        count: to - from,
        of: total,
      };
    }
  }

  /**
   * A column as it came, checked, and how many rows it has.
   * @param {string} key
   * @param {any} value
   * @param {number} at
   * @returns {{ source: any, rows: number }}
   */
  #source(key, value, at) {
    const column = this.#columns[at - 1];
    if (column?.vector && value instanceof Float32Array) {
      if (value.length % column.dimensions !== 0) {
        throw new RangeError(
          `insertMany: ${key} has ${value.length} numbers, expected a multiple of its ${column.dimensions} dimensions`,
        );
      }
      return { source: value, rows: value.length / column.dimensions };
    }
    if (
      !Array.isArray(value) &&
      !(ArrayBuffer.isView(value) && "length" in value)
    ) {
      const expected = column?.vector
        ? "a Float32Array of all vectors or an array"
        : "an array";
      throw new TypeError(
        `insertMany: ${key} is ${describe(value)}, expected ${expected}`,
      );
    }
    const values =
      at === 0
        ? Array.from(/** @type {any} */ (value), (id, i) =>
            checkRowId(id, `insertMany: rowids[${i}]`),
          )
        : value;
    return { source: values, rows: /** @type {any} */ (values).length };
  }

  /**
   * @param {any} source
   * @param {number} at
   * @param {number} from
   * @param {number} to
   */
  #slice(source, at, from, to) {
    const column = this.#columns[at - 1];
    const name = column?.name ?? "rowid";
    if (column?.vector && source instanceof Float32Array) {
      const { dimensions } = column;
      return {
        name,
        floats: source.subarray(from * dimensions, to * dimensions),
        values: [],
        stride: 4 * dimensions,
      };
    }
    if (source === undefined) return { name, values: [], stride: 0 };
    const values = Array.from(source.slice(from, to), (value, i) => {
      if (value === undefined)
        throw new TypeError(
          `row ${from + i}: ${name} is undefined (use null for NULL)`,
        );
      return column?.vector
        ? vectorValue(value, `row ${from + i}: ${name}`)
        : value;
    });
    return { name, values, stride: 0 };
  }

  /** @param {unknown} id */
  get(id) {
    const rowid = checkRowId(id, "get: id");
    const names = this.#columns
      .map((column) => `, ${quote(column.name)}`)
      .join("");
    const row = this.#prepare(
      `select rowid${names} from ${quote(this.#name)} where rowid = ?`,
    ).get(rowid);
    return row && this.#decode(row);
  }

  /** @param {unknown} id */
  delete(id) {
    const rowid = checkRowId(id, "delete: id");
    return (
      this.#prepare(`delete from ${quote(this.#name)} where rowid = ?`).run(
        rowid,
      ).changes > 0
    );
  }

  /**
   * Vectors as Float32Array.
   * @param {any} row
   */
  #decode(row) {
    for (const { name, vector } of this.#columns) {
      if (vector && row[name] instanceof Uint8Array)
        row[name] = decode(row[name]);
    }
    return row;
  }

  /** @param {unknown} column */
  #vectorColumn(column) {
    const vectors = this.#columns.filter((c) => c.vector);
    const names = vectors.map((c) => c.name);
    if (column === undefined) {
      if (vectors.length === 1) return vectors[0];
      throw new TypeError(
        `search: name the column, one of ${names.join(", ")}`,
      );
    }
    const name = checkText(column, "search: column");
    const found = this.#columns.find(
      (c) => c.name.toLowerCase() === name.toLowerCase(),
    );
    if (!found)
      throw new TypeError(
        `search: unknown column "${name}"${suggest(name, names)}`,
      );
    if (!found.vector)
      throw new TypeError(
        `search: "${name}" is not a vector column${suggest(name, names)}`,
      );
    return found;
  }

  /** @param {unknown} select */
  #selected(select) {
    if (select === undefined) return "";
    if (!Array.isArray(select))
      throw new TypeError(
        `search: select is ${describe(select)}, expected an array of column names`,
      );
    return select
      .map((name, i) => {
        checkText(name, `search: select[${i}]`);
        const at = this.#position(name, "search: select");
        return at === 0 ? "" : `, ${quote(this.#columns[at - 1].name)}`;
      })
      .join("");
  }

  /**
   * The condition and its values.
   * @param {unknown} where
   * @param {unknown} params
   */
  #condition(where, params) {
    if (where !== undefined && typeof where !== "string") {
      if (params !== undefined)
        throw new TypeError(
          "search: params go with where as SQL text, an object has its values in it",
        );
      return whereToSql(
        where,
        ["rowid", "distance", ...this.#columns.map((c) => c.name)],
        "search",
      );
    }
    if (where === undefined && params !== undefined)
      throw new TypeError("search: params came without where");
    if (
      params !== undefined &&
      (typeof params !== "object" ||
        params === null ||
        ArrayBuffer.isView(params))
    ) {
      throw new TypeError(
        `search: params is ${describe(params)}, expected an array or an object`,
      );
    }
    const sql =
      where === undefined ? "" : checkText(where, "search: where").trim();
    if (where !== undefined && sql === "")
      throw new TypeError("search: where is empty");
    return { sql, values: params ?? [] };
  }

  /**
   * @param {unknown} query
   * @param {any} options
   */
  search(query, options) {
    const given = checkOptions(options ?? {}, SEARCH_OPTIONS, "search");
    if (given.k === undefined)
      throw new TypeError("search: k is missing: how many rows, at most?");
    const k = checkCount(given.k, "search: k");
    const offset =
      given.offset === undefined
        ? 0
        : checkCount(given.offset, "search: offset");
    const column = /** @type {Extract<VssColumn, { vector: true }>} */ (
      this.#vectorColumn(given.column)
    );
    const floats = toFloats(query, "search: query");
    const { sql, values } = this.#condition(given.where, given.params);
    const terms = [];
    // Its own parameters come last in the text, so that the caller's "?" and "?1" mean the caller's values.
    if (sql) terms.push(`(${sql}\n)`);
    terms.push(`vss_search(${quote(column.name)}, :vss_query)`);
    /** @type {Record<string, import('../entries/index.js').SqlValue>} */
    const own = { ":vss_query": floats, ":vss_k": k };
    if (given.maxDistance !== undefined) {
      if (typeof given.maxDistance !== "number") {
        throw new TypeError(
          `search: maxDistance is ${describe(given.maxDistance)}, expected a number`,
        );
      }
      own[":vss_limit"] = given.maxDistance;
      terms.push(
        `distance ${column.metric === "INNER_PRODUCT" ? ">=" : "<="} :vss_limit`,
      );
    }
    if (offset > 0) own[":vss_offset"] = offset;
    const text =
      `select rowid, distance${this.#selected(given.select)} from ${quote(this.#name)} where ${terms.join(" and ")}` +
      ` limit :vss_k${offset > 0 ? " offset :vss_offset" : ""}`;
    const statement = this.#prepare(text);
    const hits = Array.isArray(values)
      ? statement.all(values, own)
      : statement.all({ ...values, ...own });
    if (given.select) for (const hit of hits) this.#decode(hit);
    return /** @type {any} */ (hits);
  }
}
