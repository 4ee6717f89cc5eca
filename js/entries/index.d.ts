// vss-wasm: SQLite and exact, filtered vector search in one WebAssembly module.
//
// This file is the contract. `npm run check:types` compares it with the code in js/, member by member and
// in both directions (tests/js/lib/contract.ts).

// Disposable and Symbol.dispose, for whoever compiles for a target that has neither.
/// <reference lib="esnext.disposable" />

/** Where the compiled module comes from. */
export type WasmSource =
  | WebAssembly.Module
  | URL
  | string
  | ArrayBuffer
  | Uint8Array
  | Response
  | Promise<Response>;

/**
 * Load and compile the module ahead of the first `open()`, which otherwise does it. A failed call may be repeated.
 * The first source wins: later ones are ignored once a module is compiled.
 */
export function init(options?: { wasm?: WasmSource }): Promise<void>;

/**
 * ":memory:"; "file:path" (Node, Deno, Bun); "opfs:name" (a dedicated Worker in a browser);
 * or the bytes of a database, which are copied.
 */
export type Location =
  ":memory:" | `file:${string}` | `opfs:${string}` | Uint8Array | ArrayBuffer;

export interface OpenOptions {
  /** Refuse every change. Default false. */
  readonly?: boolean;
  /** Create the database where there is none. Default true. */
  create?: boolean;
  /** As for `init()`. */
  wasm?: WasmSource;
  /**
   * SQL or a file comes from somebody else: SQLite's published limits for that, no ATTACH (and so no VACUUM), a check of the file
   * while it is opened, and a deadline. Default false.
   */
  untrusted?: boolean;
  /** Milliseconds that one statement may take, then it ends with SQLITE_INTERRUPT. Default: none; 5,000 with `untrusted`. */
  deadline?: number;
  /** Bytes that SQLite and the index may allocate, then a statement ends with SQLITE_NOMEM. Default 0: no limit. */
  memoryLimit?: number;
  /** Asked all the time while a statement runs; true ends it with SQLITE_INTERRUPT. To be quick. */
  stop?: () => boolean;
}

/** Open a database. A location that looks persistent is persistent, or this rejects and says why. */
export function open(at?: Location, options?: OpenOptions): Promise<Database>;

/** What SQL can hold. Typed arrays are BLOBs of their bytes; booleans become 1 and 0. */
export type SqlValue =
  | null
  | number
  | bigint
  | string
  | boolean
  | Uint8Array
  | Float32Array
  | Int8Array;
/** Values by position, or by name (with or without the prefix `:`, `@` or `$`). */
export type Params = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;
export type Vector = Float32Array | readonly number[];
/** A number while it is exact (within 2^53), else a bigint. Both are accepted. */
export type RowId = number | bigint;
/** What SQL gives back: integers as numbers while they are exact, else bigints; BLOBs as copies. */
export type ColumnValue = null | number | bigint | string | Uint8Array;
export type Row = Record<string, ColumnValue>;

/** Parameters of a statement: one list, one object, or the values themselves. */
export type StatementParams = [] | [params: Params] | SqlValue[];

export interface ColumnInfo {
  /** As the row's property is called. */
  name: string;
  /** Origin, where the column comes straight from a table. */
  column: string | null;
  table: string | null;
  database: string | null;
  /** The declared type. */
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
  /** Run to the end; rows are dropped. */
  run(...params: StatementParams): { changes: number; lastInsertRowid: RowId };
  /** The first row, if any. */
  get(...params: StatementParams): R | undefined;
  all(...params: StatementParams): R[];
  /** One row at a time. The statement is busy until the iteration ends. */
  iterate(...params: StatementParams): IterableIterator<R>;
  /** Rows as arrays instead of objects, from now on. */
  raw(on?: boolean): Statement<ColumnValue[]>;
  /** The first column's value instead of a row, from now on. */
  pluck(on?: boolean): Statement<ColumnValue>;
  columns(): ColumnInfo[];
  /** Free it. Calling again does nothing; using it afterwards throws. */
  finalize(): void;
  [Symbol.dispose](): void;
}

/** A function that runs in a transaction of its own; inside another transaction, in a savepoint. */
export type Transaction<F extends (...args: any[]) => unknown> = F & {
  deferred: F;
  immediate: F;
  exclusive: F;
};

export interface FunctionOptions {
  /** Same arguments, same result. Default false. */
  deterministic?: boolean;
  /** Callable from views, triggers and indexes too, whoever wrote them: it reads and changes nothing. Default false. */
  innocuous?: boolean;
  /** Any number of arguments. Default: as many as the function declares. */
  varargs?: boolean;
}

