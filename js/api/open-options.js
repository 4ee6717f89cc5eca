// The options of open(), for every entry.
import { checkCount, checkFlags, describe } from "../module/errors.js";

/** Where the database comes from: fetch/obtain.js checks them. */
export const SOURCE_OPTIONS = [
  "from",
  "revalidate",
  "sha256",
  "onProgress",
  "idleTimeout",
];
export const OPEN_OPTIONS = [
  ...SOURCE_OPTIONS,
  "readonly",
  "create",
  "wasm",
  "untrusted",
  "deadline",
  "memoryLimit",
  "stop",
  "onBuild",
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
  onBuild,
}) {
  checkFlags({ readonly, create, untrusted }, "open");
  if (deadline !== Infinity) checkCount(deadline, "open: deadline");
  checkCount(memoryLimit, "open: memoryLimit");
  for (const [name, value] of Object.entries({ stop, onBuild }))
    if (value !== undefined && typeof value !== "function")
      throw new TypeError(
        `open: ${name} is ${describe(value)}, expected a function`,
      );
  const limits = { untrusted, deadline, memoryLimit, stop };
  return { readonly, create, ...limits, onBuild };
}
