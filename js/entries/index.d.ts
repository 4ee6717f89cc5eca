// vss-wasm: SQLite and exact, filtered vector search in one WebAssembly module.
//
// This file is the contract. `npm run check:types` compares it with the code in js/, member by
// member and in both directions (tests/js/lib/contract.ts).

// Disposable and Symbol.dispose, for whoever compiles for a target that has neither.
/// <reference lib="esnext.disposable" />

/** Where the module comes from: compiled, as an address, as bytes, or as an HTTP response. */
export type WasmSource =
  | WebAssembly.Module
  | URL
  | string
  | ArrayBuffer
  | Uint8Array
  | Response
  | Promise<Response>;

/**
 * Load and compile the module before the first `open()`, which does it otherwise. A call that
 * failed may be repeated. Once a module is compiled, the sources of later calls are ignored.
 */
export function init(options?: InitOptions): Promise<void>;

export interface InitOptions {
  wasm?: WasmSource | undefined;
  /**
   * The kernels of the databases that are opened from here on, for comparing them: "relaxed" needs
   * an engine with relaxed SIMD. By default the fastest ones run. The answers are always the same.
   */
  simd?: "baseline" | "relaxed" | undefined;
}

/**
 * ":memory:"; "file:path" (Node, Deno, Bun); "opfs:name" (a dedicated Worker in a browser);
 * or the bytes of a database, which are copied.
 */
export type Location =
  | ":memory:"
  | `file:${string}`
  | `opfs:${string}`
  | `http://${string}`
  | `https://${string}`
  | URL
  | Uint8Array
  | ArrayBuffer;

/**
 * Where a database comes from: an address; a function that asks for it, which is given the headers
 * that ask whether it has changed; or an answer that already exists. A Worker of
 * `vss-wasm/worker` is given an address.
 */
export type DatabaseSource =
  | string
  | URL
  | ((
      headers: Record<string, string>,
    ) => Promise<DatabaseAnswer> | DatabaseAnswer)
  | DatabaseAnswer
  | ReadableStream<Uint8Array>;
/** A Response, an object of R2, or whatever else has a stream of bytes. */
export interface DatabaseAnswer {
  readonly body: ReadableStream<Uint8Array> | null;
  readonly status?: number;
  readonly headers?: { get(name: string): string | null };
  readonly url?: string;
  /** Bytes, where no header says it. */
  readonly size?: number;
  /** R2's. */
  readonly httpEtag?: string;
}

export interface OpenOptions {
  /** Refuse every change. Default false. */
  readonly?: boolean | undefined;
  /** Create the database where there is none. Default true. */
  create?: boolean | undefined;
  /** As for `init()`. */
  wasm?: WasmSource | undefined;
  /**
   * Say true where SQL or the file comes from somebody else. The limits that SQLite publishes for
   * this case apply, ATTACH is refused (and VACUUM, which needs it), the file is checked while it
   * is opened, and there is a deadline. Default false.
   */
  untrusted?: boolean | undefined;
  /**
   * Milliseconds that one statement may take; then it ends with SQLITE_INTERRUPT. Without
   * `untrusted` there is no deadline by default, with it the default is 5,000.
   */
  deadline?: number | undefined;
  /**
   * Bytes that SQLite and the index may allocate; a statement that needs more ends with
   * SQLITE_NOMEM. The default 0 means that there is no limit.
   */
  memoryLimit?: number | undefined;
  /**
   * This function is called again and again while a statement runs; when it returns true, the
   * statement ends with SQLITE_INTERRUPT. It must be quick, and must not use the database.
   */
  stop?: (() => boolean) | undefined;
  /**
   * This function is called while an index is built from the rows, because the table has no cache:
   * after each 4,096 vectors, and at the end of a larger table. It must not use the database. What it
   * throws ends the statement.
   */
  onBuild?: ((done: number, total: number) => void) | undefined;
  /**
   * Where the database comes from, if it is not there yet. It is copied beside its place, checked,
   * and renamed; whatever goes wrong leaves what was there, and the error says what happened. A gzip
   * file is unpacked. With `create: false` nothing is copied.
   */
  from?: DatabaseSource | undefined;
  /**
   * Ask the source whether it has changed (ETag, Last-Modified), and take the new database then:
   * what was written here into the old one is gone. Where the source cannot be reached, the kept one
   * is opened. Default false.
   */
  revalidate?: boolean | undefined;
  /**
   * The SHA-256 that the copy must have, unpacked: 64 hexadecimal digits. A kept copy that was made
   * for another one is replaced.
   */
  sha256?: string | undefined;
  /** Called with the bytes that came, and how many there will be where the server says it. */
  onProgress?: ((received: number, total?: number) => void) | undefined;
  /** Milliseconds without a byte after which copying ends with an error. Default 30,000. */
  idleTimeout?: number | undefined;
}

