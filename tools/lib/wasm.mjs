// Reads a WebAssembly binary: its sections and the opcodes of every function body.
//
// The decoder walks each instruction with its immediates (core specification 2.0, section 5.4), so
// a byte 0xFD inside a constant is not taken for a SIMD prefix. An opcode that it does not know is
// an error, because counting must never go on in the middle of an instruction.

const CODE_SECTION = 10;
const SIMD_PREFIX = 0xfd;
const MISC_PREFIX = 0xfc;

class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }
  byte() {
    if (this.at >= this.end)
      throw new Error(
        `wasm: the file ends inside an instruction at ${this.at}`,
      );
    return this.bytes[this.at++];
  }
  skip(count) {
    this.at += count;
  }
  /** An unsigned LEB128 number below 2^53. */
  u32() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
  /** Any LEB128 number whose value does not matter. */
  leb() {
    while (this.byte() >= 128);
  }
  lebs(count) {
    for (let i = 0; i < count; i++) this.leb();
  }
}

function skipMiscImmediates(reader, op) {
  if (op <= 7) return; // saturating conversions
  if (op <= 17) return reader.lebs([2, 1, 2, 1, 2, 1, 2, 1, 1, 1][op - 8]);
  throw new Error(`wasm: unknown opcode 0xfc ${op} at ${reader.at}`);
}

function skipSimdImmediates(reader, op) {
  if (op <= 11)
    reader.lebs(2); // loads and store: alignment, offset
  else if (op <= 13)
    reader.skip(16); // v128.const, i8x16.shuffle
  else if (op >= 21 && op <= 34)
    reader.skip(1); // a lane
  else if (op >= 84 && op <= 91)
    (reader.lebs(2), reader.skip(1)); // load and store of a lane
  else if (op === 92 || op === 93)
    reader.lebs(2); // load and fill with zeros
  else if (op > 275)
    throw new Error(`wasm: unknown opcode 0xfd ${op} at ${reader.at}`);
}

function skipImmediates(reader, op) {
  if (op === 0x02 || op === 0x03 || op === 0x04)
    reader.leb(); // block type
  else if (op === 0x0e)
    reader.lebs(reader.u32() + 1); // br_table
  else if (op === 0x0c || op === 0x0d || op === 0x10) reader.leb();
  else if (op === 0x11)
    reader.lebs(2); // call_indirect
  else if (op === 0x1c)
    reader.lebs(reader.u32()); // typed select
  else if (op >= 0x20 && op <= 0x26)
    reader.leb(); // locals, globals, tables
  else if (op >= 0x28 && op <= 0x3e)
    reader.lebs(2); // loads and stores
  else if (op === 0x3f || op === 0x40)
    reader.leb(); // memory.size, memory.grow
  else if (op === 0x41 || op === 0x42)
    reader.leb(); // integer constants
  else if (op === 0x43) reader.skip(4);
  else if (op === 0x44) reader.skip(8);
  else if (op === 0xd0 || op === 0xd2)
    reader.leb(); // references
  else if (!isPlain(op))
    throw new Error(
      `wasm: unknown opcode 0x${op.toString(16)} at ${reader.at}`,
    );
}

/** Opcodes without immediates: control, parametric, comparison, arithmetic, conversion. */
const isPlain = (op) =>
  [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(op) ||
  (op >= 0x45 && op <= 0xc4);

/** Calls visit(prefix or 0, opcode) for each instruction of one function body. */
function walkBody(reader, visit) {
  for (let groups = reader.u32(); groups > 0; groups--) reader.lebs(2); // locals: count, type
  while (reader.at < reader.end) {
    const op = reader.byte();
    if (op === SIMD_PREFIX || op === MISC_PREFIX) {
      const sub = reader.u32();
      visit(op, sub);
      (op === SIMD_PREFIX ? skipSimdImmediates : skipMiscImmediates)(
        reader,
        sub,
      );
    } else {
      visit(0, op);
      skipImmediates(reader, op);
    }
  }
}

/** { functions, instructions, simd: Map(opcode → count), simdFunctions } of a module's bytes. */
export function countInstructions(bytes) {
  const magic = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  if (!magic.every((byte, i) => bytes[i] === byte))
    throw new Error("wasm: not a WebAssembly 1.0 module");
  const counts = {
    functions: 0,
    instructions: 0,
    simd: new Map(),
    simdFunctions: 0,
  };
  const reader = new Reader(bytes, magic.length);
  while (reader.at < reader.end) {
    const id = reader.byte();
    const size = reader.u32();
    const next = reader.at + size;
    if (id === CODE_SECTION)
      countSection(new Reader(bytes, reader.at, next), counts);
    reader.at = next;
  }
  return counts;
}

function countSection(section, counts) {
  for (let left = section.u32(); left > 0; left--) {
    const size = section.u32();
    let simd = 0;
    walkBody(
      new Reader(section.bytes, section.at, section.at + size),
      (prefix, op) => {
        counts.instructions++;
        if (prefix !== SIMD_PREFIX) return;
        simd++;
        counts.simd.set(op, (counts.simd.get(op) ?? 0) + 1);
      },
    );
    counts.functions++;
    if (simd > 0) counts.simdFunctions++;
    section.skip(size);
  }
}
