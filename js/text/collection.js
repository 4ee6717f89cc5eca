// Text in, hits out: a collection keeps texts, their vectors and their words, and asks an embed
// function for the vectors. It works with a Database and with the AsyncDatabase of vss-wasm/worker,
// since it awaits whatever they give.
import { encode } from "../module/codec.js";
import { checkText, describe, quote, suggest } from "../module/errors.js";
import { isPlain } from "../module/kinds.js";
import { anyWord, hybridSql } from "./hybrid.js";
import {
  checkAdd,
  checkCondition,
  checkDefinition,
  checkSearch,
  columnsOf,
  sameShape,
} from "./options.js";
import { createSql, dropSql, tablesOf } from "./tables.js";
import { hashOf, vectorsOf } from "./vectors.js";

/**
 * @import * as contract from '../entries/text.js'
 * @import { Shape } from './tables.js'
 */

/** Parameters of one statement; SQLite takes 32,766. */
const MOST_PARAMETERS = 8_000;
/** Vectors of queries that are remembered, so that further pages ask for nothing. */
const MOST_QUERIES = 64;

const secret = Symbol("only collection() makes collections");

/**
 * @param {contract.AnyDatabase} database
 * @param {string} sql
 * @param {any} [params]
 * @returns {Promise<any[]>}
 */
async function all(database, sql, params = []) {
  const statement = await database.prepare(sql);
  try {
    return await statement.all(params);
  } finally {
    await statement.finalize();
  }
}

/**
 * Insert rows by few statements.
 * @param {contract.AnyDatabase} database
 * @param {string} into the statement up to its values
 * @param {any[][]} rows
 */
async function insert(database, into, rows) {
  const row = `(${rows[0].map(() => "?")})`;
  const most = Math.floor(MOST_PARAMETERS / rows[0].length);
  for (let at = 0; at < rows.length; at += most) {
    const some = rows.slice(at, at + most);
    await all(database, `${into} values ${some.map(() => row)}`, some.flat());
  }
}

/**
 * Run a text of several statements whole or not at all, also inside of a transaction of the caller.
 * @param {contract.AnyDatabase} database
 * @param {string} sql
 */
async function whole(database, sql) {
  await database.exec("savepoint vss_text");
  try {
    await database.exec(sql);
  } catch (error) {
    await database.exec("rollback to vss_text; release vss_text");
    throw error;
  }
  await database.exec("release vss_text");
}

/**
 * What the database keeps about a collection, or undefined where there is none of that name.
 * @param {contract.AnyDatabase} database
 * @param {string} name
 * @param {Omit<Shape, "dimensions">} [wanted] what it must be the same as
 * @returns {Promise<Shape | undefined>}
 */
async function readShape(database, name, wanted) {
  const tables = await all(
    database,
    "select name from sqlite_schema where lower(name) in ('vss_text', lower(?)) order by name = 'vss_text'",
    [name],
  );
  const [kept] =
    tables.at(-1)?.name === "vss_text"
      ? await all(database, "select shape from vss_text where name = ?", [name])
      : [];
  if (kept) return sameShape(wanted, JSON.parse(kept.shape), name);
  if (tables.length > 0 && tables[0].name !== "vss_text")
    throw new Error(
      `collection ${name}: the database has a table "${tables[0].name}" that is not a collection`,
    );
}

/**
 * @param {contract.AnyDatabase} database
 * @param {string} name
 * @param {contract.CollectionOptions} options
 * @returns {Promise<contract.Collection>}
 */
export async function collection(database, name, options) {
  checkText(name, "collection: name");
  const wanted = checkDefinition(options, `collection ${name}`);
  const shape = await readShape(database, name, wanted.shape);
  return new Collection(secret, { database, name, wanted, shape });
}

/**
 * @param {contract.AnyDatabase} database
 * @param {string} name
 * @returns {Promise<boolean>}
 */
export async function dropCollection(database, name) {
  const found = await readShape(database, checkText(name, "collection: name"));
  if (found) await whole(database, dropSql(name));
  return !!found;
}

export class Collection {
  /** @type {contract.AnyDatabase} */ #database;
  /** @type {string} */ #name;
  /** @type {ReturnType<typeof checkDefinition>} */ #wanted;
  /** @type {Shape | undefined} undefined until the first vector says how many dimensions */ #shape;
  /** @type {Promise<unknown>} the last call that writes; the next one waits for it */ #last =
    Promise.resolve();
  /** @type {Map<string, Float32Array>} by text, the oldest first */ #queries =
    new Map();

