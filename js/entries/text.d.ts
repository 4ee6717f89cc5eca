// vss-wasm/text: a collection of texts, found by meaning and by words.
//
// The embed function makes vectors of texts. It may be any: a model in this thread, in a Worker, or
// behind an address. docs/text.md has the tables and the SQL.
import type {
  ColumnValue,
  Database,
  Metric,
  Params,
  RowId,
  SqlValue,
  Where,
} from "./index.js";
import type { AsyncDatabase } from "./worker.js";

export type { RowId, SqlValue } from "./index.js";

export type AnyDatabase = Database | AsyncDatabase;

export interface EmbedOptions {
  /** "query" for what is looked for, "text" for what is stored. Many models want to know. */
  kind: "text" | "query";
  signal?: AbortSignal | undefined;
}
/** Vectors as encoders give them: a list, or a tensor with its dimensions. */
export type Embeddings =
  | readonly (Float32Array | readonly number[])[]
  | Float32Array
  | { readonly data: ArrayBufferView; readonly dims?: readonly number[] };
/** One vector for each text, all of one size. */
export type Embed = (
  texts: string[],
  options: EmbedOptions,
) => Embeddings | Promise<Embeddings>;

export interface CollectionOptions {
  embed: Embed;
  /**
   * The name of the model that embed uses. It is kept with the collection, and another one is
   * refused from then on.
   */
  model: string;
  /** The column of the text. Default "text". */
  text?: string | undefined;
  /** Columns that conditions may name, with their SQL types. */
  filters?: Readonly<Record<string, string>> | undefined;
  /** Further columns, which are only kept and given back. */
  columns?: Readonly<Record<string, string>> | undefined;
  /** Default "COSINE". */
  metric?: Exclude<Metric, "INNER_PRODUCT"> | undefined;
  /** How FTS5 finds words. Default "unicode61 remove_diacritics 2". */
  tokenize?: string | undefined;
  /** How many texts embed is given at a time, at most. Default 32. */
  batch?: number | undefined;
}

/**
 * Open a collection. Its tables are made when the first row is added, since the first vector says
 * how many dimensions there are.
 */
export function collection(
  database: AnyDatabase,
  name: string,
  options: CollectionOptions,
): Promise<Collection>;
/** Remove a collection with all of its tables. False where there is none of that name. */
export function dropCollection(
  database: AnyDatabase,
  name: string,
): Promise<boolean>;

/** The text, the filters and the other columns, and an id where it is not to be chosen. */
export type TextRow = Readonly<Record<string, SqlValue | undefined>>;

export interface AddOptions {
  /** Called after each batch with the number of different texts that have vectors, and of all. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Looked at before and after each batch. After an abort no row is added. */
  signal?: AbortSignal | undefined;
}

/**
 * A number for each hit; more is better. Such a function reads the texts again, and is slower and
 * better than the search.
 */
export type Rerank = (
  query: string,
  hits: TextHit[],
  options: { signal?: AbortSignal | undefined },
) => ArrayLike<number> | Promise<ArrayLike<number>>;

export interface TextSearchOptions {
  /** How many hits are wanted. Default 10. */
  k?: number | undefined;
  offset?: number | undefined;
  /** A condition over the filters and rowid, as SQL text or as an object. */
  where?: string | Where | undefined;
  /** The values of a condition that is SQL text, by name. */
  params?: Exclude<Params, readonly SqlValue[]> | undefined;
  /** Default "both". */
  mode?: "both" | "meaning" | "words" | undefined;
  /** How many places each of the two lists has, at least. Default 100. */
  depth?: number | undefined;
  /** The constant of reciprocal rank fusion: a small one favours the first places. Default 60. */
  constant?: number | undefined;
  /** What the words count, where the meaning counts 1. Default 1. */
  weight?: number | undefined;
  /** Texts before and after each word found in the snippet. Default ["", ""]. */
  marks?: readonly [before: string, after: string] | undefined;
  /** Orders the first hits again. Its numbers become their scores. */
  rerank?: Rerank | undefined;
  signal?: AbortSignal | undefined;
}

export interface TextHit {
  id: RowId;
  /** The sum over both lists, or rerank's number: more is better. */
  score: number;
  /** To the query's vector; null in the mode "words" and for a row that has no vector yet. */
  distance: number | null;
  /** The place in the list by meaning, from 1; null where the row is not in it. */
  meaning: number | null;
  /** The same for the list by words. */
  words: number | null;
  /** The part of the text in which the words are, or its beginning. */
  snippet: string;
  [column: string]: ColumnValue;
}

export class Collection {
  private constructor();
  readonly name: string;
  readonly database: AnyDatabase;
  /**
   * Add all rows or none. embed is asked only for texts whose vectors are not known. Gives the ids,
   * in the order of the rows.
   */
  add(rows: Iterable<TextRow>, options?: AddOptions): Promise<RowId[]>;
  /** Make the vectors of rows that plain SQL has inserted or changed. Gives their number. */
  refresh(options?: AddOptions): Promise<number>;
  /** The best hits first. */
  search(query: string, options?: TextSearchOptions): Promise<TextHit[]>;
  /**
   * The statement that search() runs, without `rerank`; undefined where there is nothing to find.
   */
  toSql(
    query: string,
    options?: TextSearchOptions,
  ): Promise<{ sql: string; params: Record<string, SqlValue> } | undefined>;
}
