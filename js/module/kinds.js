// What a value is, whichever realm it is from. An iframe, a vm context and a test runner have
// classes of their own, which `instanceof` does not know.

/**
 * The name of the built-in class: "Map", "Date", "ArrayBuffer", "Response"; "Object" where a class
 * is a program's own.
 * @param {unknown} value
 */
export const tagOf = (value) =>
  Object.prototype.toString.call(value).slice(8, -1);

/**
 * The same for typed arrays: "" where it is none. An ordinary object cannot pass for one.
 * @param {any} value
 * @returns {string}
 */
export const viewTag = (value) =>
  ArrayBuffer.isView(value)
    ? /** @type {any} */ (value)[Symbol.toStringTag]
    : "";

/**
 * @param {unknown} value
 * @returns {value is Float32Array}
 */
export const isFloats = (value) => viewTag(value) === "Float32Array";

/**
 * @param {unknown} value
 * @returns {value is Uint8Array}
 */
export const isUint8s = (value) => viewTag(value) === "Uint8Array";

/**
 * What SQL takes as a BLOB.
 * @param {unknown} value
 * @returns {value is Uint8Array | Float32Array | Int8Array}
 */
export const isBytes = (value) =>
  ["Uint8Array", "Float32Array", "Int8Array", "Float16Array"].includes(
    viewTag(value),
  );

/**
 * An object as `{}` makes it. Nothing that such an object says is hidden in a class.
 * @param {any} value
 * @returns {value is Record<string, unknown>}
 */
export function isPlain(value) {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  // Only the Object.prototype of a realm has this method as its own.
  return prototype === null || Object.hasOwn(prototype, "isPrototypeOf");
}

/**
 * Names and values: a plain object, or one of a program's own classes that has properties. A Map, a
 * promise and the like have none, and what is in them would be passed over.
 * @param {any} value
 * @returns {value is Record<string, unknown>}
 */
export const isRecord = (value) =>
  isPlain(value) ||
  (typeof value === "object" &&
    tagOf(value) === "Object" &&
    Object.keys(value).length > 0);
