/**
 * Latent semantic analysis: a text encoder learnt from a collection of texts in seconds.
 *
 *   terms of a text ──(1 + ln tf) · idf──► sparse vector ──projection──► a vector of length 1
 *
 * The projection is the leading right singular vectors of the weighted term-document matrix, so
 * words that occur beside the same words end near each other. It knows only the words of the
 * collection that it was learnt from. That is its limit, and why the page also offers a neural
 * model.
 *
 * The projection is kept as bytes with one scale per term, in a quarter of the size; the ranking
 * stays the same. Row t of the encoder is scale[t] * projection[t * dimensions ..].
 */

import { tokenize } from "./tokenize.js";
import { truncatedSvd } from "./matrix.js";

/** @typedef {{ text: string, weight?: number }} Field a part of a document; a word's weight */
/**
 * @typedef {{ dimensions: number, terms: string[], scale: Float32Array, projection: Int8Array }}
 *   Model
 */

const FORMAT = 1;

/** Weighted term counts of a document. */
function countTerms(document) {
  const counts = new Map();
  const fields = typeof document === "string" ? [{ text: document }] : document;
  for (const { text, weight = 1 } of fields) {
    for (const term of tokenize(text))
      counts.set(term, (counts.get(term) ?? 0) + weight);
  }
  return counts;
}

const damp = (count) => Math.log(1 + count);

/**
 * The `most` terms that the most documents contain, in a fixed order, with the document count of
 * each.
 */
function chooseTerms(counted, most) {
  const frequency = new Map();
  for (const counts of counted)
    for (const term of counts.keys())
      frequency.set(term, (frequency.get(term) ?? 0) + 1);
  return [...frequency]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, most);
}

/** The log-tf x idf matrix, each document scaled to length 1 so that long ones do not dominate. */
function weigh(counted, index, idf) {
  const start = new Uint32Array(counted.length + 1);
  const columns = [];
  const values = [];
  counted.forEach((counts, i) => {
    const from = values.length;
    let sum = 0;
    for (const [term, count] of counts) {
      const t = index.get(term);
      if (t === undefined) continue;
      const value = damp(count) * idf[t];
      columns.push(t);
      values.push(value);
      sum += value * value;
    }
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
    for (let p = from; p < values.length; p++) values[p] *= scale;
    start[i + 1] = values.length;
  });
  return {
    rows: counted.length,
    cols: idf.length,
    start,
    columns: Uint32Array.from(columns),
    values: Float64Array.from(values),
  };
}

/**
 * Learns an encoder from documents.
 *
 * @param {(string | Field[])[]} documents at least two, with at least two different words among
 *   them
 * @param {{ dimensions?: number, maxTerms?: number, seed?: number, iterations?: number,
 *   onProgress?: (done: number) => void }} [options]
 * @returns {Encoder}
 */
export function learn(
  documents,
  { dimensions = 128, maxTerms = 20000, seed = 1, iterations, onProgress } = {},
) {
  const counted = documents.map(countTerms);
  const chosen = chooseTerms(counted, maxTerms);
  if (documents.length < 2 || chosen.length < 2) {
    throw new RangeError(
      `learn: ${documents.length} documents with ${chosen.length} different words, expected at least 2 of each`,
    );
  }
  const terms = chosen.map(([term]) => term);
  const index = new Map(terms.map((term, i) => [term, i]));
  const idf = Float64Array.from(chosen, ([, count]) =>
    Math.log(1 + documents.length / count),
  );
  const { rank, right } = truncatedSvd(weigh(counted, index, idf), dimensions, {
    seed,
    iterations,
    onProgress,
  });

  // A collection of few texts has a lower rank: the rest of each row stays zero.
  const scale = new Float32Array(terms.length);
  const projection = new Int8Array(terms.length * dimensions);
  for (let t = 0; t < terms.length; t++) {
    const row = right.subarray(t * rank, (t + 1) * rank);
    let greatest = 0;
    for (const x of row) greatest = Math.max(greatest, Math.abs(x));
    if (greatest === 0) continue;
    for (let j = 0; j < rank; j++)
      projection[t * dimensions + j] = Math.round((row[j] / greatest) * 127);
    scale[t] = (greatest / 127) * idf[t];
  }
  return new Encoder({ dimensions, terms, scale, projection });
}

