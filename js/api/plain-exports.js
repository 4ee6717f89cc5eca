// The exports that need no module: the worker client's page has them too.
export { decode, encode } from "../module/codec.js";
export { VssError } from "../module/errors.js";
export { version } from "../module/version.js";
export { mergeTopK } from "./merge.js";
