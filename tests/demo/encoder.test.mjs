// The text encoder: the stem, the algebra, the file it is kept in, and that it finds what a person
// means.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { fieldsOf, learnEmoji, readEmoji } from "../../demo/encoder/emoji.js";
import { Encoder, learn } from "../../demo/encoder/lsa.js";
import {
  multiply,
  seededRandom,
  symmetricEigen,
  truncatedSvd,
} from "../../demo/encoder/matrix.js";
import { stem, tokenize } from "../../demo/encoder/tokenize.js";

let emoji;
let encoder;
let vectors;

before(() => {
  emoji = readEmoji();
  encoder = learnEmoji(emoji);
  vectors = emoji.map((item) => encoder.encode(fieldsOf(item)));
});

/** Names of the k emoji nearest to a text, by brute force. */
function nearest(text, k, from = encoder) {
  const query = from.encodeQuery(text).vector;
  const score = (vector) => vector.reduce((sum, x, j) => sum + x * query[j], 0);
  return vectors
    .map((vector, i) => [score(vector), emoji[i].name])
    .sort(([a], [b]) => b - a)
    .slice(0, k)
    .map(([, name]) => name);
}

function assertFinds(text, k, expected) {
  const found = nearest(text, k);
  for (const name of expected)
    assert.ok(
      found.includes(name),
      `"${text}": no ${name} among ${found.join(", ")}`,
    );
}

test("the stem joins the forms of a word and keeps different words apart", () => {
  const families = [
    ["party", "parties"],
    ["dance", "dancing", "danced", "dances"],
    ["swim", "swimming", "swims"],
    ["box", "boxes"],
    ["wish", "wishes", "wishing"],
    ["play", "plays", "playing"],
    ["horse", "horses"],
  ];
  for (const family of families)
    assert.equal(new Set(family.map(stem)).size, 1, family.join(" "));
  assert.notEqual(stem("ring"), stem("r"));
  assert.equal(stem("glass"), "glass");
  assert.equal(stem("bus"), "bus");
});

test("text becomes terms without stop words, accents and punctuation", () => {
  assert.deepEqual(tokenize("The Piñatas, with a SEA-animal!"), [
    "pinata",
    "sea",
    "animal",
  ]);
  assert.deepEqual(tokenize("the of and"), []);
  assert.deepEqual(tokenize(""), []);
});

test("singular vectors are orthonormal and carry the matrix", () => {
  const rows = 30;
  const cols = 20;
  const random = seededRandom(7);
  const dense = Float64Array.from({ length: rows * cols }, () =>
    random() < 0.3 ? random() : 0,
  );
  const start = new Uint32Array(rows + 1);
  const columns = [];
  const values = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      if (dense[i * cols + j] !== 0) {
        columns.push(j);
        values.push(dense[i * cols + j]);
      }
    }
    start[i + 1] = values.length;
  }
  const sparse = {
    rows,
    cols,
    start,
    columns: Uint32Array.from(columns),
    values: Float64Array.from(values),
  };
  const { rank, singular, right } = truncatedSvd(sparse, cols);
  assert.equal(rank, cols);

  const image = multiply(sparse, right, rank);
  for (let a = 0; a < rank; a++) {
    for (let b = 0; b < rank; b++) {
      let inner = 0;
      for (let r = 0; r < rows; r++)
        inner += image[r * rank + a] * image[r * rank + b];
      assert.ok(
        Math.abs(inner - (a === b ? singular[a] ** 2 : 0)) < 1e-6,
        `columns ${a} and ${b}: ${inner}`,
      );
    }
  }
  const energy = dense.reduce((sum, x) => sum + x * x, 0);
  const carried = singular.reduce((sum, x) => sum + x * x, 0);
  assert.ok(Math.abs(energy - carried) < 1e-9 * energy);
});

test("eigenvalues of a known matrix", () => {
  const { values } = symmetricEigen([2, 1, 0, 1, 2, 0, 0, 0, 5], 3);
  assert.deepEqual(
    [...values].map((x) => Math.round(x * 1e9) / 1e9),
    [5, 3, 1],
  );
});

test("the collection has its rows and filters", () => {
  assert.equal(emoji.length, 1914);
  assert.equal(new Set(emoji.map(({ category }) => category)).size, 9);
  for (const { symbol, name, version, skin } of emoji) {
    assert.ok(
      symbol && name && version > 0 && (skin === 0 || skin === 1),
      `${symbol} ${name}`,
    );
  }
});

test("every vector has length 1", () => {
  vectors.forEach((vector, i) => {
    const square = vector.reduce((sum, x) => sum + x * x, 0);
    assert.ok(Math.abs(square - 1) < 1e-5, `${emoji[i].name}: ${square}`);
  });
});

test("it finds what a person means", () => {
  assertFinds("birthday party", 8, [
    "birthday cake",
    "party popper",
    "partying face",
    "balloon",
  ]);
  assertFinds("sea animal", 12, ["octopus", "whale", "dolphin", "shark"]);
  assertFinds("cold weather", 12, ["snowflake", "snowman", "cold face"]);
  assertFinds("music instrument", 12, ["drum", "guitar", "trumpet"]);
});

test("a word that is still being typed, and a slip, mean the word", () => {
  assertFinds("birthd", 8, ["birthday cake", "party popper"]);
  assertFinds("brithday cake", 3, ["birthday cake"]);
});

test("words that are not known say so", () => {
  const { known, unknown, vector } = encoder.encodeQuery("zqxjkv");
  assert.equal(known, false);
  assert.deepEqual(unknown, ["zqxjkv"]);
  assert.ok(vector.every((x) => x === 0));
});

test("the file brings the same encoder back, and a damaged one is refused", () => {
  const bytes = encoder.toBytes();
  const again = Encoder.fromBytes(bytes);
  assert.deepEqual(
    again.encodeQuery("birthday party"),
    encoder.encodeQuery("birthday party"),
  );
  assert.throws(
    () => Encoder.fromBytes(bytes.subarray(0, bytes.length - 1)),
    /expected \d+/,
  );
  assert.throws(
    () => Encoder.fromBytes(bytes.subarray(0, 100)),
    /encoder file/,
  );
});

test("learning is deterministic", () => {
  const documents = emoji.slice(0, 200).map(fieldsOf);
  const once = learn(documents, { dimensions: 16, seed: 3 }).toBytes();
  const twice = learn(documents, { dimensions: 16, seed: 3 }).toBytes();
  assert.deepEqual(once, twice);
});

test("a small collection works, and one too small is refused in words", () => {
  const small = learn(["red apple", "green apple", "red car", "fast car"], {
    dimensions: 8,
  });
  const [apple, car] = [small.encode("apple"), small.encode("car")];
  const red = small.encode("green apple");
  const inner = (a, b) => a.reduce((sum, x, j) => sum + x * b[j], 0);
  assert.ok(inner(red, apple) > inner(red, car));
  assert.throws(
    () => learn(["one"]),
    /learn: 1 documents with 1 different words, expected at least 2/,
  );
});
