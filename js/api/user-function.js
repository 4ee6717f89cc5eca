// SQL functions that are written in JavaScript.
import {
  checkFlags,
  checkOptions,
  checkText,
  describe,
} from "../module/errors.js";
import { argument, setResult } from "../module/marshal.js";
import { SQLITE } from "../module/sqlite-codes.js";

/** @typedef {import('../module/capi.js').Capi} Capi */

/** Flags of sqlite3_create_function(). */
const FLAG = { DETERMINISTIC: 0x800, INNOCUOUS: 0x200000 };
/** SQLite's own limit. */
const MAX_ARGUMENTS = 127;

/**
 * Called by C: nothing may be thrown.
 * @param {Capi} capi
 * @param {(...args: any[]) => unknown} fn
 * @param {number} context
 * @param {number} count
 * @param {number} argv
 */
function call(capi, fn, context, count, argv) {
  try {
    const args = [];
    for (let i = 0; i < count; i++)
      args.push(argument(capi, capi.memory.u32((argv >>> 0) + 4 * i)));
    const result = fn(...args);
    if (typeof (/** @type {any} */ (result)?.then) === "function") {
      throw new TypeError("a user function must not return a promise");
    }
    setResult(capi, context, result);
  } catch (error) {
    if (capi.poison) return;
    capi.functionError = error;
    setError(capi, context, error);
  }
}

/**
 * @param {Capi} capi
 * @param {number} context
 * @param {unknown} error
 */
function setError(capi, context, error) {
  const { x, memory } = capi;
  try {
    const text = memory.newText(
      String(/** @type {any} */ (error)?.message ?? error),
    );
    x.sqlite3_result_error(context, text, memory.size);
    capi.free(text);
  } catch {
    if (!capi.poison) x.sqlite3_result_error_code(context, SQLITE.NOMEM);
  }
}

/**
 * @param {import('./connection.js').Connection} connection
 * @param {string} name
 * @param {any} options or the function, where there are none
 * @param {any} [fn]
 */
export function defineFunction(connection, name, options, fn) {
  const at = connection.usable();
  if (fn === undefined) [fn, options] = [options, undefined];
  checkText(name, "function: name");
  if (typeof fn !== "function")
    throw new TypeError(
      `function ${name}: the function is ${describe(fn)}, expected a function`,
    );
  const subject = `function ${name}`;
  const {
    deterministic = false,
    innocuous = false,
    varargs = false,
  } = checkOptions(options, ["deterministic", "innocuous", "varargs"], subject);
  checkFlags({ deterministic, innocuous, varargs }, subject);
  const argc = varargs ? -1 : fn.length;
  if (argc > MAX_ARGUMENTS)
    throw new RangeError(
      `${subject}: ${argc} arguments, at most ${MAX_ARGUMENTS}`,
    );
  const flags =
    (deterministic ? FLAG.DETERMINISTIC : 0) | (innocuous ? FLAG.INNOCUOUS : 0);
  const { capi } = connection;
  const id = capi.addFunction((context, count, argv) =>
    call(capi, fn, context, count, argv),
  );
  const text = capi.memory.newText(name);
  const rc = capi.x.vss_js_create_function(at, text, argc, flags, id);
  capi.free(text);
  connection.check(rc);
}
