// open(at, { from }): the database is there before it is opened. A copy is made beside the place
// where it is to be, checked, and renamed at last, so that whatever goes wrong leaves what was
// there.
import { download, number, Unreachable } from "./download.js";

/**
 * @import { Database } from '../entries/index.js'
 * @import { Facts } from './download.js'
 * @import { Keep } from '../entries/core.js'
 * @import { FileObject, Store } from '../module/vfs.js'
 *
 * @typedef {object} Tools
 * @property {(message: string, cause?: unknown) => Error} error
 * @property {(how: { readonly?: boolean, deadline?: number }, store?: Store) =>
 *   Promise<Database>} open the database, or what is in the store
 */

const IDLE_MS = 30_000;

const hasStream = (/** @type {any} */ from) =>
  typeof (from?.body ?? from)?.getReader === "function";

/**
 * What does not fit, as the end of a sentence.
 * @param {any} options
 */
function wrongOption({ from, revalidate, sha256, onProgress, idleTimeout }) {
  const isSource =
    (typeof from === "string" && from !== "") ||
    typeof from === "function" ||
    hasStream(from) ||
    /URL|Request/.test(Object.prototype.toString.call(from));
  if (!isSource)
    return "from names no source, expected an address, a function, a Response or a stream";
  if (revalidate !== undefined && typeof revalidate !== "boolean")
    return `revalidate is ${revalidate}, expected true or false`;
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256))
    return `sha256 is ${JSON.stringify(sha256)}, expected 64 hexadecimal digits`;
  if (onProgress !== undefined && typeof onProgress !== "function")
    return "onProgress is no function";
  if (idleTimeout !== undefined && !(idleTimeout > 0))
    return `idleTimeout is ${idleTimeout}, expected milliseconds`;
  return undefined;
}

/** @param {string | undefined} note */
function factsOf(note) {
  try {
    const facts = JSON.parse(note ?? "null");
    return typeof facts === "object" && facts ? facts : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The name of a source for messages.
 * @param {any} from
 */
const nameOf = (from) =>
  typeof from === "function" || hasStream(from)
    ? from.url || "the source"
    : String(from.url ?? from);

/**
 * Make sure that the database is there.
 * @param {any} options of open()
 * @param {string} location
 * @param {Keep | undefined} keep undefined for a database in memory
 * @param {Tools} tools
 * @returns {Promise<Uint8Array | undefined>} the bytes of a database in memory
 */
export async function obtain(options, location, keep, tools) {
  const wrong = wrongOption(options);
  if (wrong) throw new TypeError(`open: ${wrong}`);
  const { from, revalidate = false, onProgress, create = true } = options;
  const { idleTimeout = IDLE_MS } = options;
  const sha256 = options.sha256?.toLowerCase();
  /** @param {number} size of what is there */
  const failing = (size) => {
    const rest = !keep
      ? ""
      : size > 0
        ? `; ${location} (${number(size)} bytes) is as it was`
        : `; there is no ${location} yet`;
    return (/** @type {string} */ why, /** @type {unknown} */ cause) =>
      tools.error(`open: ${nameOf(from)}: ${why}${rest}`, cause);
  };
  const wanted = { from, sha256, onProgress, idleTimeout };

  if (!keep) {
    const fail = failing(0);
    const pieces = new Pieces();
    await telling(download({ ...wanted, fail }, pieces.write));
    const bytes = pieces.all();
    if (options.untrusted) await check(fileOf(bytes), tools, fail);
    return bytes;
  }

  const isWanted = async () => {
    const size = await keep.size();
    const known = size > 0 ? factsOf(await keep.note()) : undefined;
    const isOther = sha256 !== undefined && known?.sha256 !== sha256;
    return {
      size,
      known: isOther ? undefined : known,
      is: size > 0 ? isOther || revalidate : create,
    };
  };
  if (!(await isWanted()).is) return undefined;
  return keep.alone(async (draft) => {
    // Somebody else may have made the copy meanwhile.
    const { is, size, known } = await isWanted();
    if (!is) return undefined;
    const fail = failing(size);
    const write = (/** @type {Uint8Array} */ piece, /** @type {number} */ at) =>
      draft.write(piece, at);
    const copying = download({ ...wanted, known, fail }, write);
    const copied = await telling(copying, size > 0 && !sha256);
    if (!copied || copied.isSame) return undefined;
    draft.flush();
    if (options.untrusted) await check(draft, tools, fail);
    try {
      // What a crash left is for the old one.
      if (size > 0) (await tools.open({ readonly: false })).close();
      await keep.swap(JSON.stringify(copied.facts), size > 0);
    } catch (error) {
      throw fail(/** @type {Error} */ (error).message, error);
    }
    return undefined;
  });
}

/**
 * The result, or undefined where the source cannot be reached and that does no harm.
 * @template T
 * @param {Promise<T>} copying
 * @param {boolean} [isKept] there is a copy to go on with
 */
async function telling(copying, isKept = false) {
  try {
    return await copying;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (isKept) return undefined;
    throw error.cause;
  }
}

/**
 * Throws where the copy is damaged.
 * @param {Pick<FileObject, "read" | "size">} draft
 * @param {Tools} tools
 * @param {(why: string, cause?: unknown) => Error} fail
 */
async function check(draft, tools, fail) {
  const none = () => {};
  const file = {
    read: (/** @type {Uint8Array} */ target, /** @type {number} */ at) =>
      draft.read(target, at),
    size: () => draft.size(),
    ...{ write: none, truncate: none, flush: none, close: none },
  };
  const exists = () => false;
  const store = { open: () => file, delete: none, exists, close: none };
  let found;
  try {
    const db = await tools.open({ readonly: true, deadline: Infinity }, store);
    found = db.prepare("pragma quick_check(1)").pluck().get();
    db.close();
  } catch (error) {
    throw fail(/** @type {Error} */ (error).message, error);
  }
  if (found !== "ok") throw fail(`it is damaged: ${found}`);
}

/**
 * Bytes as a file.
 * @param {Uint8Array} bytes
 */
const fileOf = (bytes) => ({
  read(/** @type {Uint8Array} */ target, /** @type {number} */ at) {
    const part = bytes.subarray(at, at + target.length);
    target.set(part);
    return part.length;
  },
  size: () => bytes.length,
});

/** A file in memory, written from its beginning to its end. */
class Pieces {
  /** @type {Uint8Array[]} */ #pieces = [];
  #size = 0;

  write = (/** @type {Uint8Array} */ piece) => {
    this.#pieces.push(piece);
    this.#size += piece.length;
  };

  all() {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
}
