// The wasm heap. No other file touches it, and nothing here gives away a view that lives longer
// than a call.
//
// memory.buffer is looked at on every access, because growth detaches the views over the old one.
// Pointers are made unsigned (>>> 0), since an i32 above 2 GiB is negative in JavaScript.

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** For texts up to this size a loop over ASCII is faster than a call of the decoder. */
const SHORT_TEXT_BYTES = 24;
/** Longer texts are encoded first and then copied, so that no more is reserved than they need. */
const LONG_TEXT_CHARS = 1 << 16;

export class Memory {
  /** @type {WebAssembly.Memory} */ #memory;
  /** @type {(size: number) => number} */ #malloc;
  #bytes = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));
  /** The size in bytes of what newText() or newBytes() made last. */
  size = 0;

  /**
   * @param {WebAssembly.Memory} memory
   * @param {(size: number) => number} malloc throws when out of memory
   */
  constructor(memory, malloc) {
    this.#memory = memory;
    this.#malloc = malloc;
  }

  get #u8() {
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
    return this.#bytes;
  }

  get #data() {
    return this.#u8 && this.#view;
  }

  /** Bytes of the whole memory. */
  get byteLength() {
    return this.#memory.buffer.byteLength;
  }

  /** @param {number} at */
  i32(at) {
    return this.#data.getInt32(at >>> 0, true);
  }

  /** @param {number} at */
  u32(at) {
    return this.#data.getUint32(at >>> 0, true);
  }

  /** @param {number} at */
  f64(at) {
    return this.#data.getFloat64(at >>> 0, true);
  }

  /**
   * @param {number} at
   * @param {number} value
   */
  setU32(at, value) {
    this.#data.setUint32(at >>> 0, value, true);
  }

  /**
   * @param {number} at
   * @param {number} value
   */
  setF64(at, value) {
    this.#data.setFloat64(at >>> 0, value, true);
  }

  /**
   * @param {number} at
   * @param {bigint} value
   */
  setI64(at, value) {
    this.#data.setBigInt64(at >>> 0, value, true);
  }

  /**
   * @param {number} at
   * @param {number} size
   */
  text(at, size) {
    at >>>= 0;
    const u8 = this.#u8;
    if (size <= SHORT_TEXT_BYTES) {
      let text = "";
      let i = 0;
      for (; i < size && u8[at + i] < 128; i++)
        text += String.fromCharCode(u8[at + i]);
      if (i === size) return text;
    }
    return decoder.decode(u8.subarray(at, at + size));
  }

  /**
   * The text up to its terminating zero.
   * @param {number} at
   */
  cText(at) {
    at >>>= 0;
    return at === 0 ? "" : this.text(at, this.#u8.indexOf(0, at) - at);
  }

  /**
   * A copy.
   * @param {number} at
   * @param {number} size
   */
  copy(at, size) {
    at >>>= 0;
    return this.#u8.slice(at, at + size);
  }

  /**
   * A view that a file object may use during one synchronous call, and no longer.
   * @param {number} at
   * @param {number} size
   */
  lend(at, size) {
    at >>>= 0;
    return this.#u8.subarray(at, at + size);
  }

  /**
   * @param {number} at
   * @param {ArrayBufferView} source
   */
  write(at, source) {
    this.#u8.set(
      new Uint8Array(source.buffer, source.byteOffset, source.byteLength),
      at >>> 0,
    );
  }

  /**
   * Write a text as UTF-8, at most `room` bytes. Returns its size.
   * @param {number} at
   * @param {number} room
   * @param {string} text
   */
  writeText(at, room, text) {
    at >>>= 0;
    return encoder.encodeInto(text, this.#u8.subarray(at, at + room)).written;
  }

  /**
   * A text as zero-terminated UTF-8 in newly allocated memory; `size` becomes its length without
   * the zero.
   * @param {string} text
   */
  newText(text) {
    if (text.length > LONG_TEXT_CHARS) {
      const bytes = encoder.encode(text);
      const at = this.#malloc(bytes.length + 1);
      this.#u8.set(bytes, at);
      this.#u8[at + bytes.length] = 0;
      this.size = bytes.length;
      return at;
    }
    const room = text.length * 3;
    const at = this.#malloc(room + 1);
    const u8 = this.#u8;
    this.size = encoder.encodeInto(text, u8.subarray(at, at + room)).written;
    u8[at + this.size] = 0;
    return at;
  }

  /** @param {ArrayBufferView} source */
  newBytes(source) {
    const at = this.#malloc(source.byteLength);
    this.write(at, source);
    this.size = source.byteLength;
    return at;
  }
}

/** @param {string} text UTF-16 offset of a byte offset into the UTF-8 of a text. */
export function utf16Offset(text, byteOffset = 0) {
  return decoder.decode(encoder.encode(text).subarray(0, byteOffset)).length;
}