/**
 * Open a database. A location that looks persistent is persistent, or the promise is rejected with
 * the reason.
 */
export function open(at?: Location, options?: OpenOptions): Promise<Database>;

/**
 * Bytes that this package gives: a Uint8Array over a buffer of its own, which is not shared. As of
 * TypeScript 5.7 that is Uint8Array<ArrayBuffer>; older versions have no such type.
 */
export type Bytes = ReturnType<typeof Uint8Array.from>;
/** The same for vectors. */
export type Floats = ReturnType<typeof Float32Array.from>;
/** A Float16Array, in engines that have it. */
export interface Halves extends ArrayLike<number>, ArrayBufferView {
  readonly [Symbol.toStringTag]: "Float16Array";
}
/** A vector as its column stores it. Where the engine has no Float16Array, halves are Float32Array. */
export type StoredVector =
  Floats | Halves | ReturnType<typeof Int8Array.from> | Bytes;

/** What SQL can hold. Typed arrays become BLOBs of their bytes, booleans become 1 and 0. */
export type SqlValue =
  | null
  | number
  | bigint
  | string
  | boolean
  | Uint8Array
  | Float32Array
  | Halves
  | Int8Array;
/** Values by position, or by name (with or without the prefix `:`, `@` or `$`). */
export type Params = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;
export type Vector =
  Float32Array | Halves | Int8Array | Uint8Array | readonly number[];
/** A number where that is exact (within 2^53), else a bigint. Both are accepted. */
export type RowId = number | bigint;
/** What identifies a row: its rowid, or its text where the table has a text as its primary key. */
export type Id = RowId | string;
/**
 * What SQL gives back: integers as numbers where those are exact, else as bigints; BLOBs as copies.
 */
export type ColumnValue = null | number | bigint | string | Bytes;
export type Row = Record<string, ColumnValue>;

/** Parameters of a statement: one list, one object, or the values themselves. */
export type StatementParams = [] | [params: Params] | SqlValue[];

export interface ColumnInfo {
  /** The name of the row's property. */
  name: string;
  /**
   * The column that it was read from; null where it is computed. The same holds for the next two.
   */
  column: string | null;
  table: string | null;
  database: string | null;
  /** The type that the table declares for the column. */
  type: string | null;
}

export class Statement<R = Row> implements Disposable {
  private constructor();
  readonly sql: string;
  /** True when the statement cannot change the database. */
  readonly readonly: boolean;
  /** True when the statement gives rows. */
  readonly reader: boolean;
  readonly database: Database;
  // Each of these four takes one list by a signature of its own, too. With that alone, TypeScript
  // accepts a Database where a query builder wants one of better-sqlite3.
  /** Run the statement to its end. Its rows are dropped. */
  run(params: readonly SqlValue[]): { changes: number; lastInsertRowid: RowId };
  run(...params: StatementParams): { changes: number; lastInsertRowid: RowId };
  /** The first row, or undefined where there is none. */
  get(params: readonly SqlValue[]): R | undefined;
  get(...params: StatementParams): R | undefined;
  all(params: readonly SqlValue[]): R[];
  all(...params: StatementParams): R[];
  /** One row at a time. The statement is busy until the iteration ends. */
  iterate(params: readonly SqlValue[]): IterableIterator<R>;
  iterate(...params: StatementParams): IterableIterator<R>;
  /** From now on, rows are arrays instead of objects. */
  raw(on?: boolean): Statement<ColumnValue[]>;
  /** From now on, the value of the first column takes the place of the row. */
  pluck(on?: boolean): Statement<ColumnValue>;
  columns(): ColumnInfo[];
  /** Free the statement. A second call does nothing; any other use throws afterwards. */
  finalize(): void;
  [Symbol.dispose](): void;
}

/**
 * A function that runs in a transaction of its own, or in a savepoint where a transaction is open
 * already.
 */
export type Transaction<F extends (...args: any[]) => unknown> = F & {
  deferred: F;
  immediate: F;
  exclusive: F;
};

export interface FunctionOptions {
  /** The same arguments give the same result. Default false. */
  deterministic?: boolean | undefined;
  /**
   * The function may be called from views, triggers and indexes, whoever wrote them. Say true only
   * where it reads nothing that is secret and changes nothing. Default false.
   */
  innocuous?: boolean | undefined;
  /** The function takes any number of arguments. By default it takes as many as it declares. */
  varargs?: boolean | undefined;
}

