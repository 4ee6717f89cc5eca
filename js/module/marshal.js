// Carries values into the module and out of it: bound parameters, columns of a row, arguments and
// results of user functions. values.js has the table of which type becomes which.
//
// Integers are given back as numbers while those are exact (up to 2^53), else as bigints.
import { isBytes } from "./kinds.js";
import { checkInt64, checkNumber, refuse } from "./values.js";

/** The kind that wasm/shim.c gives for an integer that is not exact as a number. */
const BIG_INTEGER = 6;

/**
 * @param {import('./capi.js').Capi} capi
 * @param {number} statement
 * @param {number} index 1-based
 * @param {unknown} value
 * @param {string | (() => string)} subject for messages
 * @returns {number} SQLite's code
 */
export function bind(capi, statement, index, value, subject) {
  const { x, memory } = capi;
  const name = () => (typeof subject === "function" ? subject() : subject);
  switch (typeof value) {
    case "number":
      if (Number.isSafeInteger(value))
        return x.vss_js_bind_integer(statement, index, value);
      if (value !== value) checkNumber(value, name());
      return x.sqlite3_bind_double(statement, index, value);
    case "string": {
      const at = memory.newText(value);
      return x.vss_js_bind_text(statement, index, at, memory.size);
    }
    case "bigint":
      return x.sqlite3_bind_int64(statement, index, checkInt64(value, name()));
    case "boolean":
      return x.vss_js_bind_integer(statement, index, value ? 1 : 0);
    default:
      if (value === null) return x.sqlite3_bind_null(statement, index);
      if (isBytes(value)) {
        const at = memory.newBytes(/** @type {Uint8Array} */ (value));
        return x.vss_js_bind_blob(statement, index, at, memory.size);
      }
      return refuse(value, name());
  }
}

/**
 * @param {import('./capi.js').Capi} capi
 * @param {number} statement
 * @param {number} i 0-based
 * @returns {import('../entries/index.js').ColumnValue}
 */
export function column(capi, statement, i) {
  const { x, memory } = capi;
  switch (x.vss_js_column_kind(statement, i)) {
    case 1:
    case 2:
      return x.sqlite3_column_double(statement, i);
    case BIG_INTEGER:
      return x.sqlite3_column_int64(statement, i);
    case 3: {
      const at = x.sqlite3_column_text(statement, i);
      if (at === 0) throw capi.outOfMemory();
      return memory.text(at, x.sqlite3_column_bytes(statement, i));
    }
    case 4: {
      const at = x.sqlite3_column_blob(statement, i);
      return memory.copy(at, x.sqlite3_column_bytes(statement, i));
    }
    default:
      return null;
  }
}

/**
 * An argument of a user function.
 * @param {import('./capi.js').Capi} capi
 * @param {number} value a sqlite3_value pointer
 * @returns {import('../entries/index.js').ColumnValue}
 */
export function argument(capi, value) {
  const { x, memory } = capi;
  switch (x.vss_js_value_kind(value)) {
    case 1:
    case 2:
      return x.sqlite3_value_double(value);
    case BIG_INTEGER:
      return x.sqlite3_value_int64(value);
    case 3: {
      const at = x.sqlite3_value_text(value);
      return memory.text(at, x.sqlite3_value_bytes(value));
    }
    case 4: {
      const at = x.sqlite3_value_blob(value);
      return memory.copy(at, x.sqlite3_value_bytes(value));
    }
    default:
      return null;
  }
}

/**
 * The result of a user function.
 * @param {import('./capi.js').Capi} capi
 * @param {number} context
 * @param {unknown} value
 */
export function setResult(capi, context, value) {
  const { x, memory } = capi;
  if (value === null || value === undefined) x.sqlite3_result_null(context);
  else if (typeof value === "boolean")
    x.vss_js_result_integer(context, value ? 1 : 0);
  else if (typeof value === "bigint")
    x.sqlite3_result_int64(context, checkInt64(value, "the result"));
  else if (typeof value === "number") {
    if (Number.isSafeInteger(value)) x.vss_js_result_integer(context, value);
    else x.sqlite3_result_double(context, checkNumber(value, "the result"));
  } else if (typeof value === "string") {
    const at = memory.newText(value);
    x.vss_js_result_text(context, at, memory.size);
  } else if (isBytes(value)) {
    const at = memory.newBytes(/** @type {Uint8Array} */ (value));
    x.vss_js_result_blob(context, at, memory.size);
  } else refuse(value, "the result");
}

/**
 * A rowid in the form in which the API gives it.
 * @param {bigint} rowid
 * @returns {import('../entries/index.js').RowId}
 */
export function toRowId(rowid) {
  const number = Number(rowid);
  return Number.isSafeInteger(number) ? number : rowid;
}
