// Entry for Node, Deno and Bun: the module is read from beside this file.
import { readFileSync } from "node:fs";
import { createApi } from "../api/create-api.js";
import { nodeStore, openFile } from "../files/store-node.js";

export * from "../api/exports.js";

export const { init, open } = createApi({
  wasm: () => new URL("./vss.wasm", import.meta.url),
  readFile: (url) => readFileSync(url),
  store: nodeStore,
  schemes: { file: openFile },
  missing: { opfs: 'there is no origin private file system here; use "file:"' },
});