export class Database implements Disposable {
  private constructor();
  readonly location: string;
  readonly open: boolean;
  readonly readonly: boolean;
  readonly inTransaction: boolean;
  /** Run one or more statements; rows are dropped. */
  exec(sql: string): this;
  /** Compile one statement. */
  prepare<R = Row>(sql: string): Statement<R>;
  /** Wrap a function. It must not return a promise: a transaction is over when the function returns. */
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
   * A vss0 table. With columns: created unless it is there already with these columns. Without: opened.
   * A number is a vector's dimensions; a text starting with "(" a vector with options; another text an SQL type.
   */
  vss0(name: string, columns?: Record<string, number | string>): VssTable;
  /** End the running statement with SQLITE_INTERRUPT: for functions that SQL calls, and for `stop`. */
  interrupt(): void;
  /** The database as bytes. Open statements survive; `open(bytes)` is the way back. */
  serialize(): Uint8Array;
  /** Finalize all statements and close. Calling again does nothing. */
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
  | "JensenShannon";

export type VssColumn =
  | {
      readonly name: string;
      readonly vector: true;
      readonly dimensions: number;
      readonly metric: Metric;
    }
  | { readonly name: string; readonly vector: false; readonly type: string };

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
  isNull?: boolean;
}
/** Every condition must hold. A bare value means equality, null means IS NULL. Values are always bound, never pasted. */
export type Where = { readonly [column: string]: SqlValue | Comparison };

export interface SearchOptions {
  /** How many rows, at most. Fewer come back only when fewer qualify. */
  k: number;
  /** The vector column; needed only where there are several. */
  column?: string;
  /** An SQL condition over the table's columns, or an object. */
  where?: string | Where;
  /** Parameters of an SQL condition. */
  params?: Params;
  /** Further columns of the hits. */
  select?: readonly string[];
  /** Leave out what is farther (INNER_PRODUCT: what is smaller). */
  maxDistance?: number;
  /** Skip this many hits first. */
  offset?: number;
}

/** rowid, distance and the selected columns. */
export interface Hit {
  rowid: RowId;
  distance: number;
  [column: string]: ColumnValue | Float32Array;
}

export type VssRow = { rowid: RowId } & Record<
  string,
  ColumnValue | Float32Array
>;
export type InsertRow = Readonly<Record<string, SqlValue | Vector>>;
/** Column by column: all vectors of a column in one Float32Array, other columns as lists. */
export type InsertColumns = Readonly<
  Record<string, Float32Array | readonly (SqlValue | Vector)[]> & {
    rowids?: readonly RowId[] | BigInt64Array;
  }
>;
export interface InsertManyOptions {
  /** Called between chunks, with the rows done so far and, where it is known, their total. */
  onProgress?: (done: number, total: number | undefined) => void;
  /** Looked at between chunks; an abort takes all rows back and throws the signal's reason. */
  signal?: AbortSignal;
}

export class VssTable {
  private constructor();
  readonly name: string;
  readonly database: Database;
  /** Number of rows. */
  readonly count: number;
  readonly columns: readonly VssColumn[];
  insert(row: InsertRow): RowId;
  /** In one transaction: all rows or none. Returns how many. */
  insertMany(
    rows: Iterable<InsertRow> | InsertColumns,
    options?: InsertManyOptions,
  ): number;
  get(id: RowId): VssRow | undefined;
  delete(id: RowId): boolean;
  /** The k nearest rows that satisfy the condition, nearest first. */
  search(query: Vector, options: SearchOptions): Hit[];
}

/** The methods as functions, for those who prefer them. */
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

/** Little-endian float32: the BLOB form that every SQL function takes. */
export function encode(vector: Vector): Uint8Array;
/** A copy, at any alignment. RangeError unless the length is a multiple of 4. */
export function decode(bytes: Uint8Array): Float32Array;

/** The exact k nearest of several lists of hits. Pass "desc" for INNER_PRODUCT. Ties go to the earlier list. */
export function mergeTopK<H extends { distance: number }>(
  lists: readonly (readonly H[])[],
  k: number,
  order?: "asc" | "desc",
): H[];

/** What SQLite or the core refused. */
export class VssError extends Error {
  /** SQLite's name, as "SQLITE_CONSTRAINT_PRIMARYKEY"; "VSS_TRAPPED" and "VSS_ABI" are ours. */
  readonly code: string;
  /** SQLite's extended result code. */
  readonly errcode: number;
  /** SQLite's general text for the code. */
  readonly errstr: string;
  /** Where in the SQL text, if SQLite knows. */
  readonly offset?: number;
}

export const version: {
  readonly vss: string;
  readonly sqlite: string;
  readonly simd: "baseline" | "relaxed";
};
