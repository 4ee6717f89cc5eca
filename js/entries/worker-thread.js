// The Worker behind worker.js: it has the database, and answers messages.
//
//   asked     {id, target, method, args}      target: a number of `objects`, 0 for this file's own functions
//   answered  {id, value} or {id, error}      buffers in the value are transferred
import { open } from "./index.js";

/** @typedef {import('./index.js').Database} Database */

/** @type {Map<number, any>} databases, statements, tables and iterations, by number */
const objects = new Map();
let next = 1;

/** Set by the other side to end what runs; only a page that is cross-origin isolated has it. */
/** @type {Int32Array | undefined} */
let interrupted;

/** @param {unknown} object */
function keep(object) {
  objects.set(next, object);
  return next++;
}

const root = {
  /**
   * @param {any} at
   * @param {any} options
   * @param {Int32Array} [flag]
   */
  async open(at, options, flag) {
    interrupted = flag;
    const stop = flag && (() => Atomics.load(flag, 0) !== 0);
    const db = await open(at, { ...options, stop });
    return { target: keep(db), location: db.location, readonly: db.readonly };
  },
  /** @param {number} target */
  forget: (target) => objects.delete(target),
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
   * @param {number} target
   * @param {string} name
   */
  property: (target, name) => objects.get(target)[name],
};

/** What becomes an object of its own on the other side: number and fixed properties. */
/** @type {Record<string, (object: any) => unknown>} */
const wrappers = {
  prepare: (statement) => ({
    target: keep(statement),
    sql: statement.sql,
    readonly: statement.readonly,
    reader: statement.reader,
  }),
  vss0: (table) => ({
    target: keep(table),
    name: table.name,
    columns: table.columns,
  }),
  iterate: (rows) => keep(rows),
  exec: () => undefined,
  raw: () => undefined,
  pluck: () => undefined,
};

/**
 * Buffers that may be handed over: all that a result holds is a copy nobody else has.
 * @param {any} value
 * @param {Set<ArrayBuffer>} buffers
 * @param {number} depth
 */
function collectBuffers(value, buffers, depth = 0) {
  if (ArrayBuffer.isView(value))
    buffers.add(/** @type {ArrayBuffer} */ (value.buffer));
  else if (value && typeof value === "object" && depth < 4) {
    for (const item of Object.values(value))
      collectBuffers(item, buffers, depth + 1);
  }
  return buffers;
}

/** @param {any} error */
function pack(error) {
  const { name, message, stack, code, errcode, errstr, offset } = error ?? {};
  const cause =
    error?.cause instanceof Error
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

globalThis.onmessage = async ({ data: { id, target, method, args } }) => {
  // It was meant for what ran before.
  if (interrupted) Atomics.store(interrupted, 0, 0);
  try {
    const object = target === 0 ? root : objects.get(target);
    if (!object) throw new Error("the object is gone");
    const result = await object[method](...args);
    const value =
      target !== 0 && method in wrappers ? wrappers[method](result) : result;
    postMessage(
      { id, value },
      { transfer: [...collectBuffers(value, new Set())] },
    );
  } catch (error) {
    postMessage({ id, error: pack(error) });
  }
};
