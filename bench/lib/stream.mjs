// The yardstick is a wasm kernel that reads bytes and does nothing else with them.
//
// A scan cannot be faster than reading its codes. This measures how fast that is on this machine,
// at this time, in the same runtime. The module is assembled below, so that it runs wherever the
// benchmark runs, without a compiler.

const LANES = 4;
const BYTES_A_ROUND = 128;
const PAGE_BYTES = 65536;

const name = (text) => [text.length, ...new TextEncoder().encode(text)];
const section = (id, bytes) => [id, ...unsigned(bytes.length), ...bytes];

function unsigned(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

/** sum(from, to) is the XOR of all 16-byte words; to - from is a positive multiple of 128. */
function code() {
  const [get, set, tee] = [0x20, 0x21, 0x22];
  const xor = [0xfd, 0x51];
  const round = [];
  for (let i = 0; i < BYTES_A_ROUND / 16; i++) {
    const lane = 2 + (i % LANES);
    const load = [get, 0, 0xfd, 0x00, 4, ...unsigned(16 * i)];
    round.push(get, lane, ...load, ...xor, set, lane);
  }
  const step = [get, 0, 0x41, 0x80, 0x01, 0x6a, tee, 0]; // from += 128
  const again = [get, 1, 0x49, 0x0d, 0]; // while from < to
  const loop = [0x03, 0x40, ...round, ...step, ...again, 0x0b];
  const joined = [get, 2, get, 3, ...xor, get, 4, ...xor, get, 5, ...xor];
  const body = [1, LANES, 0x7b, ...loop, ...joined, 0xfd, 0x1b, 0, 0x0b];
  return [1, ...unsigned(body.length), ...body];
}

function assemble() {
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]), // (i32, i32) -> i32
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name("sum"), 0, 0, ...name("memory"), 2, 0]),
    ...section(10, code()),
  ]);
}

/**
 * An engine like the others, which only reads.
 * @param {number} bytes how many; rounded up to 128
 */
export async function createStream(bytes) {
  const { instance } = await WebAssembly.instantiate(assemble());
  const { sum, memory } = instance.exports;
  const end = Math.ceil(bytes / BYTES_A_ROUND) * BYTES_A_ROUND;
  memory.grow(Math.ceil(end / PAGE_BYTES));
  const words = new Uint32Array(memory.buffer, 0, end / 4);
  words.forEach((_, i) => (words[i] = Math.imul(i, 2654435761)));
  return {
    name: "streaming read",
    version: "",
    isYardstick: true,
    bytes: end,
    /** What the kernel must return: the same words, XORed by JavaScript. */
    check() {
      let x = 0;
      for (let i = 0; i < words.length; i += 4) x ^= words[i];
      return x === sum(0, end);
    },
    search() {
      const start = performance.now();
      sum(0, end);
      return { ms: performance.now() - start, ids: [] };
    },
    close() {},
  };
}
