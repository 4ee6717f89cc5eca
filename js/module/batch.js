// A chunk of rows, written so that it crosses into wasm once.
//
//   table     one {address, stride} per column (VssJsColumn of wasm/statement.c, 8 bytes)
//   vectors   the chunk's vectors of one column side by side, stride = the bytes of one
//   cells     one {type, size, value} per row where vectors are NULL or have other forms, and for
//             the other columns
//   heap      texts and BLOBs that cells point at
//
// SQLite binds by pointer straight from there. js/api/rows.js makes the chunks.
import { isBytes } from "./kinds.js";
import { checkInt64, checkNumber, refuse } from "./values.js";

const CELL_BYTES = 16;
const COLUMN_BYTES = 8;
const TYPE = { INTEGER: 1, FLOAT: 2, TEXT: 3, BLOB: 4, NULL: 5 };

/**
 * What one parameter gets, row by row: `floats` with `stride` bytes per row, or `values`.
 * @typedef {object} Part
 * @property {string} name
 * @property {Float32Array | Int8Array | Uint8Array} [floats] or a Float16Array
 * @property {number} stride
 * @property {readonly unknown[]} values
 *
 * Rows that cross together: one part per parameter, `first` being the number of the first row.
 * @typedef {{ parts: Part[], count: number, first: number }} Chunk
 */

/**
 * @param {Part} part
 * @param {number} rows
 */
function heapRoom(part, rows) {
  let room = 0;
  for (let i = 0; i < rows; i++) {
    const value = part.values[i];
    if (typeof value === "string") room += value.length * 3;
    else if (isBytes(value))
      room += /** @type {Uint8Array} */ (value).byteLength;
  }
  return room;
}

/**
 * Write one cell, and its text or bytes at `heap`.
 * @param {import('./memory.js').Memory} memory
 * @param {number} at
 * @param {unknown} value
 * @param {number} heap
 * @param {() => string} subject
 * @returns {number} where the heap goes on
 */
function writeCell(memory, at, value, heap, subject) {
  const bytes = (/** @type {number} */ type, /** @type {number} */ size) => {
    memory.setU32(at, type);
    memory.setU32(at + 4, size);
    memory.setU32(at + 8, heap);
    return heap + size;
  };
  switch (typeof value) {
    case "string":
      return bytes(TYPE.TEXT, memory.writeText(heap, value.length * 3, value));
    case "number":
      if (Number.isSafeInteger(value)) {
        memory.setU32(at, TYPE.INTEGER);
        memory.setI64(at + 8, BigInt(value));
      } else {
        memory.setU32(at, TYPE.FLOAT);
        memory.setF64(
          at + 8,
          value === value ? value : checkNumber(value, subject()),
        );
      }
      return heap;
    case "bigint":
      memory.setU32(at, TYPE.INTEGER);
      memory.setI64(at + 8, checkInt64(value, subject()));
      return heap;
    case "boolean":
      memory.setU32(at, TYPE.INTEGER);
      memory.setI64(at + 8, value ? 1n : 0n);
      return heap;
    default:
      if (value === null || value === undefined) {
        memory.setU32(at, TYPE.NULL);
        return heap;
      }
      if (!isBytes(value)) return refuse(value, subject());
      memory.write(heap, /** @type {Uint8Array} */ (value));
      return bytes(TYPE.BLOB, /** @type {Uint8Array} */ (value).byteLength);
  }
}

/**
 * Run a statement once per row. Throws for a value that SQL cannot hold, before any row is run.
 * @param {import('./capi.js').Capi} capi
 * @param {number} statement
 * @param {Chunk} chunk
 * @returns {{ rc: number, done: number }} SQLite's code, and how many rows it took
 */
export function runBatch(capi, statement, { parts, count, first }) {
  const { x, memory } = capi;
  const head = COLUMN_BYTES * parts.length + 8;
  const sizes = parts.map(
    (part) => (part.floats ? part.stride : CELL_BYTES) * count,
  );
  const room = parts.reduce(
    (sum, part) => sum + (part.floats ? 0 : heapRoom(part, count)),
    0,
  );
  const base = capi.malloc(
    sizes.reduce((sum, size) => sum + ((size + 7) & ~7), head) + room,
  );
  const outDone = base + COLUMN_BYTES * parts.length;
  memory.setU32(outDone, 0);
  try {
    let at = base + head;
    let heap = sizes.reduce((sum, size) => sum + ((size + 7) & ~7), at);
    for (const [i, part] of parts.entries()) {
      memory.setU32(base + i * COLUMN_BYTES, at);
      memory.setU32(base + i * COLUMN_BYTES + 4, part.floats ? part.stride : 0);
      if (part.floats) memory.write(at, part.floats);
      else {
        for (let row = 0; row < count; row++) {
          const subject = () => `row ${first + row}: ${part.name}`;
          heap = writeCell(
            memory,
            at + row * CELL_BYTES,
            part.values[row],
            heap,
            subject,
          );
        }
      }
      at += (sizes[i] + 7) & ~7;
    }
    const rc = x.vss_js_run_batch(
      statement,
      count,
      parts.length,
      base,
      outDone,
    );
    return { rc, done: memory.u32(outDone) };
  } finally {
    capi.free(base);
  }
}
