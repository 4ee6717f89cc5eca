// The page's end of the line to one Worker, which holds one database. What the two say to each
// other:
//
//   the page asks      {id, target, method, args}    target: the number of an object over there,
//                                                    0 for the Worker's own functions (thread.js)
//   the Worker says    {id, value}                   a value; its buffers are handed over
//                      {id, itself: true}            the object that was asked (exec() and raw())
//                      {id, made}                    a new object: {kind, target, facts}
//                      {id, error}                   what was thrown, packed by thread.js
//                      {id: 0, name, value}          how far something is, while a call runs: the
//                                                    arguments for the option of that name
import { VssError } from "../module/vss-error.js";
import { cutOut } from "./cut-out.js";
import { uncloneable } from "./uncloneable.js";

/**
 * What a page knows of an object in the Worker: its class, its number, and the properties that
 * never change.
 * @typedef {{ kind: string, target: number, facts: Record<string, any> }} Made
 *
 * The methods and properties of each class over there, by the class's name.
 * @typedef {Record<string, { methods: string[], properties: string[] }>} Classes
 */

/** @type {Record<string, ErrorConstructor>} */
const errorClasses = { TypeError, RangeError, SyntaxError };

/**
 * The error that pack() of thread.js was given, with the stacks of both sides.
 * @param {ReturnType<typeof import('./thread.js').pack>} packed
 */
export function unpack({ name, message, stack, cause, ...facts }) {
  const reason =
    cause && Object.assign(new Error(cause.message), { name: cause.name });
  const error =
    name === "VssError"
      ? new VssError(message, { ...facts, cause: reason })
      : new (errorClasses[name] ?? Error)(message, reason && { cause: reason });
  if (error.name !== name) error.name = name;
  if (stack)
    error.stack = `${stack}\n    in the Worker, called from\n${error.stack}`;
  return error;
}

/**
 * @typedef {object} Answer
 * @property {any} [value]
 * @property {boolean} [itself]
 * @property {Made} [made]
 */

export class Line {
  /** @type {Worker} */ #worker;
  /** @type {Map<number, { done: (answer: Answer) => void, fail: (why: Error) => void }>} */
  #waiting = new Map();
  #next = 1;
  /**
   * What was asked while something runs exclusively, in its order; undefined where nothing does.
   * @type {(() => void)[] | undefined}
   */
  #held;
  /** @type {Set<number>} calls that nobody wants any more; they run in their turn */ #unwanted =
    new Set();
  /** @type {Error | undefined} why nothing can be asked any more */ over;
  /** open()'s options that are called while a call runs. */
  /** @type {Record<string, ((...counts: number[]) => void) | undefined>} */ told =
    {};
  /**
   * The number of the call that shall end. What runs in the Worker looks at it all the time. Shared
   * memory is the only way to reach a Worker that is busy, and a page has it only with COOP and
   * COEP headers.
   */
  interrupted = globalThis.crossOriginIsolated
    ? new Int32Array(new SharedArrayBuffer(4))
    : undefined;

  /** The page's classes, by the names of those in the Worker that they stand for. */
  /** @type {Record<string, typeof import('./remote.js').Remote>} */ classes;

  /**
   * @param {Worker} worker that runs thread.js
   * @param {Line['classes']} classes
   * @param {boolean} isInMemory whether the database is in no file
   * @param {() => Promise<Error>} explain the error of a Worker that could not be loaded
   */
  constructor(worker, classes, isInMemory, explain) {
    this.isInMemory = isInMemory;
    this.#worker = worker;
    this.classes = classes;
    worker.onmessage = ({ data: { id, error, ...answer } }) => {
      if (id === 0) return this.told[answer.name]?.(...answer.value);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      this.#endUnwanted();
      if (error) waiting?.fail(unpack(error));
      else waiting?.done(answer);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      if (event.message)
        this.end(
          new Error(`vss-wasm/worker: the Worker failed: ${event.message}`),
        );
      else explain().then((why) => this.end(why));
    };
    // The file is free for the next page at once; a page that is restored from the browser's
    // history finds such a database closed. One in memory holds nothing that another page could
    // want, and would be lost: it stays where the browser keeps the page.
    this.hide = (/** @type {PageTransitionEvent} */ { persisted }) => {
      if (!persisted || !this.isInMemory)
        this.end(
          new VssError("this database was closed when its page was left"),
        );
    };
    globalThis.addEventListener?.("pagehide", this.hide);
  }

  /**
   * @param {number} target
   * @param {string} method
   * @param {readonly unknown[]} args
   * @param {{ transfer?: Transferable[], signal?: AbortSignal, exclusive?: boolean }} [how]
   *   an abort rejects with the signal's reason and ends this call alone, whether it runs or is to
   *   come; `exclusive` is for what runs exclusively
   * @returns {Promise<Answer>}
   */
  ask(target, method, args, { transfer = [], signal, exclusive } = {}) {
    return new Promise((done, fail) => {
      signal?.throwIfAborted();
      if (this.over) throw this.over;
      const id = this.#next++;
      let message = { id, target, method, args: cutOut(args) };
      const abort = () => {
        fail(signal?.reason);
        this.#unwanted.add(id);
        this.#endUnwanted();
      };
      const settled = () => {
        signal?.removeEventListener("abort", abort);
        this.#unwanted.delete(id);
      };
      signal?.addEventListener("abort", abort);
      const cloned = (/** @type {() => any} */ clone) => {
        try {
          return clone();
        } catch (error) {
          settled();
          throw uncloneable(method, args, error);
        }
      };
      const send = () => {
        if (this.#unwanted.has(id)) return settled();
        // Noted only after the message was sent: what cannot be cloned throws here.
        cloned(() => this.#worker.postMessage(message, transfer));
        this.#waiting.set(id, {
          done: (answer) => done((settled(), answer)),
          fail: (why) => fail((settled(), why)),
        });
      };
      if (exclusive || !this.#held) return send();
      // The caller may go on using what it gave.
      message = cloned(() => structuredClone(message));
      this.#held.push(() => {
        try {
          if (this.over) throw this.over;
          send();
        } catch (error) {
          settled();
          fail(error);
        }
      });
    });
  }

  /**
   * Run several calls as one: whatever else is asked waits for their end.
   * @template T
   * @param {() => Promise<T>} body whose calls say `exclusive`
   * @returns {Promise<T>}
   */
  exclusively(body) {
    return new Promise((done, fail) => {
      const run = () => {
        const held = (this.#held = /** @type {(() => void)[]} */ ([]));
        const release = () => {
          this.#held = undefined;
          // The next that runs exclusively holds the rest.
          while (held.length && !this.#held) held.shift()?.();
          /** @type {any} */ (this.#held)?.unshift(...held);
        };
        body().finally(release).then(done, fail);
      };
      if (this.#held) this.#held.push(run);
      else run();
    });
  }

  /** The number of the call that runs in the Worker: it takes them in their order. */
  get #running() {
    return this.#waiting.keys().next().value ?? 0;
  }

  #endUnwanted() {
    if (this.interrupted && this.#unwanted.has(this.#running)) this.interrupt();
  }

  /** End the call that runs, and no other. */
  interrupt() {
    Atomics.store(
      /** @type {Int32Array} */ (this.interrupted),
      0,
      this.#running,
    );
  }

  /** @param {Error} why */
  end(why) {
    if (this.over) return;
    this.over = why;
    this.#worker.terminate();
    globalThis.removeEventListener?.("pagehide", this.hide);
    for (const { fail } of this.#waiting.values()) fail(why);
    this.#waiting.clear();
  }
}
