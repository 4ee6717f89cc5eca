// The parameters of one statement: which values they get, by position or by name, and what of
// those has to be let go of afterwards.
import { suggest } from "../module/errors.js";
import { isRecord } from "../module/kinds.js";
import { bind } from "../module/marshal.js";

export class Parameters {
  /** @type {import('./connection.js').Connection} */ #connection;
  /** @type {import('../module/capi.js').Capi} */ #capi;
  /** @type {number} the sqlite3_stmt pointer */ #at;
  /** @type {(string | null)[] | undefined} one per parameter, null for nameless ones */ #names;
  /** @type {number[]} those that hold a BLOB or a text until release() */ #held =
    [];

  /**
   * @param {import('./connection.js').Connection} connection
   * @param {number} at
   */
  constructor(connection, at) {
    this.#connection = connection;
    this.#capi = connection.capi;
    this.#at = at;
  }

  /**
   * Give every parameter its value: one list, one object of names, the values themselves, or a list
   * for the first parameters and an object for the others.
   * @param {readonly unknown[]} args
   */
  bind(args) {
    if (args.length === 1 && isRecord(args[0]))
      return this.#bindNames(args[0], []);
    if (args.length === 2 && Array.isArray(args[0]) && isRecord(args[1]))
      return this.#bindNames(args[1], args[0]);
    const values = args.length === 1 && Array.isArray(args[0]) ? args[0] : args;
    const expected = this.#capi.x.sqlite3_bind_parameter_count(this.#at);
    if (values.length !== expected) {
      throw new RangeError(
        `got ${values.length} values, the statement has ${expected} parameters`,
      );
    }
    for (let i = 0; i < expected; i++)
      this.#bindOne(i + 1, values[i], () => `value ${i + 1}`);
  }

  /**
   * Let go of BLOBs and texts. Numbers may stay, since the next run binds every parameter.
   *
   * Not sqlite3_clear_bindings(): it has a statement with `limit ?` compiled again at its next run.
   */
  release() {
    const { x } = this.#capi;
    for (const index of this.#held) x.sqlite3_bind_null(this.#at, index);
    this.#held.length = 0;
  }

  /**
   * @param {number} index
   * @param {unknown} value
   * @param {() => string} subject
   */
  #bindOne(index, value, subject) {
    const rc = bind(this.#capi, this.#at, index, value, subject);
    if (rc !== 0) throw this.#connection.error(rc);
    if (typeof value === "object" || typeof value === "string")
      this.#held.push(index);
  }

  #allNames() {
    if (this.#names) return this.#names;
    const { x, memory } = this.#capi;
    const names = [];
    for (let i = 1; i <= x.sqlite3_bind_parameter_count(this.#at); i++) {
      const name = x.sqlite3_bind_parameter_name(this.#at, i);
      names.push(name === 0 ? null : memory.cText(name));
    }
    return (this.#names = names);
  }

  /**
   * @param {Record<string, unknown>} values
   * @param {unknown[]} list for the parameters before the first one that is named in `values`
   */
  #bindNames(values, list) {
    const names = this.#allNames();
    const bare = names.map((name) => name?.slice(1) ?? null);
    /** @type {Set<number>} */
    const given = new Set();
    for (const [key, value] of Object.entries(values)) {
      let i = names.indexOf(key);
      // Two parameters may differ in their prefix only: all of them get the value.
      const found =
        i >= 0 ? [i] : bare.flatMap((name, at) => (name === key ? [at] : []));
      if (found.length === 0) throw unknownName(key, bare);
      for (i of found) {
        this.#bindOne(i + 1, value, () => `parameter "${key}"`);
        given.add(i);
      }
    }
    const free = given.size ? Math.min(...given) : names.length;
    if (list.length > free)
      throw new RangeError(
        `got ${list.length} values, the statement has ${free} parameters for them`,
      );
    list.forEach((value, i) => {
      this.#bindOne(i + 1, value, () => `value ${i + 1}`);
      given.add(i);
    });
    const missing = names.findIndex((_, i) => !given.has(i));
    if (missing >= 0)
      throw new TypeError(
        `parameter ${names[missing] ?? missing + 1} has no value`,
      );
  }
}

/**
 * @param {string} key
 * @param {(string | null)[]} bare
 */
function unknownName(key, bare) {
  const known = bare.filter((name) => name !== null);
  const hint = known.length
    ? suggest(key, known)
    : ": the statement has no named parameters";
  return new TypeError(`unknown parameter "${key}"${hint}`);
}
