// Rows on their way into a vss0 table, packed so that a chunk of them crosses into wasm once.
//
//   table     one {address, stride} a column (VssJsColumn of wasm/statement.c, 8 bytes)
//   vectors   the chunk's vectors of one column side by side, stride = 4 * dimensions
//   cells     {type, size, value} a row where vectors are NULL or come in other forms, and for other columns
//   heap      texts and BLOBs that cells point at
//
// SQLite binds by pointer straight from there.
import { toFloats } from "./codec.js";
import { checkInt64, checkNumber, isBytes, refuse } from "./values.js";

const CELL_BYTES = 16;
const COLUMN_BYTES = 8;
const TYPE = { INTEGER: 1, FLOAT: 2, TEXT: 3, BLOB: 4, NULL: 5 };

/**
 * A part of a batch: what one parameter gets, row by row. A Float32Array of `stride` bytes a row, or a list.
 * @typedef {{ name: string, floats?: Float32Array, stride: number, values: readonly unknown[] }} Part
 */

/**
 * A vector in one of the forms JavaScript has, as bytes; other values go as they are, for the core to judge.
 * @param {unknown} value
 * @param {string} subject
 */
export const vectorValue = (value, subject) =>
  Array.isArray(value) ? toFloats(value, subject) : value;

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
 * Write one cell; returns where the heap goes on.
 * @param {import('./memory.js').Memory} memory
 * @param {number} at
 * @param {unknown} value
 * @param {number} heap
 * @param {() => string} subject
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
 * Run the statement for `rows` rows. What a row holds wrong is an error that begins with `row <first + i>`.
 * @param {import('./capi.js').Capi} capi
 * @param {import('../api/statement.js').Statement} statement
 * @param {Part[]} parts one a parameter
 * @param {number} rows
 * @param {number} first number of the first row, for messages
 */
export function runBatch(capi, statement, parts, rows, first) {
  const { x, memory } = capi;
  const head = COLUMN_BYTES * parts.length + 8;
  const sizes = parts.map(
    (part) => (part.floats ? part.stride : CELL_BYTES) * rows,
  );
  const room = parts.reduce(
    (sum, part) => sum + (part.floats ? 0 : heapRoom(part, rows)),
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
        for (let row = 0; row < rows; row++) {
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
    statement.runBatch(rows, parts.length, base, outDone);
  } catch (error) {
    if (error instanceof Error && error.name === "VssError" && !capi.poison) {
      error.message = `row ${first + memory.u32(outDone)}: ${error.message}`;
    }
    throw error;
  } finally {
    if (!capi.poison) x.sqlite3_free(base);
  }
}