export class Database implements Disposable {
  private constructor();
  readonly location: string;
  readonly open: boolean;
  readonly readonly: boolean;
  readonly inTransaction: boolean;
  /** Run one or more statements. Their rows are dropped. */
  exec(sql: string): this;
  /** Compile one statement. */
  prepare<R = Row>(sql: string): Statement<R>;
  /**
   * Make a function that runs in a transaction. `fn` must not return a promise, since the
   * transaction is over when it returns.
   */
  transaction<F extends (...args: any[]) => unknown>(fn: F): Transaction<F>;
  /** Define an SQL function. */
  function(
    name: string,
    fn: (...args: ColumnValue[]) => SqlValue | undefined,
  ): this;
  function(
    name: string,
    options: FunctionOptions,
    fn: (...args: ColumnValue[]) => SqlValue | undefined,
  ): this;
  /**
   * A vss0 table. With `columns`, a table that does not exist is created, and one that exists must
   * have these columns. Without, the table must exist. The definition of a column is a number,
   * which is the dimensions of a vector, a text such as "(384) metric_type=COSINE", which is a
   * vector with options, or an SQL type.
   */
  vss0(name: string, columns?: Record<string, number | string>): VssTable;
  /** End the running statement with SQLITE_INTERRUPT. A function that SQL calls can do so. */
  interrupt(): void;
  /** The database as bytes, which `open(bytes)` opens again. Open statements stay usable. */
  serialize(): Bytes;
  /** Finalize all statements and close. A second call does nothing. */
  close(): void;
  [Symbol.dispose](): void;
}

export type Metric =
  | "L2"
  | "INNER_PRODUCT"
  | "COSINE"
  | "L1"
  | "Linf"
  | "Canberra"
  | "BrayCurtis"
  | "JensenShannon"
  | "HAMMING";

/** What a vector column stores of each component. */
export type Element = "float32" | "float16" | "int8" | "bit";

export type VssColumn =
  | {
      readonly name: string;
      readonly vector: true;
      readonly dimensions: number;
      readonly metric: Metric;
      readonly element: Element;
      /** Of an int8 column: a stored byte c stands for c / scale. */
      readonly scale?: number;
    }
  | {
      readonly name: string;
      readonly vector: false;
      readonly type: string;
      /** The column is the primary key. */
      readonly primaryKey?: true;
    };

export interface Comparison {
  eq?: SqlValue;
  ne?: SqlValue;
  gt?: SqlValue;
  gte?: SqlValue;
  lt?: SqlValue;
  lte?: SqlValue;
  in?: readonly SqlValue[];
  notIn?: readonly SqlValue[];
  like?: string;
  glob?: string;
  /** The least and the greatest value. */
  between?: readonly [SqlValue, SqlValue];
  /** The column is a JSON list that has this value. */
  contains?: SqlValue;
  isNull?: boolean;
}
/**
 * Every condition must hold. A value by itself means that the column equals it, null means IS NULL.
 * Values are bound as parameters and never become part of the SQL text.
 */
export type Where =
  | { readonly [column: string]: SqlValue | Comparison }
  | {
      /** At least one of these must hold. A column of this name goes first; so for the next two. */
      readonly or?: readonly Where[];
      readonly and?: readonly Where[];
      /** As in SQL: a row for which a NULL leaves the condition unknown does not qualify. */
      readonly not?: Where;
    };

export interface SearchOptions {
  /** How many rows are wanted. Fewer are given only where fewer satisfy the condition. */
  k: number;
  /** The vector column. It may be left out where the table has only one. */
  column?: string | undefined;
  /** An SQL condition over the table's columns, or an object. */
  where?: string | Where | undefined;
  /** The parameters of a condition that is SQL text. */
  params?: Params | undefined;
  /** Columns that the hits have beside the id and the distance. */
  select?: readonly string[] | undefined;
  /** Leave out what is farther; with INNER_PRODUCT, what has a smaller product. */
  maxDistance?: number | undefined;
  /** Skip this many hits first. */
  offset?: number | undefined;
}

export interface FacetOptions {
  /** As for a search. */
  where?: string | Where | undefined;
  params?: Params | undefined;
  /** At most so many values of each column. */
  limit?: number | undefined;
}
export interface Facet {
  value: ColumnValue;
  count: number;
}

/**
 * A row that was found: its rowid, its distance and the selected columns. Where the table has a
 * primary key, that column stands in the place of `rowid`, which is missing; so for the next type.
 */
export interface Hit {
  rowid: RowId;
  distance: number;
  [column: string]: ColumnValue | StoredVector;
}

export type VssRow = { rowid: RowId } & Record<
  string,
  ColumnValue | StoredVector
