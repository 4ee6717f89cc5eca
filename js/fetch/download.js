// Copies a database from an address into a file that nobody uses yet, and checks what came: it was
// all of it, it is an SQLite database, and its hash is the one that was expected.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/**
 * What is known of a copy, to ask later whether its source has changed.
 * @typedef {object} Facts
 * @property {string} [etag]
 * @property {string} [modified] the header Last-Modified
 * @property {string} [sha256] of the database, where one was expected
 *
 * @typedef {object} Copied
 * @property {boolean} isSame the source is what the facts say, and nothing was copied
 * @property {Facts} facts
 *
 * @typedef {object} Wanted
 * @property {any} from an address, or a function, a Response or a stream
 * @property {Facts} [known] of the copy that is kept; a source that it describes is not copied
 * @property {string} [sha256] 64 hexadecimal digits in lower case
 * @property {(done: number, total?: number) => void} [onProgress] bytes over the wire
 * @property {number} idleTimeout milliseconds
 * @property {(why: string, cause?: unknown) => Error} fail
 */

/** A source that could not be reached at all. Its cause is the error to tell where that matters. */
export class Unreachable extends Error {}

export const number = (/** @type {number} */ value) =>
  value.toLocaleString("en");

const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {() => Error} late the error when it takes longer
 * @returns {Promise<T>}
 */
function within(promise, ms, late) {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(late()), ms);
    promise.then(done, fail).finally(() => clearTimeout(timer));
  });
}

/**
 * The headers by which a server tells whether its file has changed.
 * @param {Facts} [known]
 * @returns {Record<string, string>}
 */
const conditionsOf = (known) => ({
  ...(known?.etag && { "if-none-match": known.etag }),
  ...(known?.modified && { "if-modified-since": known.modified }),
});

/**
 * A browser asks another origin for permission before it sends such headers, which few servers
 * give. They are left out there, and the answer's own headers are compared instead.
 * @param {string | URL} url
 */
function isElsewhere(url) {
  const { origin, href } = globalThis.location ?? {};
  return origin !== undefined && new URL(url, href).origin !== origin;
}

/**
 * The answer of the source: a Response, or something that has a body.
 * @param {Wanted} wanted
 * @returns {Promise<any>}
 */
async function ask({ from, known, idleTimeout, fail }) {
  if (typeof from?.getReader === "function") return { body: from };
  if (typeof from?.body?.getReader === "function") return from;
  const stopped = new AbortController();
  const fetched = async () =>
    typeof from === "function"
      ? from(conditionsOf(known))
      : fetch(from, {
          headers: isElsewhere(from) ? {} : conditionsOf(known),
          // Workers of Cloudflare have no cache here, and older ones refuse the option.
          ...(globalThis.location && { cache: "no-cache" }),
          signal: stopped.signal,
        });
  try {
    return await within(fetched(), idleTimeout, () => {
      stopped.abort();
      return new Error(`no answer came for ${number(idleTimeout)} ms`);
    });
  } catch (error) {
    const { message, cause } = /** @type {any} */ (error);
    const why = cause?.message ? `${message} (${cause.message})` : message;
    throw new Unreachable(why, { cause: fail(why, error) });
  }
}

/**
 * The pieces of a stream, as they come.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {(piece: Promise<any>) => Promise<any>} await_ waits for one
 */
async function* piecesOf(stream, await_) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await await_(reader.read());
      if (done) return;
      yield /** @type {Uint8Array} */ (value);
    }
  } finally {
    // What is not wanted any more is not sent any more.
    reader.cancel().catch(() => {});
  }
}

/**
 * The pieces, unpacked where they are a gzip file.
 * @param {AsyncGenerator<Uint8Array>} pieces
 * @param {Wanted["fail"]} fail
 */
async function* unpacked(pieces, fail) {
  const first = await pieces.next();
  if (first.done) return;
  const isPacked = first.value[0] === 0x1f && first.value[1] === 0x8b;
  if (!isPacked) {
    yield first.value;
    return yield* pieces;
  }
  let next = /** @type {Promise<any>} */ (Promise.resolve(first));
  /** @type {unknown} */ let broken;
  const packed = new ReadableStream({
    async pull(stream) {
      const { done, value } = await next;
      if (done) return stream.close();
      stream.enqueue(value);
      next = pieces.next();
      next.catch((why) => (broken = why));
    },
    cancel: () => void pieces.return(undefined),
  });
  const gunzip = /** @type {any} */ (new DecompressionStream("gzip"));
  try {
    yield* piecesOf(packed.pipeThrough(gunzip), (piece) => piece);
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause);
    throw broken ?? fail(`it could not be unpacked: ${message}`, cause);
  }
}

