// A vss0 table: rows in, the nearest rows out. Each method writes the SQL that a caller could
// write.
import { fromStored } from "../module/codec.js";
import { checkAlone, quote } from "../module/errors.js";
import { isUint8s } from "../module/kinds.js";
import { checkInsertMany, RowPacker } from "./rows.js";
import { searchManyToSql, searchToSql, tableWhere } from "./search.js";
import { runChunk } from "./statement.js";
import { makeTransaction } from "./transaction.js";
import {
  deleteManyToSql,
  facetsToSql,
  getManyToSql,
  inOrder,
  updateToSql,
} from "./table-sql.js";
import { ensureColumns } from "./vss-columns.js";

/** @import * as contract from '../entries/index.js' */

/** Compiled statements that a table keeps: one per combination of options and WHERE text. */
const MAX_STATEMENTS = 16;

const secret = Symbol("only db.vss0() makes tables");

/** @typedef {"insert" | "insert or replace"} Verb what becomes of a row whose id exists */

/**
 * The second half of methods. A page has done the first, which checks what the caller gave:
 * on its way to a Worker an object loses its class.
 * @type {{
 *   chunk: (table: VssTable,
 *     given: { chunk: import('../module/batch.js').Chunk, verb: Verb }) => void,
 *   row: (table: VssTable, given: { values: any, verb: Verb }) => contract.Id,
 *   rows: (table: VssTable, plan: import('./search.js').Plan) => any[],
 *   run: (table: VssTable, plan: import('./search.js').Plan) => number,
 * }}
 */
export let checked;

/**
 * @param {contract.Database} database
 * @param {import('./connection.js').Connection} connection
 * @param {string} name
 * @param {Record<string, number | string>} [columns]
 * @returns {contract.VssTable}
 */
export function openTable(database, connection, name, columns) {
  return new VssTable(secret, {
    database,
    connection,
    name,
    columns: ensureColumns(database, name, columns),
  });
}

export class VssTable {
  /** @type {contract.Database} */ #database;
  /** @type {import('./connection.js').Connection} */ #connection;
  /** @type {string} */ #name;
  /** @type {readonly contract.VssColumn[]} */ #columns;
  /** @type {RowPacker} */ #packer;
  /** @type {Map<string, contract.Statement<any>>} by SQL, least recently used first */ #cache =
    new Map();

  static {
    checked = {
      chunk: (table, { chunk, verb }) =>
        runChunk(table.#insertStatement(verb), chunk),
      row: (table, { values, verb }) =>
        table.#packer.idOf(
          values,
          table.#insertStatement(verb).run(values).lastInsertRowid,
        ),
      rows: (table, { sql, params, decode }) => {
        const rows = table.#prepare(sql).all(...params);
        if (decode) for (const row of rows) table.#decode(row);
        return rows;
      },
      run: (table, { sql, params }) =>
        table.#prepare(sql).run(...params).changes,
    };
  }

