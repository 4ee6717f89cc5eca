// Objects on the page that stand for objects in the Worker.
//
// Their classes have only what differs from the synchronous API. Every other method and property is
// added by mirror(), which the Worker tells what its classes have: a method that is added to a
// class of js/api needs nothing here.

import { VssError } from "../module/vss-error.js";

/**
 * @typedef {import('./line.js').Line} Line
 *
 * @typedef {object} Link where an object is
 * @property {Line} line
 * @property {number} target its number in the Worker
 * @property {Record<string, any>} facts its properties that never change
 * @property {any} database the AsyncDatabase that it belongs to
 */

const secret = Symbol("only the worker client makes these");

/** @type {(object: Remote) => Link} */
export let linkOf;

/**
 * Statements and tables that were collected on the page end in the Worker too. One registry serves
 * all lines; js/api/connection.js says why.
 */
const registry = new FinalizationRegistry(
  (/** @type {{ line: Line, target: number }} */ { line, target }) => {
    line.ask(0, "forget", [target]).catch(() => {});
  },
);

export class Remote {
  /** @type {Link} */ #link;

  static {
    linkOf = (object) => object.#link;
  }

  /**
   * @param {symbol} key
   * @param {Link} link
   */
  constructor(key, link) {
    if (key !== secret)
      throw new TypeError("only open() and what it gives make these objects");
    this.#link = link;
  }
}

/** Databases that were collected without close(): nobody can use what the Worker holds any more. */
const lost = new FinalizationRegistry(
  (/** @type {{ line: Line, target: number }} */ { line, target }) => {
    const end = () => line.end(new VssError("this database was collected"));
    line.ask(target, "close", []).then(end, end);
  },
);

/**
 * The page's object for one that the Worker has made.
 * @param {import('./line.js').Made} made
 * @param {Line} line
 * @param {any} [database] where the object is not the database itself
 * @returns {any}
 */
export function adopt({ kind, target, facts }, line, database) {
  const object = new line.classes[kind](secret, {
    line,
    target,
    facts,
    database,
  });
  // What belongs to a database keeps it alive, and so does each call under way.
  (database ? registry : lost).register(object, { line, target });
  return object;
}

/**
 * Call a method of the object in the Worker.
 * @param {Remote} object
 * @param {string} method
 * @param {readonly unknown[]} args
 * @returns {Promise<any>}
 */
export async function call(object, method, args) {
  const { line, target, database } = linkOf(object);
  const { value, itself, made } = await line.ask(target, method, args);
  if (itself) return object;
  return made ? adopt(made, line, database ?? object) : value;
}

/**
 * @param {Remote} object
 * @param {string} name
 */
async function property(object, name) {
  const { line, target } = linkOf(object);
  return (await line.ask(0, "property", [target, name])).value;
}

/**
 * Give the classes of this side what those of the Worker have and they have not.
 * @param {Record<string, typeof Remote>} classes
 * @param {import('./line.js').Classes} told
 */
export function mirror(classes, told) {
  for (const [kind, { methods, properties }] of Object.entries(told)) {
    const { prototype } = classes[kind];
    for (const name of methods) {
      if (Object.hasOwn(prototype, name)) continue;
      Object.defineProperty(prototype, name, {
        configurable: true,
        writable: true,
        /** @this {Remote} @param {unknown[]} args */
        value(...args) {
          return call(this, name, args);
        },
      });
    }
    for (const name of properties) {
      if (Object.hasOwn(prototype, name)) continue;
      Object.defineProperty(prototype, name, {
        configurable: true,
        /** @this {Remote} */
        get() {
          return property(this, name);
        },
      });
    }
  }
}
