// Everything in one file: for plugins, browser extensions, pages without a server and bundles that
// can hold no second file.
import { createApi } from "../api/create-api.js";
import { loadModule } from "../module/load.js";
import { createClient } from "../worker/client.js";
import { opfsPlatform } from "./opfs-platform.js";
// @ts-ignore: tools/build.mjs makes these two modules of what it has built before
import packed from "inline:vss.wasm";
// @ts-ignore: the same
import thread from "inline:worker-thread.js";

export * from "../api/exports.js";

/** The module, which lies here as base64 of a gzip file. */
function unpack() {
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  const headers = { "content-type": "application/wasm" };
  return new Response(stream, { headers });
}

export const { init, open } = createApi({
  wasm: unpack,
  ...opfsPlatform,
  missing: {
    file: 'there is no file system here; use worker.open("opfs:..."), or bytes',
  },
});

/** @type {Promise<WebAssembly.Module> | undefined} */
let compiled;

/** @type {Pick<typeof import("./worker.js"), "init" | "open">} What vss-wasm/worker exports. */
export const worker = createClient({
  start() {
    // No module: a page without a server may not load one.
    const script = new Blob([thread], { type: "text/javascript" });
    return new Worker(URL.createObjectURL(script));
  },
  address: () => new URL(globalThis.location.href),
  wasm: () => (compiled ??= loadModule(unpack())),
});