  /**
   * @param {symbol} key
   * @param {{ database: contract.Database, connection: import('./connection.js').Connection,
   *   name: string, columns: contract.VssColumn[] }} facts
   */
  constructor(key, facts) {
    if (key !== secret)
      throw new TypeError("VssTable: only db.vss0() makes tables");
    this.#database = facts.database;
    this.#connection = facts.connection;
    this.#name = facts.name;
    this.#columns = Object.freeze(
      facts.columns.map((column) => Object.freeze(column)),
    );
    this.#packer = new RowPacker(this.#columns);
  }

  get name() {
    return this.#name;
  }

  get database() {
    return this.#database;
  }

  get columns() {
    return this.#columns;
  }

  /** @returns {number} */
  get count() {
    return this.#prepare(`select count(*) as n from ${quote(this.#name)}`).get()
      .n;
  }

  /** @param {string} sql */
  #prepare(sql) {
    const cached = this.#cache.get(sql);
    if (cached) this.#cache.delete(sql);
    const statement = cached ?? this.#database.prepare(sql);
    this.#cache.set(sql, statement);
    if (this.#cache.size > MAX_STATEMENTS) {
      const [[oldest, unused]] = this.#cache;
      this.#cache.delete(oldest);
      unused.finalize();
    }
    return statement;
  }

  /**
   * rowid and every column, in the order of `columns`.
   * @param {Verb} verb
   */
  #insertStatement(verb) {
    const names = this.#columns.map((column) => `, ${quote(column.name)}`);
    return this.#prepare(
      `${verb} into ${quote(this.#name)}(rowid${names.join("")}) values (?${", ?".repeat(names.length)})`,
    );
  }

  /**
   * @template {contract.InsertRowOf<T>} T
   * @param {T} row
   * @returns {contract.Id}
   */
  insert(row) {
    checkAlone(arguments, "insert: row", "insertMany() takes several");
    const values = this.#packer.values(row, "insert: row");
    return checked.row(this, { values, verb: "insert" });
  }

  /**
   * @template {contract.InsertRowOf<T>} T
   * @param {T} row
   * @returns {contract.Id}
   */
  upsert(row) {
    checkAlone(arguments, "upsert: row", "upsertMany() takes several");
    const values = this.#packer.values(row, "upsert: row");
    return checked.row(this, { values, verb: "insert or replace" });
  }

  /**
   * @template {contract.InsertRowOf<T>} T
   * @param {Iterable<T> | contract.InsertColumns} rows
   * @param {contract.InsertManyOptions} [options]
   * @returns {number}
   */
  insertMany(rows, options) {
    return this.#many("insertMany", "insert", rows, options);
  }

  /**
   * @template {contract.InsertRowOf<T>} T
   * @param {Iterable<T> | contract.InsertColumns} rows
   * @param {contract.InsertManyOptions} [options]
   * @returns {number}
   */
  upsertMany(rows, options) {
    return this.#many("upsertMany", "insert or replace", rows, options);
  }

  /**
   * @param {string} subject
   * @param {Verb} verb
   * @param {unknown} rows
   * @param {unknown} options
   */
  #many(subject, verb, rows, options) {
    const given = checkInsertMany(rows, options, subject);
    const { onProgress, signal } = given;
    this.#connection.usable();
    const insertAll = makeTransaction(this.#connection, () => {
      const statement = this.#insertStatement(verb);
      let done = 0;
      signal?.throwIfAborted();
      for (const chunk of this.#packer.chunks(given.rows, subject)) {
        runChunk(statement, chunk);
        done += chunk.count;
        onProgress?.(done, chunk.total);
        signal?.throwIfAborted();
      }
      return done;
    });
    return insertAll();
  }

  /**
   * @param {contract.Id} id
   * @returns {contract.VssRow | undefined}
   */
  get(id) {
    const own = this.#packer.id(id, "get: id");
    const row = this.#prepare(
      `select ${this.#packer.names()} from ${quote(this.#name)} where ${quote(this.#packer.key)} = ?`,
    ).get(own);
    return row && this.#decode(row);
  }

  /**
   * @param {contract.Id} id
   * @returns {boolean}
   */
  delete(id) {
    checkAlone(arguments, "delete: id", "deleteMany() takes several");
    const own = this.#packer.id(id, "delete: id");
    return (
      this.#prepare(
        `delete from ${quote(this.#name)} where ${quote(this.#packer.key)} = ?`,
      ).run(own).changes > 0
    );
  }

  /**
   * @param {readonly contract.Id[]} ids
   * @returns {(contract.VssRow | undefined)[]}
   */
  getMany(ids) {
    const list = this.#packer.ids(ids, "getMany");
    const plan = getManyToSql(this.#name, this.#packer, list);
    return inOrder(list, checked.rows(this, plan));
  }

  /**
   * @param {readonly contract.Id[]} ids
   * @returns {number}
   */
  deleteMany(ids) {
    const list = this.#packer.ids(ids, "deleteMany");
    return checked.run(this, deleteManyToSql(this.#name, this.#packer, list));
  }

  /**
   * @param {contract.Id} id
   * @param {contract.InsertRow} changes
   * @returns {boolean}
   */
  update(id, changes) {
    const plan = updateToSql(this.#name, this.#packer, id, changes);
    return checked.run(this, plan) > 0;
  }

  /**
   * @template {string} C
   * @param {readonly C[]} columns
   * @param {contract.FacetOptions} [options]
   * @returns {Record<C, contract.Facet[]>}
   */
  facets(columns, options) {
    const plans = facetsToSql(this.#name, this.#packer, columns, options);
    return /** @type {any} */ (
      Object.fromEntries(
        plans.map(({ column, plan }) => [column, checked.rows(this, plan)]),
      )
    );
  }

  /**
   * The same row with its vectors as typed arrays.
   * @param {any} row
   */
  #decode(row) {
    for (const column of this.#columns) {
      if (column.vector && isUint8s(row[column.name]))
        row[column.name] = fromStored(column, row[column.name]);
    }
    return row;
  }

  /**
   * @param {contract.Where} where
   * @returns {{ sql: string, values: contract.SqlValue[] }}
   */
  whereSql(where) {
    return tableWhere(this.#packer, where, "whereSql");
  }

  /**
   * @param {contract.Vector} query
   * @param {contract.SearchOptions} options
   * @returns {contract.Hit[]}
   */
  search(query, options) {
    const plan = searchToSql(this.#name, this.#packer, query, options);
    return checked.rows(this, plan);
  }

  /**
   * @param {readonly contract.Vector[]} queries
   * @param {contract.SearchOptions} options
   * @returns {contract.Hit[][]}
   */
  searchMany(queries, options) {
    const many = searchManyToSql(this.#name, this.#packer, queries, options);
    return many.hits(many.plans.map((plan) => checked.rows(this, plan)));
  }
}
