// vss-wasm/worker: the API of vss-wasm with every method asynchronous, in a dedicated Worker of its own.
import type {
  ColumnInfo,
  ColumnValue,
  Hit,
  InsertColumns,
  InsertManyOptions,
  InsertRow,
  Location,
  OpenOptions,
  Row,
  RowId,
  SearchOptions,
  StatementParams,
  Vector,
  VssColumn,
  VssRow,
  WasmSource,
} from "./index.js";

export type * from "./index.js";
export { decode, encode, mergeTopK, version, VssError } from "./index.js";

/** Remember where the module comes from. Each database loads it in its own Worker. */
export function init(options?: { wasm?: WasmSource }): Promise<void>;
/** As in vss-wasm, and "opfs:" works on a page. */
export function open(
  at?: Location,
  options?: OpenOptions,
): Promise<AsyncDatabase>;

export interface AsyncStatement<R = Row> {
  readonly sql: string;
  readonly readonly: boolean;
  readonly reader: boolean;
  readonly database: AsyncDatabase;
  run(
    ...params: StatementParams
  ): Promise<{ changes: number; lastInsertRowid: RowId }>;
  get(...params: StatementParams): Promise<R | undefined>;
  all(...params: StatementParams): Promise<R[]>;
  iterate(...params: StatementParams): AsyncIterableIterator<R>;
  raw(on?: boolean): Promise<AsyncStatement<ColumnValue[]>>;
  pluck(on?: boolean): Promise<AsyncStatement<ColumnValue>>;
  columns(): Promise<ColumnInfo[]>;
  finalize(): Promise<void>;
}

export type AsyncTransaction<F extends (...args: any[]) => Promise<unknown>> =
  F & {
    deferred: F;
    immediate: F;
    exclusive: F;
  };

export interface AsyncDatabase {
  readonly location: string;
  readonly open: boolean;
  readonly readonly: boolean;
  readonly inTransaction: Promise<boolean>;
  exec(sql: string): Promise<this>;
  prepare<R = Row>(sql: string): Promise<AsyncStatement<R>>;
  /**
   * Here the function is asynchronous. There is one connection: whatever else is asked of it before the function's
   * promise settles is part of the transaction. Calling a second one meanwhile is refused.
   */
  transaction<F extends (...args: any[]) => Promise<unknown>>(
    fn: F,
  ): AsyncTransaction<F>;
  vss0(
    name: string,
    columns?: Record<string, number | string>,
  ): Promise<AsyncVssTable>;
  /**
   * End the statement that runs with SQLITE_INTERRUPT; what was asked after it is not affected. Throws where the page is not
   * cross-origin isolated: a running Worker can be reached through shared memory only. A deadline works everywhere.
   */
  interrupt(): void;
  serialize(): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface AsyncVssTable {
  readonly name: string;
  readonly database: AsyncDatabase;
  readonly count: Promise<number>;
  readonly columns: readonly VssColumn[];
  insert(row: InsertRow): Promise<RowId>;
  /** Goes over in chunks, so that progress and abort work; vectors are handed over, not cloned. */
  insertMany(
    rows: Iterable<InsertRow> | InsertColumns,
    options?: InsertManyOptions,
  ): Promise<number>;
  get(id: RowId): Promise<VssRow | undefined>;
  delete(id: RowId): Promise<boolean>;
  /** An abort rejects with the signal's reason at once, and ends the search where interrupt() can. */
  search(
    query: Vector,
    options: SearchOptions & { signal?: AbortSignal },
  ): Promise<Hit[]>;
}
