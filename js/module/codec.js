// Vectors as bytes: little-endian float32, the BLOB form that every SQL function takes.
import { describe } from "./errors.js";
import { isFloats, isUint8s } from "./kinds.js";

const bigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/**
 * Reverse the bytes of each float32, on a machine whose byte order needs it.
 * @template {Uint8Array} B
 * @param {B} bytes
 * @returns {B}
 */
function toLittleEndian(bytes) {
  if (bigEndian)
    for (let i = 0; i < bytes.length; i += 4)
      bytes.subarray(i, i + 4).reverse();
  return bytes;
}

/**
 * @param {unknown} vector
 * @param {string} [subject]
 * @returns {Float32Array} the argument itself where it is one
 */
export function toFloats(vector, subject = "vector") {
  if (isFloats(vector)) return vector;
  if (!Array.isArray(vector)) {
    const cure = isUint8s(vector)
      ? " (a BLOB becomes a vector by decode())"
      : ArrayBuffer.isView(vector) && "length" in vector
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
 * @param {import('../entries/index.js').Vector} vector
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
