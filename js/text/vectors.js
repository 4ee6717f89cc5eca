// From texts to vectors: what an embed function gives is checked before anything is stored.
import { toFloats } from "../module/codec.js";
import { describe } from "../module/errors.js";

/** @import { Embed, EmbedOptions } from '../entries/text.js' */

/**
 * One vector for each text, in any form in which encoders give them: a list of vectors, a tensor
 * such as that of transformers.js ({ data, dims: [texts, dimensions] }), or one Float32Array with
 * all of them.
 * @param {any} result
 * @param {number} count of the texts
 * @param {string} subject
 * @returns {Float32Array[]}
 */
function split(result, count, subject) {
  const flat = ArrayBuffer.isView(result?.data) ? result.data : result;
  if (Array.isArray(flat)) {
    if (flat.length !== count)
      throw new RangeError(
        `${subject} gave ${flat.length} vectors for ${count} texts`,
      );
    return flat.map((vector, i) => toFloats(vector, `${subject}: vector ${i}`));
  }
  if (!ArrayBuffer.isView(flat))
    throw new TypeError(
      `${subject} gave ${describe(result)}, expected a list of ${count} vectors`,
    );
  const floats = toFloats(flat, `${subject}: data`);
  const dims = result.dims ?? [count, floats.length / count];
  const [given, size] = dims.length === 1 ? [1, dims[0]] : dims;
  if (
    given !== count ||
    dims.length > 2 ||
    !Number.isInteger(size) ||
    size < 1 ||
    size * count !== floats.length
  )
    throw new RangeError(
      `${subject} gave ${floats.length} numbers with the dimensions [${dims}] for ${count} texts`,
    );
  return Array.from({ length: count }, (_, i) =>
    floats.slice(i * size, (i + 1) * size),
  );
}

/**
 * Ask for the vectors of a batch.
 * @param {Embed} embed
 * @param {string[]} texts
 * @param {EmbedOptions} options
 * @param {number | undefined} dimensions where they are known
 * @param {string} subject for messages: `collection notes: embed`
 * @returns {Promise<Float32Array[]>} all of one size
 */
export async function vectorsOf(embed, texts, options, dimensions, subject) {
  const vectors = split(await embed(texts, options), texts.length, subject);
  const size = dimensions ?? vectors[0].length;
  vectors.forEach((vector, i) => {
    if (vector.length !== size || size === 0)
      throw new RangeError(
        `${subject} gave a vector of ${vector.length} components for text ${i} (${describe(texts[i])}), expected ${size || "at least 1"}`,
      );
    const wrong = vector.findIndex((component) => !Number.isFinite(component));
    if (wrong >= 0)
      throw new RangeError(
        `${subject}: component ${wrong} of the vector for text ${i} is ${vector[wrong]}`,
      );
  });
  return vectors;
}

/**
 * What stands for a text in the database: its SHA-256. A page that is not a secure context has no
 * digest; there the text stands for itself.
 * @param {string} text
 * @returns {Promise<Uint8Array | string>}
 */
export async function hashOf(text) {
  const subtle = globalThis.crypto?.subtle;
  return subtle
    ? new Uint8Array(
        await subtle.digest("SHA-256", new TextEncoder().encode(text)),
      )
    : text;
}
