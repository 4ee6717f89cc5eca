// vss-wasm/core: everything but where the module and the files come from, for a runtime that no entry fits.
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
  /** Read into all of `target`; returns how many bytes there were, fewer only at the end of the file. */
  read(target: Uint8Array, at: number): number;
  /** Write all of `source`, which is lent for the call. */
  write(source: Uint8Array, at: number): void;
  truncate(size: number): void;
  size(): number;
  /** Durable when it returns. */
  flush(): void;
  close(): void;
}

/** Where files are. */
export interface Store {
  /** `flags` are SQLite's SQLITE_OPEN_ bits. */
  open(path: string, flags: number): FileObject;
  /** No error where there is none. */
  delete(path: string): void;
  exists(path: string): boolean;
  close(): void;
}

export interface Platform {
  /** The module, where the caller of `open()` names none. */
  wasm(): WasmSource;
  /** How to read a `file:` URL, where `fetch` cannot. */
  readFile?(url: URL): Promise<BufferSource> | BufferSource;
  /** Files for databases in memory (ATTACH). */
  store?(): Store;
  /** What opens "file:" and "opfs:" locations; `path` is what SQLite will ask the store for. */
  schemes?: Record<
    string,
    (
      path: string,
      how: { readonly: boolean; create: boolean },
    ) => Promise<{ store: Store; path: string }>
  >;
  /** Why a scheme is not there. */
  missing?: Record<string, string>;
}

export function createApi(platform: Platform): Pick<
  typeof api,
  "init" | "open"
> & {
  /** A database in a store of yours; `location` is "scheme:path". */
  openIn(
    location: string,
    store: Store,
    options: OpenOptions,
  ): Promise<Database>;
};
