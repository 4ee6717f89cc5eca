// Entry for Cloudflare Workers, where a module may not be compiled from bytes: the import is compiled beforehand.
// @ts-ignore: the runtime and its bundlers make a WebAssembly.Module of it
import wasm from './vss.wasm';
import { createApi } from './core.js';

export { Database, decode, encode, mergeTopK, search, Statement, version, VssError, vss0, VssTable } from './core.js';

const noFiles = 'Workers have no files; use openDurable() in a Durable Object, or open(bytes) and serialize() with R2 or KV';

export const { init, open } = createApi({
  wasm: () => wasm,
  missing: { file: noFiles, opfs: noFiles },
});
