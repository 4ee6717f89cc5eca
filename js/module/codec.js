// Vectors as bytes: little-endian float32, the BLOB form that every SQL function takes, and what
// vector columns store.
import { describe } from "./errors.js";
import { isFloats, isUint8s, viewTag } from "./kinds.js";

/** @typedef {Extract<import('../entries/index.js').VssColumn, { vector: true }>} VectorColumn */

const bigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/**
 * Reverse the bytes of each number, on a machine whose byte order needs it.
 * @template {Uint8Array} B
 * @param {B} bytes
 * @param {number} [size] of a number
 * @returns {B}
 */
function toLittleEndian(bytes, size = 4) {
  if (bigEndian)
    for (let i = 0; i < bytes.length; i += size)
      bytes.subarray(i, i + size).reverse();
  return bytes;
}

/** The typed array whose bytes are what a column stores, by its element type. */
const ARRAYS = {
  float32: "Float32Array",
  float16: "Float16Array",
  int8: "Int8Array",
  bit: "Uint8Array",
};

/**
 * How many elements of a typed array are one vector of the column; 0 where the array is none that
 * the column takes.
 * @param {VectorColumn} column
 * @param {unknown} value
 */
export function perVector({ element, dimensions }, value) {
  const tag = viewTag(value);
  if (tag === "Float32Array") return dimensions;
  if (tag !== ARRAYS[element]) return 0;
  return element === "bit" ? dimensions / 8 : dimensions;
}

/**
 * A query: as float32, or as a column stores a vector. The core takes what it takes in an INSERT.
 * @param {VectorColumn} column
 * @param {unknown} query
 * @param {string} subject
 */
export function toQuery(column, query, subject) {
  const per = perVector(column, query);
  if (isFloats(query) || (per === 0 && !isUint8s(query)))
    return toFloats(query, subject);
  const own = /** @type {Uint8Array} */ (query);
  if (per && own.length !== per)
    throw new RangeError(
      `${subject} is ${describe(query)} of ${own.length}, expected ${per} for "${column.name}"`,
    );
  return own;
}

/** @param {number} half a finite float16, by its bits */
function halfToNumber(half) {
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  const size = exponent
    ? (1024 + fraction) * 2 ** (exponent - 25)
    : fraction * 2 ** -24;
  return half >> 15 ? -size : size;
}

/**
 * What a column stores, as the typed array of its kind. Where the engine has no Float16Array,
 * halves come as Float32Array.
 * @param {VectorColumn} column
 * @param {Uint8Array} bytes a copy with a buffer of its own
 */
export function fromStored({ element }, bytes) {
  if (element === "float32") return decode(bytes);
  if (element === "bit") return bytes;
  if (element === "int8") return new Int8Array(bytes.buffer);
  const buffer = toLittleEndian(bytes, 2).buffer;
  const Halves = /** @type {any} */ (globalThis).Float16Array;
  return Halves
    ? new Halves(buffer)
    : Float32Array.from(new Uint16Array(buffer), halfToNumber);
}

/**
 * @param {unknown} vector
 * @param {string} [subject]
 * @returns {Float32Array} the argument itself where it is one
 */
export function toFloats(vector, subject = "vector") {
  if (isFloats(vector)) return vector;
  if (viewTag(vector) === "Float16Array")
    return Float32Array.from(/** @type {ArrayLike<number>} */ (vector));
  if (!Array.isArray(vector)) {
    const cure =
      ArrayBuffer.isView(vector) && "length" in vector
        ? " (convert it: Float32Array.from(...))"
        : "";
    throw new TypeError(
      `${subject} is ${describe(vector)}, expected a Float32Array or an array of numbers${cure}`,
    );
  }
  const wrong = vector.findIndex((component) => typeof component !== "number");
  if (wrong >= 0)
    throw new TypeError(
      `${subject}: component ${wrong} is ${describe(vector[wrong])}, expected a number`,
    );
  return Float32Array.from(vector);
}

/**
 * @param {Float32Array | import('../entries/index.js').Halves | readonly number[]} vector
 * @returns {import('../entries/index.js').Bytes}
 */
export function encode(vector) {
  const floats = toFloats(vector);
  return toLittleEndian(
    new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength).slice(),
  );
}

/**
 * @param {Uint8Array} bytes
 * @returns {import('../entries/index.js').Floats}
 */
export function decode(bytes) {
  if (!isUint8s(bytes))
    throw new TypeError(
      `decode: bytes is ${describe(bytes)}, expected a Uint8Array`,
    );
  if (bytes.byteLength % 4 !== 0) {
    throw new RangeError(
      `decode: got ${bytes.byteLength} bytes, expected a multiple of 4`,
    );
  }
  // The copy starts at offset 0 of its own buffer, and is aligned whatever the argument was.
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return new Float32Array(toLittleEndian(copy).buffer);
}
