// What cannot be sent to a Worker, by name.
import { describe } from "../module/errors.js";

/**
 * The innermost part of the value that cannot be cloned, and the way to it.
 * @param {any} value that cannot be cloned
 * @param {string} where
 * @returns {[string, unknown]}
 */
function culprit(value, where) {
  if (typeof value === "object" && value !== null)
    for (const [key, item] of Object.entries(value)) {
      try {
        structuredClone(item);
      } catch {
        return culprit(item, `${where}.${key}`);
      }
    }
  return [where, value];
}

/**
 * The error of a call with such an argument.
 * @param {string} method
 * @param {readonly unknown[]} args
 * @param {unknown} cause the engine's error, which names neither
 */
export function uncloneable(method, args, cause) {
  for (const [i, arg] of args.entries()) {
    try {
      structuredClone(arg);
    } catch {
      const [where, value] = culprit(arg, `argument ${i + 1}`);
      return new TypeError(
        `${method}: ${where} is ${describe(value)}, which cannot go to a Worker`,
        { cause },
      );
    }
  }
  return cause;
}
