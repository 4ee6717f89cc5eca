// A sentence encoder for transformers.js that is made here, since no model is downloaded in tests:
// one vector per word, of the demo's encoder, as a BERT model whose only layer looks them up.
//
//   input_ids [batch, length] ──Gather from weights [words, dimensions]──► last_hidden_state
//
// The pipeline does the rest as it does with any model: it splits the text into the words of
// tokenizer.json, runs the graph in ONNX Runtime, pools and normalizes.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { words } from "../../../demo/encoder/tokenize.js";

// ONNX is protocol buffers: a message is a sequence of fields, each with its number and its kind.

/** @param {number} value */
function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128))
    bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

/**
 * A message of fields; the value of each is a number, a text, bytes, a message, or a list of those.
 * @param {[number: number, value: any][]} fields
 * @returns {Buffer}
 */
function message(fields) {
  return Buffer.concat(
    fields.flatMap(([number, given]) =>
      [given].flat().flatMap((value) => {
        if (typeof value === "number")
          return [varint(number * 8), varint(value)];
        const bytes = Buffer.from(value);
        return [varint(number * 8 + 2), varint(bytes.length), bytes];
      }),
    ),
  );
}

const FLOAT = 1;
const INT64 = 7;

/**
 * A ValueInfoProto: the name, the type and the shape of an input or output.
 * @param {string} name
 * @param {number} type
 * @param {(string | number)[]} shape
 */
const tensorInfo = (name, type, shape) => {
  const dims = shape.map((d) => message([[typeof d === "number" ? 1 : 2, d]]));
  const tensor = message([
    [1, type],
    [2, message([[1, dims]])],
  ]);
  return message([
    [1, name],
    [2, message([[1, tensor]])],
  ]);
};

/**
 * A ModelProto that looks up rows of a matrix.
 * @param {Float32Array} weights
 * @param {number} dimensions
 */
function lookUpModel(weights, dimensions) {
  const rows = weights.length / dimensions;
  const node = message([
    [1, ["weights", "input_ids"]],
    [2, "last_hidden_state"],
    [4, "Gather"],
  ]);
  const initializer = message([
    [1, [rows, dimensions]],
    [2, FLOAT],
    [8, "weights"],
    [9, Buffer.from(weights.buffer)],
  ]);
  const ids = ["batch", "length"];
  const graph = message([
    [1, node],
    [2, "look up"],
    [5, initializer],
    [11, tensorInfo("input_ids", INT64, ids)],
    [11, tensorInfo("attention_mask", INT64, ids)],
    [12, tensorInfo("last_hidden_state", FLOAT, [...ids, dimensions])],
  ]);
  const opset = message([[2, 13]]);
  return message([
    [1, 8],
    [7, graph],
    [8, opset],
  ]);
}

/**
 * Write the files of a model that transformers.js loads with dtype "q8".
 * @param {string} folder
 * @param {import("../../../demo/encoder/lsa.js").Encoder} encoder
 * @param {string[]} texts whose words the model knows
 */
export function writeModel(folder, encoder, texts) {
  const known = [...new Set(texts.flatMap((text) => words(text)))];
  const vocabulary = ["[PAD]", "[UNK]", ...known];
  const weights = new Float32Array(vocabulary.length * encoder.dimensions);
  known.forEach((word, i) =>
    weights.set(encoder.encode(word), (i + 2) * encoder.dimensions),
  );
  const files = {
    "config.json": { model_type: "bert", hidden_size: encoder.dimensions },
    "tokenizer_config.json": {
      tokenizer_class: "BertTokenizer",
      model_max_length: 512,
      pad_token: "[PAD]",
      unk_token: "[UNK]",
    },
    "tokenizer.json": {
      version: "1.0",
      added_tokens: ["[PAD]", "[UNK]"].map((content, id) => ({
        id,
        content,
        special: true,
      })),
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        strip_accents: true,
        lowercase: true,
      },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: null,
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
      },
    },
  };
  mkdirSync(join(folder, "onnx"), { recursive: true });
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), JSON.stringify(content));
  writeFileSync(
    join(folder, "onnx/model_quantized.onnx"),
    lookUpModel(weights, encoder.dimensions),
  );
}
