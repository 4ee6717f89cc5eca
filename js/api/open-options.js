// The options of open(), for every entry.
import { checkCount, checkFlags, describe } from "../module/errors.js";

export const OPEN_OPTIONS = [
  "readonly",
  "create",
  "wasm",
  "untrusted",
  "deadline",
  "memoryLimit",
  "stop",
];

/** The deadline in milliseconds that { untrusted: true } brings where the caller gives none. */
const UNTRUSTED_DEADLINE = 5000;

/**
 * The options except `wasm`, checked and with their defaults.
 * @param {any} options
 */
export function checkOpenOptions({
  readonly = false,
  create = true,
  untrusted = false,
  deadline = untrusted ? UNTRUSTED_DEADLINE : Infinity,
  memoryLimit = 0,
  stop,
}) {
  checkFlags({ readonly, create, untrusted }, "open");
  if (deadline !== Infinity) checkCount(deadline, "open: deadline");
  checkCount(memoryLimit, "open: memoryLimit");
  if (stop !== undefined && typeof stop !== "function")
    throw new TypeError(`open: stop is ${describe(stop)}, expected a function`);
  return { readonly, create, untrusted, deadline, memoryLimit, stop };
}