  /**
   * @param {symbol} key
   * @param {any} facts
   */
  constructor(key, { database, name, wanted, shape }) {
    if (key !== secret)
      throw new TypeError("Collection: only collection() makes collections");
    this.#database = database;
    this.#name = name;
    this.#wanted = wanted;
    this.#shape = shape;
  }

  get name() {
    return this.#name;
  }

  get database() {
    return this.#database;
  }

  /**
   * @param {string} sql
   * @param {any} [params]
   */
  #all(sql, params) {
    return all(this.#database, sql, params);
  }

  /**
   * The shape, which another connection may have made meanwhile. With dimensions, the tables are
   * made where there are none.
   * @param {number} [dimensions]
   */
  async #ready(dimensions) {
    if (!this.#shape) {
      const { shape } = this.#wanted;
      this.#shape = await readShape(this.#database, this.#name, shape);
      if (!this.#shape && dimensions) {
        const made = { ...shape, dimensions };
        await whole(this.#database, createSql(this.#name, made));
        this.#shape = made;
      }
    }
    return this.#shape;
  }

  /**
   * Let rows wait in a temporary table until the vectors of their texts are known, and then run the
   * one statement that adds them all or none. What a batch of vectors has cost is not lost by what
   * fails after it: they are kept at once.
   * @param {any[][]} rows id, columns, hash
   * @param {contract.AddOptions} options
   * @param {(staged: string, names: string) => string} finish
   */
  async #stage(rows, { onProgress, signal }, finish) {
    const database = this.#database;
    const tables = tablesOf(this.#name);
    const { staged, embeddings, vectors } = tables;
    const { embed, batch, shape } = this.#wanted;
    const names = ["id", ...columnsOf(shape), "hash"].map(quote).join(", ");
    const text = quote(shape.text);
    signal?.throwIfAborted();
    try {
      await database.exec(
        `drop table if exists ${staged}; create table ${staged}(${names})`,
      );
      await insert(database, `insert into ${staged}`, rows);
      const known = (await this.#ready())
        ? `where hash not in (select hash from ${embeddings}) and not exists (select 1 from ${tables.rows} r cross join ${vectors} v on v.rowid = r.id where r.hash = s.hash)`
        : "";
      const missing = await this.#all(
        `select hash, ${text} as text from ${staged} s ${known} group by hash order by min(rowid)`,
      );
      for (let done = 0; done < missing.length;) {
        const some = missing.slice(done, done + batch);
        signal?.throwIfAborted();
        const given = await vectorsOf(
          embed,
          some.map((row) => row.text),
          { kind: "text", signal },
          this.#shape?.dimensions,
          `collection ${this.#name}: embed, after ${done} of ${missing.length} texts,`,
        );
        signal?.throwIfAborted();
        await this.#ready(given[0].length);
        await insert(
          database,
          `insert or ignore into ${embeddings}(hash, embedding)`,
          some.map(({ hash }, i) => [hash, encode(given[i])]),
        );
        done += some.length;
        onProgress?.(done, missing.length);
      }
      signal?.throwIfAborted();
      return await this.#all(finish(staged, names));
    } finally {
      await database.exec(`drop table if exists ${staged}`);
    }
  }