/**
 * Check the first bytes, and that the file is as long as they say.
 * @param {Uint8Array} head
 * @param {number} size
 * @param {string} type
 * @returns {string | undefined} what is wrong
 */
function wrongWith(head, size, type) {
  const text = new TextDecoder("latin1").decode(head);
  if (!text.startsWith(MAGIC))
    return `it is not an SQLite database: content type ${type}, ${number(size)} bytes that begin with ${JSON.stringify(text.slice(0, 40))}`;
  if (head.length < HEADER_BYTES) return `it ends after ${size} bytes`;
  const at = new DataView(head.buffer, head.byteOffset);
  const pageBytes = at.getUint16(16) === 1 ? 65536 : at.getUint16(16);
  // SQLite before 3.7.0 did not count the pages; the number is then of another change.
  const isCounted = at.getUint32(24) === at.getUint32(92);
  const wanted = isCounted ? pageBytes * at.getUint32(28) : 0;
  if (size < wanted)
    return `it has ${number(size)} bytes, and its header says ${number(wanted)}`;
  return undefined;
}

/**
 * Copy the source into `write`, or find that it is the one that is known already.
 * @param {Wanted} wanted
 * @param {(piece: Uint8Array, at: number) => void} write
 * @returns {Promise<Copied>}
 */
export async function download(wanted, write) {
  const { known, onProgress, idleTimeout, fail } = wanted;
  const answer = await ask(wanted);
  const header = (/** @type {string} */ name) =>
    answer?.headers?.get?.(name) ?? undefined;
  const type = header("content-type") ?? "none";
  const facts = {
    etag: header("etag") ?? answer?.httpEtag,
    modified: header("last-modified"),
  };
  const isSame =
    known !== undefined &&
    (answer?.status === 304 ||
      ((facts.etag ?? facts.modified) !== undefined &&
        facts.etag === known.etag &&
        facts.modified === known.modified));
  if (isSame) {
    answer.body?.cancel?.().catch(() => {});
    return { isSame, facts: known };
  }
  if (answer?.status !== undefined && answer.status !== 200) {
    answer.body?.cancel?.().catch(() => {});
    throw fail(`HTTP status ${answer.status}, content type ${type}`);
  }
  if (typeof answer?.body?.getReader !== "function")
    throw fail("the source gave no Response and no stream");

  // The length counts what is sent: where a server packs on the way, what arrives here is more.
  const total =
    Number(header("content-length") ?? answer.size ?? 0) || undefined;
  let received = 0;
  const soFar = () =>
    `${number(received)}${total ? ` of ${number(total)}` : ""} bytes`;
  const idle = () =>
    fail(`no byte came for ${number(idleTimeout)} ms, after ${soFar()}`);
  const wire = (async function* () {
    const ended = (/** @type {unknown} */ cause) => {
      throw fail(`the connection ended after ${soFar()}`, cause);
    };
    const next = (/** @type {Promise<any>} */ piece) =>
      within(piece.catch(ended), idleTimeout, idle);
    for await (const piece of piecesOf(answer.body, next)) {
      received += piece.length;
      onProgress?.(received, total);
      yield piece;
    }
    if (total && received < total) ended(undefined);
  })();

  const hash = wanted.sha256 ? sha256.create() : undefined;
  const head = new Uint8Array(HEADER_BYTES);
  let size = 0;
  const content = unpacked(wire, fail);
  for (;;) {
    const { done, value } = await content.next();
    if (done) break;
    if (size < HEADER_BYTES)
      head.set(value.subarray(0, HEADER_BYTES - size), size);
    try {
      write(value, size);
    } catch (cause) {
      await content.return(undefined);
      const { message } = /** @type {Error} */ (cause);
      throw fail(`${message}, after ${number(size)} bytes were written`, cause);
    }
    size += value.length;
    hash?.update(value);
  }
  const wrong = wrongWith(head.subarray(0, size), size, type);
  if (wrong) throw fail(wrong);
  const digest = hash && bytesToHex(hash.digest());
  if (digest !== wanted.sha256)
    throw fail(`its sha256 is ${digest}, expected ${wanted.sha256}`);
  return { isSame: false, facts: { ...facts, sha256: digest } };
}
