// Entry for Cloudflare Workers. A module may not be compiled from bytes there, so that the import
// is compiled beforehand.
// @ts-ignore: the runtime and its bundlers make a WebAssembly.Module of it
import wasm from "./vss.wasm";
// @ts-ignore: the same
import relaxed from "./vss-relaxed.wasm";
import { OPEN } from "../module/sqlite-codes.js";
import { createApi } from "../api/create-api.js";
import { checkOptions, checkText } from "../module/errors.js";
import { OPEN_OPTIONS } from "../api/open-options.js";
import { durableStore, prepare } from "../files/store-durable.js";

export * from "../api/exports.js";

const noFiles =
  "Workers have no files; use openDurable() in a Durable Object, or open(bytes) and serialize() with R2 or KV";

const api = createApi({
  wasm: () => wasm,
  relaxed: () => relaxed,
  missing: { file: noFiles, opfs: noFiles },
});

export const { init, open } = api;

/** @type {typeof import("./index.workerd.js").openDurable} */
export async function openDurable(storage, options) {
  const { name = "main", ...rest } = checkOptions(
    options,
    ["name", ...OPEN_OPTIONS],
    "openDurable",
  );
  checkText(name, "openDurable: name");
  const location = `durable:${name}`;
  // A wrong storage is told at once.
  prepare(storage);
  return api.openIn(
    location,
    () => durableStore(storage, name, rest),
    rest,
    async () =>
      (await import("../fetch/keep-durable.js")).keepInDurable(
        storage,
        name,
        durableStore,
        OPEN,
      ),
  );
}
