// Entry for Node, Deno and Bun: the module is read from beside this file.
import { readFileSync } from "node:fs";
import { OPEN } from "../module/sqlite-codes.js";
import { createApi } from "../api/create-api.js";
import { nodeStore, openFile } from "../files/store-node.js";

export * from "../api/exports.js";

/**
 * The module's bytes. The first expression stays as it is: tools that trace a server's files (Nuxt,
 * Next standalone, Vercel) look for it. A bundler that makes an address of it, which is no file,
 * leaves the second, whose name it does not see.
 */
function readModule() {
  try {
    return readFileSync(new URL("./vss.wasm", import.meta.url));
  } catch (cause) {
    const beside = new URL(["vss", "wasm"].join("."), import.meta.url);
    try {
      return readFileSync(beside);
    } catch {
      throw new Error(
        `vss-wasm: could not read ${beside}: ${/** @type {Error} */ (cause).message}. Keep the package out of the bundle (Next: serverExternalPackages), copy vss.wasm beside it, or pass { wasm: ... } to init() or open().`,
        { cause },
      );
    }
  }
}

/** @param {string} rest what follows "file:" */
async function keepFile(rest) {
  const { path, store } = await openFile(rest, {
    readonly: false,
    create: true,
  });
  const { keepInFiles } = await import("../fetch/keep-node.js");
  return keepInFiles(path, store, OPEN);
}

export const { init, open } = createApi({
  wasm: readModule,
  readFile: (url) => readFileSync(url),
  store: nodeStore,
  schemes: { file: openFile },
  keep: { file: keepFile },
  missing: { opfs: 'there is no origin private file system here; use "file:"' },
});
