// vss-wasm/inline: the module and the Worker in the same file as the JavaScript. Files on a disk
// ("file:") are for vss-wasm itself.
import type * as client from "./worker.js";

export * from "./index.js";

/** What `vss-wasm/worker` exports: the database is in a Worker, and "opfs:" works on a page. */
export const worker: Pick<typeof client, "init" | "open">;