  /**
   * One writing call after the other: a second one must find the vectors that the first has made.
   * @template T
   * @param {() => Promise<T>} run
   * @returns {Promise<T>}
   */
  #inTurn(run) {
    const mine = this.#last.then(run);
    this.#last = mine.catch(() => {});
    return mine;
  }

  /**
   * @param {Iterable<contract.TextRow>} rows
   * @param {contract.AddOptions} [options]
   * @returns {Promise<contract.RowId[]>}
   */
  async add(rows, options) {
    const given = checkAdd(options, "add");
    if (
      typeof (/** @type {any} */ (rows)?.[Symbol.iterator]) !== "function" ||
      typeof rows === "string"
    )
      throw new TypeError(
        `add: rows is ${describe(rows)}, expected a list of objects`,
      );
    const columns = columnsOf(this.#wanted.shape);
    const known = ["id", ...columns];
    const values = Array.from(rows, (row, i) => {
      if (!isPlain(row))
        throw new TypeError(
          `add: rows[${i}] is ${describe(row)}, expected an object`,
        );
      for (const name of Object.keys(row))
        if (!known.includes(name))
          throw new TypeError(
            `add: rows[${i}] has an unknown column "${name}"${suggest(name, known)}`,
          );
      checkText(
        /** @type {any} */ (row)[columns[0]],
        `add: rows[${i}].${columns[0]}`,
      );
      return known.map((name) => row[name] ?? null);
    });
    return this.#inTurn(async () => {
      if (values.length === 0) return [];
      for (const row of values) row.push(await hashOf(String(row[1])));
      const added = await this.#stage(
        values,
        given,
        (staged, names) =>
          `insert into ${quote(this.#name)}(${names}) select ${names} from ${staged} order by rowid returning id`,
      );
      return added.map((row) => row.id);
    });
  }

  /**
   * @param {contract.AddOptions} [options]
   * @returns {Promise<number>}
   */
  async refresh(options) {
    const given = checkAdd(options, "refresh");
    return this.#inTurn(async () => {
      if (!(await this.#ready())) return 0;
      const { rows, vectors } = tablesOf(this.#name);
      const columns = columnsOf(this.#wanted.shape);
      const text = quote(columns[0]);
      const without = await this.#all(
        `select id, ${text} as text from ${rows} where id not in (select rowid from ${vectors})`,
      );
      const values = [];
      for (const row of without)
        values.push([
          row.id,
          row.text,
          ...columns.slice(1).map(() => null),
          await hashOf(row.text),
        ]);
      if (values.length > 0)
        await this.#stage(
          values,
          given,
          // A row whose text has changed since is left for the next time.
          (staged) =>
            `update ${rows} set hash = s.hash from ${staged} s where s.id = ${rows}.id and s.${text} = ${rows}.${text}`,
        );
      return values.length;
    });
  }

  /**
   * The vector of a query. One that failed is not remembered.
   * @param {string} text
   * @param {AbortSignal | undefined} signal
   */
  async #queryVector(text, signal) {
    const known = this.#queries.get(text);
    if (known) return known;
    const [vector] = await vectorsOf(
      this.#wanted.embed,
      [text],
      { kind: "query", signal },
      this.#shape?.dimensions,
      `collection ${this.#name}: embed`,
    );
    for (const oldest of this.#queries.keys())
      if (this.#queries.size >= MOST_QUERIES) this.#queries.delete(oldest);
    this.#queries.set(text, vector);
    return vector;
  }

  /**
   * @param {string} query
   * @param {contract.TextSearchOptions} [options]
   * @returns {Promise<{ sql: string, params: Record<string, contract.SqlValue> } | undefined>}
   */
  async toSql(query, options) {
    const request = checkSearch(query, options);
    const { mode, signal } = request;
    const words = mode === "meaning" ? "" : anyWord(query);
    const shape = await this.#ready();
    if (!shape || (mode === "words" && !words)) return undefined;
    signal?.throwIfAborted();
    const vector =
      mode === "words" ? undefined : await this.#queryVector(query, signal);
    signal?.throwIfAborted();
    const condition = await checkCondition(request.where, request.params, () =>
      this.#database.vss0(`${this.#name}_vectors`),
    );
    return hybridSql(this.#name, shape, {
      ...request,
      ...condition,
      words,
      vector,
    });
  }

  /**
   * @param {string} query
   * @param {contract.TextSearchOptions} [options]
   * @returns {Promise<contract.TextHit[]>}
   */
  async search(query, options) {
    const { k, offset, depth, rerank, signal } = checkSearch(query, options);
    const statement = await this.toSql(
      query,
      rerank
        ? { ...options, k: Math.max(depth, k + offset), offset: 0 }
        : options,
    );
    if (!statement) return [];
    const hits = await this.#all(statement.sql, statement.params);
    signal?.throwIfAborted();
    if (!rerank || hits.length === 0) return hits;
    const scores = await rerank(query, hits, { signal });
    const numbers = Array.from(scores ?? []);
    if (numbers.length !== hits.length || !numbers.every(Number.isFinite))
      throw new TypeError(
        `search: rerank gave ${describe(scores)}, expected a list with a number for each of ${hits.length} hits`,
      );
    return hits
      .map((hit, i) => ({ ...hit, score: numbers[i] }))
      .sort((a, b) => b.score - a.score)
      .slice(offset, offset + k);
  }
}
