// What a collection is given: each option has a check and what it is by default.
import { isOneDefinition } from "../api/vss-columns.js";
import {
  checkCount,
  checkOptions,
  checkSignal,
  checkText,
  describe,
  suggest,
} from "../module/errors.js";
import { isPlain } from "../module/kinds.js";

/** @import { Shape } from './tables.js' */

/** @typedef {(value: any, subject: string) => any} Check */

/** @type {Check} */
const checkPositive = (value, subject) => {
  if (!(value > 0 && value < Infinity))
    throw new RangeError(
      `${subject} is ${describe(value)}, expected a number above 0`,
    );
  return Number(value);
};
/** @type {Check} */
const checkFunction = (value, subject) => {
  if (typeof value !== "function")
    throw new TypeError(
      `${subject} is ${describe(value)}, expected a function`,
    );
  return value;
};
/** @type {Check} checkSignal() says the option's name itself. */
const checkAbort = (value, subject) =>
  checkSignal(value, subject.slice(0, -": signal".length));
/** @type {(check: Check) => Check} */
const optional = (check) => (value, subject) =>
  value === undefined ? value : check(value, subject);
const MODES = ["both", "meaning", "words"];
/** @type {Check} */
const checkMode = (value, subject) => {
  if (!MODES.includes(value))
    throw new TypeError(
      `${subject} is ${describe(value)}${suggest(String(value), MODES)}`,
    );
  return value;
};
/** @type {Check} */
const checkMarks = (value, subject) => {
  if (!Array.isArray(value) || value.length !== 2)
    throw new TypeError(`${subject} is ${describe(value)}, expected two texts`);
  return value.map((mark) => checkText(mark, subject));
};
/** @type {Check} The types become part of the SQL. */
const checkColumns = (value, subject) => {
  if (!isPlain(value))
    throw new TypeError(
      `${subject} is ${describe(value)}, expected an object such as { topic: "text" }`,
    );
  for (const [name, given] of Object.entries(value)) {
    const type = checkText(given, `${subject}.${name}`);
    if (/^\s*(\(|$)/.test(type) || !isOneDefinition(type))
      throw new TypeError(
        `${subject}.${name} is ${describe(type)}, expected an SQL type such as "text"`,
      );
  }
  return value;
};

/** @type {Record<string, [check: Check, otherwise?: unknown]>} */
const COLLECTION = {
  embed: [checkFunction],
  model: [checkText],
  text: [checkText, "text"],
  filters: [checkColumns, {}],
  columns: [checkColumns, {}],
  metric: [checkText, "COSINE"],
  tokenize: [checkText, "unicode61 remove_diacritics 2"],
  batch: [checkPositive, 32],
};
/** @type {typeof COLLECTION} */
const SEARCH = {
  k: [checkCount, 10],
  offset: [checkCount, 0],
  where: [(value) => value],
  params: [(value) => value],
  mode: [checkMode, "both"],
  depth: [checkCount, 100],
  constant: [checkPositive, 60],
  weight: [checkPositive, 1],
  marks: [checkMarks, ["", ""]],
  rerank: [optional(checkFunction)],
  signal: [checkAbort],
};
/** @type {typeof COLLECTION} */
const ADD = { onProgress: [optional(checkFunction)], signal: [checkAbort] };

/**
 * @param {unknown} options
 * @param {typeof COLLECTION} spec
 * @param {string} subject
 * @returns {any}
 */
function check(options, spec, subject) {
  const given = checkOptions(options, Object.keys(spec), subject);
  return Object.fromEntries(
    Object.entries(spec).map(([name, [one, otherwise]]) => [
      name,
      one(
        given[name] === undefined ? otherwise : given[name],
        `${subject}: ${name}`,
      ),
    ]),
  );
}

/**
 * @param {unknown} options
 * @param {string} subject
 * @returns {import('../entries/text.js').AddOptions}
 */
export const checkAdd = (options, subject) => check(options, ADD, subject);

/**
 * What the tables call their own columns, and a hit its facts.
 */
const RESERVED =
  /^(id|rowid|hash|rank|embedding|distance|score|meaning|words|snippet)$/i;

/**
 * @param {unknown} options
 * @param {string} subject
 * @returns {{ embed: import('../entries/text.js').Embed, batch: number,
 *   shape: Omit<Shape, "dimensions"> }}
 */
export function checkDefinition(options, subject) {
  const { embed, batch, ...shape } = check(options, COLLECTION, subject);
  const seen = new Set();
  for (const name of columnsOf(shape)) {
    const key = name.toLowerCase();
    if (RESERVED.test(name) || seen.has(key))
      throw new TypeError(
        `${subject}: the column name "${name}" is taken, choose another one`,
      );
    seen.add(key);
  }
  return { embed, batch: Math.min(Math.ceil(batch), 2000), shape };
}

/**
 * The columns that a caller gives, beside id. The text's is the first.
 * @param {Omit<Shape, "dimensions">} shape
 */
export const columnsOf = ({ text, filters, columns }) => [
  text,
  ...Object.keys(filters),
  ...Object.keys(columns),
];

/**
 * Throws where a collection that exists was made otherwise.
 * @param {Omit<Shape, "dimensions"> | undefined} wanted
 * @param {Shape} kept
 * @param {string} name
 * @returns {Shape} what was kept
 */
export function sameShape(wanted, kept, name) {
  if (wanted && wanted.model !== kept.model)
    throw new Error(
      `collection ${name}: its vectors were made by the model ${describe(kept.model)}, and those of ${describe(wanted.model)} cannot be compared with them; open it with its own model, use another name, or remove it with dropCollection()`,
    );
  for (const [key, value] of Object.entries(wanted ?? {})) {
    const [was, is] = [kept[/** @type {keyof Shape} */ (key)], value].map(
      (one) => JSON.stringify(one),
    );
    if (was !== is)
      throw new Error(
        `collection ${name}: it was made with ${key} ${was}, got ${is}`,
      );
  }
  return kept;
}

/**
 * @param {unknown} query
 * @param {unknown} options
 * @returns {any}
 */
export function checkSearch(query, options) {
  checkText(query, "search: query");
  return check(options, SEARCH, "search");
}

/**
 * The condition of a search. It stands in the SQL twice, so that its values have names.
 * @param {any} where
 * @param {any} params
 * @param {() => any} table the vss0 table, which writes objects as SQL
 * @returns {Promise<{ where: string, params: Record<string, any> }>}
 */
export async function checkCondition(where, params, table) {
  if (typeof where === "string") {
    if (params !== undefined && !isPlain(params))
      throw new TypeError(
        `search: params is ${describe(params)}, expected an object, since a condition that is SQL text takes its values by name`,
      );
    if (checkText(where, "search: where").trim() === "")
      throw new TypeError("search: where is empty");
    return { where, params: params ?? {} };
  }
  if (params !== undefined)
    throw new TypeError("search: params go with where as SQL text");
  if (where === undefined) return { where: "", params: {} };
  const { sql, values } = await (await table()).whereSql(where);
  let next = 0;
  return {
    // Outside of quoted names, each question mark is a value.
    where: sql.replace(/"[^"]*"|\?/g, (/** @type {string} */ part) =>
      part === "?" ? `:vss_value${next++}` : part,
    ),
    params: Object.fromEntries(
      values.map((/** @type {any} */ value, /** @type {number} */ i) => [
        `vss_value${i}`,
        value,
      ]),
    ),
  };
}
