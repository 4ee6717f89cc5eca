// Checks of arguments whose errors help.
import { isPlain } from "./kinds.js";

/**
 * Edits (insertions, deletions, replacements, swaps of neighbours) between two short words.
 * @param {string} a
 * @param {string} b
 */
function distance(a, b) {
  /** @type {number[][]} */
  const rows = [];
  for (let i = 0; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      if (i === 0) {
        rows[0].push(j);
        continue;
      }
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        rows[i - 1][j] + 1,
        rows[i][j - 1] + 1,
        rows[i - 1][j - 1] + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2][j - 2] + 1);
      rows[i].push(best);
    }
  }
  return rows[a.length][b.length];
}

/**
 * What a message about an unknown name ends with: `, did you mean "k"?` where a known name is near,
 * else `, expected one of ...`.
 * @param {string} name
 * @param {readonly string[]} known
 */
export function suggest(name, known) {
  const lower = name.toLowerCase();
  let best = "";
  let bestDistance = Math.floor(name.length / 2) + 1;
  for (const candidate of known) {
    const d =
      name.length > 64 ? Infinity : distance(lower, candidate.toLowerCase());
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  if (best) return `, did you mean "${best}"?`;
  return known.length === 1
    ? `, expected "${known[0]}"`
    : `, expected one of ${known.join(", ")}`;
}

/**
 * A value as a message names it.
 * @param {unknown} value
 */
export function describe(value) {
  if (value === null) return "null";
  if (typeof value === "string")
    return value.length > 40
      ? `a text of ${value.length} characters`
      : JSON.stringify(value);
  if (
    typeof value === "number" ||
    typeof value === "boolean" ||
    value === undefined
  )
    return String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object") {
    const name = value.constructor?.name;
    return name ? `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}` : "an object";
  }
  return `a ${typeof value}`;
}

/**
 * The options object, checked for unknown names; an empty one where none was given.
 * @param {any} options
 * @param {readonly string[]} known
 * @param {string} subject
 * @returns {any}
 */
export function checkOptions(options, known, subject) {
  if (options === undefined) return {};
  if (!isPlain(options)) {
    throw new TypeError(
      `${subject}: options are ${describe(options)}, expected a plain object`,
    );
  }
  for (const name of Reflect.ownKeys(options).map(String)) {
    if (!known.includes(name))
      throw new TypeError(
        `${subject}: unknown option "${name}"${suggest(name, known)}`,
      );
  }
  return options;
}

/**
 * A truthy text such as "false" must not decide, nor a promise.
 * @param {Record<string, unknown>} flags by name
 * @param {string} subject
 */
export function checkFlags(flags, subject) {
  for (const [name, value] of Object.entries(flags)) {
    if (typeof value !== "boolean")
      throw new TypeError(
        `${subject}: ${name} is ${describe(value)}, expected true or false`,
      );
  }
}

/**
 * Refuse further arguments, which would be ignored: values that nobody binds, rows that nobody
 * stores.
 * @param {ArrayLike<unknown>} given
 * @param {string} first what the one argument is
 * @param {string} cure
 */
export function checkAlone(given, first, cure) {
  if (given.length > 1)
    throw new TypeError(
      `${first} is one argument, got ${given.length}: ${cure}`,
    );
}

/**
 * @param {any} signal of any realm, or undefined
 * @param {string} subject
 * @returns {AbortSignal | undefined}
 */
export function checkSignal(signal, subject) {
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function")
    throw new TypeError(
      `${subject}: signal is ${describe(signal)}, expected an AbortSignal`,
    );
  return signal;
}

/**
 * @param {unknown} value
 * @param {string} subject
 * @returns {number}
 */
export function checkCount(value, subject) {
  if (typeof value !== "number")
    throw new TypeError(
      `${subject} is ${describe(value)}, expected a whole number`,
    );
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(
      `${subject} is ${value}, expected a whole number from 0 up`,
    );
  }
  return value;
}

/**
 * @param {unknown} value
 * @param {string} subject
 * @returns {string}
 */
export function checkText(value, subject) {
  if (typeof value !== "string")
    throw new TypeError(`${subject} is ${describe(value)}, expected a string`);
  // SQLite would stop reading at it, and would do half of what was asked for without an error.
  const at = value.indexOf("\0");
  if (at >= 0)
    throw new TypeError(`${subject} has a NUL character at offset ${at}`);
  return value;
}

/** @param {string} name */
export const quote = (name) => `"${name.replaceAll('"', '""')}"`;

/**
 * The symbol that `using` looks for. A runtime that has no Symbol.dispose yet gets one of ours.
 * @type {typeof Symbol.dispose}
 */
export const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
