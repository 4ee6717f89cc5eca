// vss-wasm/worker: the API of vss-wasm with every method asynchronous, in a dedicated Worker of its
// own.
//
// The types are derived from index.d.ts, so that both say the same. What differs is listed once,
// in the three interfaces below.
import type {
  Database,
  Facet,
  FacetOptions,
  Hit,
  InitOptions,
  InsertColumns,
  InsertManyOptions,
  InsertRowOf,
  Location,
  OpenOptions,
  Row,
  Id,
  SearchOptions,
  Statement,
  StatementParams,
  Vector,
  VssTable,
} from "./index.js";

export type * from "./index.js";
export { decode, encode, mergeTopK, version, VssError } from "./index.js";

/**
 * Remember where the module comes from, and which kernels shall run. Each database loads the module
 * in its own Worker.
 */
export function init(options?: InitOptions & WorkerOptions): Promise<void>;
/** As in vss-wasm, and "opfs:" works on a page. */
export function open(
  at?: Location,
  options?: OpenOptions & WorkerOptions,
): Promise<AsyncDatabase>;

export interface WorkerOptions {
  /**
   * The Worker that holds the database, where the package's own `worker-thread.js` cannot be found
   * by itself: its address, a function that makes it (for a page with Trusted Types), or a Worker,
   * which serves one database. An address may be of another origin that allows it (CORS).
   */
  worker?: Worker | URL | string | (() => Worker) | undefined;
}

/**
 * What stands on this side for an object of the synchronous API; other values go over as they are.
 */
export type Remote<T> = T extends Database
  ? AsyncDatabase
  : T extends Statement<infer R>
    ? AsyncStatement<R>
    : T extends VssTable
      ? AsyncVssTable
      : T;

/**
 * A class of the synchronous API on this side: every method gives a promise, and so do the
 * properties that have to be asked for. `Other` is what differs: the interface says it instead.
 */
export type Async<
  T,
  Asked extends keyof T = never,
  Other extends keyof T = never,
> = {
  [K in keyof T as Exclude<K, Other | symbol>]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Promise<Remote<R>>
    : K extends Asked
      ? Promise<T[K]>
      : Remote<T[K]>;
};

export interface AsyncStatement<R = Row> extends Async<
  Statement<R>,
  never,
  "get" | "all" | "iterate"
> {
  // Remote<R> would not be R in a function that is generic itself.
  /** The first row, or undefined where there is none. */
  get(...params: StatementParams): Promise<R | undefined>;
  all(...params: StatementParams): Promise<R[]>;
  /** One row at a time; the Worker sends them in batches. */
  iterate(...params: StatementParams): AsyncIterableIterator<R>;
}

export type AsyncTransaction<F extends (...args: any[]) => Promise<unknown>> =
  F & {
    deferred: F;
    immediate: F;
    exclusive: F;
  };

export interface AsyncDatabase extends Async<
  Database,
  "inTransaction",
  "prepare" | "transaction" | "function" | "interrupt"
> {
  /** Compile one statement. */
  prepare<R = Row>(sql: string): Promise<AsyncStatement<R>>;
  /**
   * Here the function is asynchronous. There is one connection: whatever else is asked of it before
   * the function's promise settles is part of the transaction. A second transaction is refused
   * until then.
   */
  transaction<F extends (...args: any[]) => Promise<unknown>>(
    fn: F,
  ): AsyncTransaction<F>;
  /**
   * Refused: a JavaScript function cannot go to a Worker. Open the database in a Worker of yours.
   */
  function(): never;
  /**
   * End the statement that runs with SQLITE_INTERRUPT; what was asked after it is not affected.
   * Throws where the page is not cross-origin isolated, since only shared memory reaches a Worker
   * that is busy. A deadline works everywhere.
   */
  interrupt(): void;
}

export interface AsyncVssTable extends Async<
  VssTable,
  "count",
  "insert" | "insertMany" | "upsert" | "upsertMany" | "facets" | "search"
> {
  // Async<> would lose the type of the row and of the columns.
  insert<T extends InsertRowOf<T>>(row: T): Promise<Id>;
  upsert<T extends InsertRowOf<T>>(row: T): Promise<Id>;
  upsertMany<T extends InsertRowOf<T>>(
    rows: Iterable<T> | InsertColumns,
    options?: InsertManyOptions,
  ): Promise<number>;
  facets<C extends string>(
    columns: readonly C[],
    options?: FacetOptions,
  ): Promise<Record<C, Facet[]>>;
  /** Insert all rows or none. What else is asked meanwhile waits. Gives their number. */
  insertMany<T extends InsertRowOf<T>>(
    rows: Iterable<T> | InsertColumns,
    options?: InsertManyOptions,
  ): Promise<number>;
  /**
   * An abort rejects with the signal's reason at once, and ends the search where interrupt() can.
   */
  search(
    query: Vector,
    options: SearchOptions & { signal?: AbortSignal | undefined },
  ): Promise<Hit[]>;
}
