// Entry for Node, Deno and Bun: the module is read from beside this file.
import { readFileSync } from "node:fs";
import { createApi } from "./core.js";
import { nodeStore, openFile } from "../files/store-node.js";

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
} from "./core.js";

export const { init, open } = createApi({
  wasm: () => new URL("./vss.wasm", import.meta.url),
  readFile: (url) => readFileSync(url),
  store: nodeStore,
  schemes: { file: openFile },
  missing: { opfs: 'there is no origin private file system here; use "file:"' },
});
