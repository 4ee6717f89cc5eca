// The Worker's side of js/worker: it holds the database and answers messages. line.js says which.
import { Database, Statement, VssTable } from "../api/exports.js";
import { checked } from "../api/vss-table.js";

/**
 * @typedef {import('./line.js').Made} Made
 * @typedef {Pick<typeof import('../entries/index.js'), "init" | "open">} Api
 */

/**
 * The properties that never change. They are sent when an object is made; the others are asked for.
 * @type {Record<string, readonly string[]>}
 */
export const FACTS = {
  Database: ["location", "readonly"],
  Statement: ["sql", "readonly", "reader"],
  VssTable: ["name", "columns"],
};

/** @type {Record<string, any>} what becomes an object of its own on the page, by name */
const CLASSES = { Database, Statement, VssTable };

/**
 * The methods and properties of each class, for the page's mirror().
 * @returns {import('./line.js').Classes}
 */
function describeClasses() {
  return Object.fromEntries(
    Object.entries(CLASSES).map(([kind, { prototype }]) => {
      const names = Object.getOwnPropertyNames(prototype).filter(
        (name) => name !== "constructor",
      );
      const isProperty = (/** @type {string} */ name) =>
        Object.getOwnPropertyDescriptor(prototype, name)?.get !== undefined;
      return [
        kind,
        {
          methods: names.filter((name) => !isProperty(name)),
          properties: names.filter(isProperty),
        },
      ];
    }),
  );
}

/**
 * An error as plain data.
 * @param {any} error
 */
export function pack(error) {
  const { name, message, stack, code, errcode, errstr, offset } = error ?? {};
  const cause =
    error?.cause?.message !== undefined
      ? { name: error.cause.name, message: error.cause.message }
      : undefined;
  return {
    name,
    message: message ?? String(error),
    stack,
    code,
    errcode,
    errstr,
    offset,
    cause,
  };
}

/**
 * Buffers that may be handed over: all that a result holds is a copy that nobody else has.
 * @param {any} value
 * @param {Set<ArrayBuffer>} [buffers]
 * @param {number} [depth]
 */
function collectBuffers(value, buffers = new Set(), depth = 0) {
  if (ArrayBuffer.isView(value))
    buffers.add(/** @type {ArrayBuffer} */ (value.buffer));
  else if (value && typeof value === "object" && depth < 4) {
    for (const item of Object.values(value))
      collectBuffers(item, buffers, depth + 1);
  }
  return buffers;
}

/**
 * Answer messages with databases that `open` opens.
 * @param {Api} api
 */
export function serve({ init, open }) {
  /** @type {Map<number, any>} databases, statements, tables and iterations, by number */
  const objects = new Map();
  let next = 1;
  /** The number of the call that runs. */
  let running = 0;

  /** @param {unknown} object */
  function keep(object) {
    objects.set(next, object);
    return next++;
  }

  /**
   * @param {string} kind
   * @param {any} object
   * @returns {Made}
   */
  const made = (kind, object) => ({
    kind,
    target: keep(object),
    facts: Object.fromEntries(FACTS[kind].map((name) => [name, object[name]])),
  });

  /** The Worker's own functions: target 0. */
  const root = {
    /**
     * @param {any} at
     * @param {any} options
     * @param {Int32Array} [flag]
     * @param {import('../entries/index.js').InitOptions["simd"]} [simd]
     */
    async open(at, options, flag, simd) {
      if (simd) await init({ wasm: options?.wasm, simd });
      // The page writes the number of the call that shall end; see Line.interrupted.
      const stop = flag && (() => Atomics.load(flag, 0) === running);
      const told = (/** @type {"onBuild" | "onProgress"} */ name) =>
        options?.[name]
          ? (/** @type {number[]} */ ...counts) =>
              postMessage({ id: 0, name, value: counts })
          : undefined;
      const db = await open(at, {
        ...options,
        stop,
        onBuild: told("onBuild"),
        onProgress: told("onProgress"),
      });
      return { database: made("Database", db), classes: describeClasses() };
    },
    /**
     * @param {number} target of a statement
     * @param {any} params
     * @returns {number} the iteration
     */
    iterate: (target, params) => keep(objects.get(target).iterate(...params)),
    /**
     * The next rows of an iteration, at most `count`.
     * @param {number} target
     * @param {number} count
     */
    take(target, count) {
      const rows = [];
      for (let i = 0; i < count; i++) {
        const { done, value } = objects.get(target).next();
        if (done) return { rows, done };
        rows.push(value);
      }
      return { rows, done: false };
    },
    /**
     * Commit a transaction, or roll it back where that fails.
     * @param {number} target of a database
     */
    commit(target) {
      try {
        objects.get(target).exec("COMMIT");
      } catch (error) {
        this.rollback(target);
        throw error;
      }
    },
    /**
     * SQLite may have rolled back by itself.
     * @param {number} target of a database
     */
    rollback(target) {
      const db = objects.get(target);
      if (db.inTransaction) db.exec("ROLLBACK");
    },
    /** @param {number} target of a statement or table that the page has no more */
    forget(target) {
      objects.get(target).finalize?.();
      objects.delete(target);
    },
    /** @param {number} target of an iteration */
    stop(target) {
      objects.get(target).return();
      objects.delete(target);
    },
    /**
     * @param {number} target of a table
     * @param {keyof typeof checked} method
     * @param {any} given what the page has checked
     */
    checked: (target, method, given) =>
      checked[method](objects.get(target), given),
    /**
     * @param {number} target
     * @param {string} name
     */
    property: (target, name) => objects.get(target)[name],
  };

  globalThis.onmessage = async ({ data: { id, target, method, args } }) => {
    running = id;
    try {
      const object = target === 0 ? root : objects.get(target);
      if (!object) throw new Error("the object is gone");
      const value = await object[method](...args);
      const kind = Object.keys(CLASSES).find(
        (name) => value instanceof CLASSES[name],
      );
      if (kind && value === object) postMessage({ id, itself: true });
      else if (kind) postMessage({ id, made: made(kind, value) });
      else postMessage({ id, value }, { transfer: [...collectBuffers(value)] });
    } catch (error) {
      postMessage({ id, error: pack(error) });
    }
  };
}
