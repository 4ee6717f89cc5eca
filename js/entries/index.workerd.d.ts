// vss-wasm in Cloudflare Workers.
import type { Database, OpenOptions } from "./index.js";

export * from "./index.js";

export interface DurableOptions extends OpenOptions {
  /** An object may hold several databases. Default "main". */
  name?: string;
}

/**
 * Open a database in the storage of a Durable Object with SQLite storage:
 * `openDurable(ctx.storage)`. Its pages are rows there, and a commit is as durable as any write of
 * the object.
 */
export function openDurable(
  storage: {
    sql: { exec(query: string, ...bindings: any[]): any };
    transactionSync<T>(closure: () => T): T;
  },
  options?: DurableOptions,
): Promise<Database>;
