// vss-wasm/core: for a runtime that no other entry fits. It has everything except the answer to
// where the module and the files come from, which createApi() is given.
import type { Database, OpenOptions, WasmSource } from "./index.js";
import type * as api from "./index.js";

export type * from "./index.js";
export {
  Database,
  decode,
  encode,
  mergeTopK,
  search,
  Statement,
  version,
  VssError,
  vss0,
  VssTable,
} from "./index.js";

/** An open file. Calls are synchronous and may throw. */
export interface FileObject {
  /**
   * Fill `target`. Returns the number of bytes read, which is smaller only at the end of the file.
   */
  read(target: Uint8Array, at: number): number;
  /** Write all of `source`, which is valid during the call only. */
  write(source: Uint8Array, at: number): void;
  truncate(size: number): void;
  size(): number;
  /** When it returns, what was written is durable. */
  flush(): void;
  close(): void;
  /**
   * True where reading 256 KB costs little more than reading a page: a database whose pages are
   * read one after the other is then read so much at a time. What was read is forgotten at each
   * write and each change of a lock.
   */
  ahead?: boolean;
  /** True where the file's name belongs to another file by now, or to none. */
  moved?(): boolean;
  /** Throws where the file was moved. It is called before each commit. */
  checkUnmoved?(): void;
}

/** Where files are. */
export interface Store {
  /** `flags` are SQLite's SQLITE_OPEN_ bits. */
  open(path: string, flags: number): FileObject;
  /** Delete a file. That there is none is no error. */
  delete(path: string): void;
  exists(path: string): boolean;
  /** The one name of a file that has several. Without it, names are taken as they are given. */
  fullPath?(path: string): string;
  close(): void;
}

/** Where copies of databases at an address are kept. `open()` with `from` uses it. */
export interface Keep {
  /** Bytes of the database, 0 where there is none. */
  size(): Promise<number>;
  /** What was last noted beside it. */
  note(): Promise<string | undefined>;
  /**
   * Run where nobody else makes a copy of this database. The draft is an empty file that is removed
   * at the end.
   */
  alone<T>(body: (draft: FileObject) => Promise<T>): Promise<T>;
  /**
   * The draft is the database from now on. Throws where the database is open, or where there is one
   * and it may not be replaced.
   */
  swap(note: string, mayReplace: boolean): Promise<void>;
}

export interface Platform {
  /** The module to use where the caller of `open()` names none. */
  wasm(): WasmSource;
  /** vss-relaxed.wasm, where the runtime compiles no bytes. Elsewhere it is known already. */
  relaxed?(): WebAssembly.Module;
  /** How to read a `file:` URL, where `fetch` cannot. */
  readFile?(url: URL): Promise<BufferSource> | BufferSource;
  /** The files that a database in memory may attach. */
  store?(): Store;
  /**
   * How "file:" and "opfs:" locations are opened. `path` is the name that SQLite will ask the store
   * for.
   */
  schemes?: Record<
    string,
    (
      path: string,
      how: { readonly: boolean; create: boolean },
    ) => Promise<{ store: Store; path: string }>
  >;
  /** How copies are kept in those locations. */
  keep?: Record<string, (path: string) => Promise<Keep>>;
  /** The reason why a scheme is not available, for the error. */
  missing?: Record<string, string>;
}

export function createApi(platform: Platform): Pick<
  typeof api,
  "init" | "open"
> & {
  /**
   * A database in a store of yours; `location` is "scheme:path". A function gives the store once a
   * copy has been made; options that copy need `keep`.
   */
  openIn(
    location: string,
    store: Store | (() => Store),
    options: OpenOptions,
    keep?: () => Promise<Keep>,
  ): Promise<Database>;
};
