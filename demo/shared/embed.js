/**
 * A text encoder in a page of code, for examples that run anywhere at once. Every word and every
 * three letters of a word push some of the 256 numbers up or down (feature hashing), so that texts
 * that share words or parts of words lie near each other. It knows nothing of meaning. An
 * application would use the vectors of a model here: vss-wasm accepts any.
 */

import { tokenize } from "../encoder/tokenize.js";

export const DIMENSIONS = 256;

/** FNV-1a: 32 bits of a string. */
function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++)
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/**
 * @param {string} text
 * @returns {Float32Array} length 1, or all zero for a text without words
 */
export function embed(text) {
  const vector = new Float32Array(DIMENSIONS);
  const push = (feature, weight) => {
    const h = hash(feature);
    vector[h % DIMENSIONS] += h & 0x80000000 ? weight : -weight;
  };
  for (const term of tokenize(text)) {
    push(term, 1);
    const framed = `^${term}$`;
    for (let i = 0; i + 3 <= framed.length; i++)
      push(framed.slice(i, i + 3), 0.4);
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((x) => x / length);
}