>;
export type InsertRow = Readonly<Record<string, SqlValue | Vector>>;
/** A row whose type is an interface, which has no index signature. */
export type InsertRowOf<T> = { readonly [K in keyof T]: SqlValue | Vector };
/**
 * Rows given by columns: all vectors of a column in one typed array, other columns as lists, and
 * the rowids as `rowids`.
 */
export type InsertColumns = Readonly<
  Record<
    string,
    | Float32Array
    | Halves
    | Int8Array
    | Uint8Array
    | BigInt64Array
    | readonly (SqlValue | Vector)[]
  >
>;
export interface InsertManyOptions {
  /**
   * Called after each chunk with the number of rows inserted so far and, where it is known, of all
   * rows.
   */
  onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  /**
   * Looked at after each chunk. After an abort all rows are taken back, and the signal's reason is
   * thrown.
   */
  signal?: AbortSignal | undefined;
}

export class VssTable {
  private constructor();
  readonly name: string;
  readonly database: Database;
  /** The number of rows. */
  readonly count: number;
  readonly columns: readonly VssColumn[];
  /** Insert one row. Returns its id. */
  insert<T extends InsertRowOf<T>>(row: T): Id;
  /** Insert all rows or none, in one transaction. Returns their number. */
  insertMany<T extends InsertRowOf<T>>(
    rows: Iterable<T> | InsertColumns,
    options?: InsertManyOptions,
  ): number;
  /** The same, but a row whose id exists is replaced as a whole. */
  upsert<T extends InsertRowOf<T>>(row: T): Id;
  upsertMany<T extends InsertRowOf<T>>(
    rows: Iterable<T> | InsertColumns,
    options?: InsertManyOptions,
  ): number;
  /** Change some columns of a row. True when there was such a row. */
  update(id: Id, changes: InsertRow): boolean;
  /** The row with that id, its vectors as typed arrays. */
  get(id: Id): VssRow | undefined;
  /** The rows with these ids, in this order; undefined where there is none. */
  getMany(ids: readonly Id[]): (VssRow | undefined)[];
  /** True when there was such a row. */
  delete(id: Id): boolean;
  /** Gives the number of rows that there were. */
  deleteMany(ids: readonly Id[]): number;
  /**
   * The values of filter columns among the rows that satisfy the condition, with how many rows have
   * each: the most frequent first, equals by value.
   */
  facets<C extends string>(
    columns: readonly C[],
    options?: FacetOptions,
  ): Record<C, Facet[]>;
  /**
   * A condition object as SQL text with a question mark for each value: what search() writes. It is
   * empty for an empty object.
   */
  whereSql(where: Where): { sql: string; values: SqlValue[] };
  /** The k nearest rows that satisfy the condition, nearest first. */
  search(query: Vector, options: SearchOptions): Hit[];
  /**
   * The answers of search() for each query, in their order. Sixteen queries share a pass over the
   * table, unless the condition is SQL text or has a list.
   */
  searchMany(queries: readonly Vector[], options: SearchOptions): Hit[][];
}

/** Two methods as functions, for those who prefer functions. */
export function vss0(
  db: Database,
  name: string,
  columns?: Record<string, number | string>,
): VssTable;
export function search(
  table: VssTable,
  query: Vector,
  options: SearchOptions,
): Hit[];

/** The vector as little-endian float32, the BLOB that every SQL function takes. */
export function encode(
  vector: Float32Array | Halves | readonly number[],
): Bytes;
/**
 * The vector of such a BLOB, as a copy. A RangeError is thrown unless the length is a multiple of
 * 4.
 */
export function decode(bytes: Uint8Array): Floats;

/**
 * The k nearest of several lists of hits, exactly. Pass "desc" for INNER_PRODUCT, where more is
 * nearer. Of hits with the same distance, those of the earlier list go first.
 */
export function mergeTopK<H extends { distance: number }>(
  lists: readonly (readonly H[])[],
  k: number,
  order?: "asc" | "desc",
): H[];

/** What is thrown when SQLite or vss0 refuses something. */
export class VssError extends Error {
  /**
   * SQLite's name of the code, for example "SQLITE_CONSTRAINT_PRIMARYKEY". Two names are this
   * package's own: "VSS_TRAPPED" and "VSS_ABI".
   */
  readonly code: string;
  /** SQLite's extended result code. */
  readonly errcode: number;
  /** SQLite's general text about the code. */
  readonly errstr: string;
  /** The place in the SQL text, where SQLite knows it. */
  readonly offset?: number;
}

export const version: {
  readonly vss: string;
  readonly sqlite: string;
  /** The kernels that run: those of baseline SIMD, or those of relaxed SIMD where it is there. */
  readonly simd: "baseline" | "relaxed";
};
