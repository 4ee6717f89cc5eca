// Which JavaScript values SQL can hold, and the errors for those that it cannot.
//
//   null            NULL        whole number, boolean, bigint   INTEGER      other number   REAL
//   string          TEXT        Uint8Array, Int8Array, Float32Array or Float16Array  BLOB
//
// marshal.js carries them into the module and out of it. This file needs no module, since the page
// of the worker client uses it too.
import { toFloats } from "./codec.js";
import { describe } from "./errors.js";
import { isBytes, tagOf, viewTag } from "./kinds.js";

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Throw the TypeError for a value that SqlValue does not allow. It says what to do instead.
 * @param {unknown} value
 * @param {string} subject
 * @returns {never}
 */
export function refuse(value, subject) {
  let cure = "";
  if (value === undefined) cure = " (use null for NULL)";
  else if (Array.isArray(value))
    cure = " (encode() makes a vector of it, JSON.stringify() a text)";
  else if (tagOf(value) === "Date") cure = " (use toISOString() or getTime())";
  else if (tagOf(value) === "ArrayBuffer")
    cure = " (use new Uint8Array(buffer))";
  else if (ArrayBuffer.isView(value) && "length" in value)
    cure = " (Float32Array.from() makes a vector of it)";
  throw new TypeError(
    `${subject} is ${describe(value)}, expected null, a number, bigint, string, boolean, Uint8Array, Float32Array or Int8Array${cure}`,
  );
}

/**
 * @param {bigint} value
 * @param {string} subject
 */
export function checkInt64(value, subject) {
  if (value < MIN_INT64 || value > MAX_INT64) {
    throw new RangeError(
      `${subject} is ${value}n, which does not fit SQLite's 64-bit integers`,
    );
  }
  return value;
}

/**
 * @param {number} value
 * @param {string} subject
 */
export function checkNumber(value, subject) {
  // SQLite would store NULL for it.
  if (Number.isNaN(value))
    throw new TypeError(`${subject} is NaN, which SQL cannot hold (use null)`);
  return value;
}

/**
 * A value that a statement can be given, or an error that names it.
 * @param {unknown} value
 * @param {string} subject
 * @returns {import('../entries/index.js').SqlValue}
 */
export function checkValue(value, subject) {
  if (typeof value === "number") return checkNumber(value, subject);
  if (typeof value === "bigint") return checkInt64(value, subject);
  if (
    value === null ||
    typeof value === "string" ||
    typeof value === "boolean" ||
    isBytes(value)
  )
    return /** @type {any} */ (value);
  return refuse(value, subject);
}

/**
 * The value of a vector column. An array of numbers becomes a Float32Array, and a Float16Array does
 * where the column stores no halves. Any other value goes on as it is, since the core has the words
 * for what is wrong with it.
 * @param {import('./codec.js').VectorColumn} column
 * @param {unknown} value
 * @param {string} subject
 */
export const vectorValue = ({ element }, value, subject) =>
  Array.isArray(value) ||
  (element !== "float16" && viewTag(value) === "Float16Array")
    ? toFloats(value, subject)
    : value;

/**
 * A rowid in the form in which the API takes it.
 * @param {unknown} id
 * @param {string} subject
 */
export function checkRowId(id, subject) {
  if (typeof id === "bigint") return checkInt64(id, subject);
  if (typeof id !== "number")
    throw new TypeError(
      `${subject} is ${describe(id)}, expected a whole number or a bigint`,
    );
  if (!Number.isSafeInteger(id)) {
    throw new RangeError(
      `${subject} is ${id}, expected a whole number (a bigint beyond 2^53)`,
    );
  }
  return id;
}
