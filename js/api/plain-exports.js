// The exports that need no module, which the page of the worker client has too.
export { decode, encode } from "../module/codec.js";
export { VssError } from "../module/vss-error.js";
export { version } from "../module/version.js";
export { mergeTopK } from "./merge.js";