export class Encoder {
  /** @type {Map<string, number>} */
  #index;
  #sorted;

  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.dimensions = model.dimensions;
    this.#index = new Map(model.terms.map((term, i) => [term, i]));
  }

  /**
   * A document's vector: length 1, or all zero where it has no known word.
   * @param {string | Field[]} document
   * @returns {Float32Array}
   */
  encode(document) {
    const sum = new Float64Array(this.dimensions);
    for (const [term, count] of countTerms(document))
      this.#add(sum, this.#index.get(term), damp(count));
    return unit(sum);
  }

  /**
   * A query's vector. A word that is not known stands for the known words that begin with it,
   * because a person may still be typing, or else for those one letter away, because of a slip.
   * @param {string} text
   * @returns {{ vector: Float32Array, known: boolean, unknown: string[] }} known: at least one word
   *   was understood
   */
  encodeQuery(text) {
    const sum = new Float64Array(this.dimensions);
    const unknown = [];
    let understood = 0;
    for (const [term, count] of countTerms(text)) {
      const exact = this.#index.get(term);
      const meant = exact === undefined ? this.#guess(term) : [exact];
      if (meant.length === 0) unknown.push(term);
      else understood++;
      for (const t of meant) this.#add(sum, t, damp(count) / meant.length);
    }
    return { vector: unit(sum), known: understood > 0, unknown };
  }

  #add(sum, t, weight) {
    if (t === undefined) return;
    const { scale, projection } = this.model;
    const factor = weight * scale[t];
    const from = t * this.dimensions;
    for (let j = 0; j < this.dimensions; j++)
      sum[j] += factor * projection[from + j];
  }

  /** The known terms that begin with this one, or else those that differ from it by one letter. */
  #guess(term) {
    if (term.length < 2) return [];
    this.#sorted ??= this.model.terms
      .map((_, i) => i)
      .sort((a, b) => (this.model.terms[a] < this.model.terms[b] ? -1 : 1));
    const begins = this.#beginning(term);
    if (begins.length > 0) return begins;
    const near = [];
    if (term.length >= 5)
      this.model.terms.forEach(
        (known, t) => oneLetterApart(term, known) && near.push(t),
      );
    return near;
  }

  #beginning(prefix) {
    const { terms } = this.model;
    let low = 0;
    let high = terms.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (terms[this.#sorted[middle]] < prefix) low = middle + 1;
      else high = middle;
    }
    const found = [];
    for (
      let i = low;
      i < terms.length &&
      found.length < 12 &&
      terms[this.#sorted[i]].startsWith(prefix);
      i++
    )
      found.push(this.#sorted[i]);
    return found;
  }

  /** The encoder as one block of bytes; Encoder.fromBytes reads it back. */
  toBytes() {
    const { dimensions, terms, scale, projection } = this.model;
    const header = new TextEncoder().encode(
      JSON.stringify({ format: FORMAT, dimensions, terms }),
    );
    const padded = (header.length + 3) & ~3;
    const bytes = new Uint8Array(
      4 + padded + scale.byteLength + projection.byteLength,
    ).fill(0x20);
    new DataView(bytes.buffer).setUint32(0, padded, true);
    bytes.set(header, 4);
    bytes.set(
      new Uint8Array(scale.buffer, scale.byteOffset, scale.byteLength),
      4 + padded,
    );
    bytes.set(
      new Uint8Array(
        projection.buffer,
        projection.byteOffset,
        projection.byteLength,
      ),
      4 + padded + scale.byteLength,
    );
    return bytes;
  }

  /** @param {Uint8Array} bytes */
  static fromBytes(bytes) {
    const copy = bytes.slice();
    const padded = new DataView(copy.buffer).getUint32(0, true);
    if (copy.length < 4 + padded)
      throw new RangeError(
        `encoder file: header of ${padded} bytes in a file of ${copy.length}`,
      );
    const { format, dimensions, terms } = JSON.parse(
      new TextDecoder().decode(copy.subarray(4, 4 + padded)),
    );
    if (format !== FORMAT)
      throw new RangeError(
        `encoder file: format ${format}, expected ${FORMAT}`,
      );
    const expected = 4 + padded + terms.length * (4 + dimensions);
    if (copy.length !== expected)
      throw new RangeError(
        `encoder file: ${copy.length} bytes, expected ${expected}`,
      );
    const scale = new Float32Array(copy.buffer, 4 + padded, terms.length);
    const projection = new Int8Array(
      copy.buffer,
      4 + padded + scale.byteLength,
    );
    return new Encoder({ dimensions, terms, scale, projection });
  }
}

function unit(sum) {
  let square = 0;
  for (const x of sum) square += x * x;
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  return Float32Array.from(sum, (x) => x * scale);
}

/**
 * True where one letter was added, left out, mistaken or swapped with the next. The first letter is
 * taken as meant.
 */
function oneLetterApart(a, b) {
  if (Math.abs(a.length - b.length) > 1 || a[0] !== b[0]) return false;
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  if (a.length === b.length && a[i] === b[i + 1] && a[i + 1] === b[i])
    return a.slice(i + 2) === b.slice(i + 2);
  const skipA = a.length >= b.length ? 1 : 0;
  const skipB = b.length >= a.length ? 1 : 0;
  return a.slice(i + skipA) === b.slice(i + skipB);
}
