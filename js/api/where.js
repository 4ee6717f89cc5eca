// Turns a condition that is written as an object into SQL text and the values of its parameters.
import { checkValue, isBytes } from "../module/values.js";
import { describe, isRecord, quote, suggest } from "../module/errors.js";

/** @type {Record<string, string>} */
const comparisons = {
  eq: "=",
  ne: "<>",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  like: "like",
  glob: "glob",
};
const operators = [...Object.keys(comparisons), "in", "notIn", "isNull"];

/**
 * A longer list becomes one JSON parameter. SQLite allows 32,766 parameters, and statements are
 * kept by their text, which would differ for each length of a list.
 */
const LONG_LIST = 64;

/**
 * @param {string} column quoted
 * @param {string} operator
 * @param {unknown} list
 * @param {string} subject
 * @param {import('../entries/index.js').SqlValue[]} values
 */
function listTerm(column, operator, list, subject, values) {
  if (!Array.isArray(list))
    throw new TypeError(`${subject} is ${describe(list)}, expected an array`);
  for (const [i, value] of list.entries())
    checkValue(value, `${subject}[${i}]`);
  const rest = list.filter((value) => value !== null);
  const hasNull = rest.length < list.length;
  const not = operator === "notIn";
  let sql;
  if (rest.length === 0) sql = not ? "1" : "0";
  else if (
    rest.length > LONG_LIST &&
    rest.every((value) => typeof value === "string" || Number.isFinite(value))
  ) {
    values.push(JSON.stringify(rest));
    sql = `${column} ${not ? "not in" : "in"} (select value from json_each(?))`;
  } else {
    values.push(...rest);
    sql = `${column} ${not ? "not in" : "in"} (${rest.map(() => "?").join(", ")})`;
  }
  // A null in the list stands for the rows without a value. SQL's own `in` would never match it.
  if (not) return hasNull ? `(${sql} and ${column} is not null)` : sql;
  return hasNull ? `(${sql} or ${column} is null)` : sql;
}

/**
 * @param {string} name
 * @param {string} operator
 * @param {unknown} operand
 * @param {import('../entries/index.js').SqlValue[]} values
 */
function term(name, operator, operand, values) {
  const subject = `where.${name}.${operator}`;
  const column = quote(name);
  if (operator === "in" || operator === "notIn")
    return listTerm(column, operator, operand, subject, values);
  if (operator === "isNull") {
    if (typeof operand !== "boolean")
      throw new TypeError(
        `${subject} is ${describe(operand)}, expected true or false`,
      );
    return `${column} is ${operand ? "" : "not "}null`;
  }
  if (operand === null && (operator === "eq" || operator === "ne"))
    return `${column} is ${operator === "eq" ? "" : "not "}null`;
  if (
    (operator === "like" || operator === "glob") &&
    typeof operand !== "string"
  ) {
    throw new TypeError(
      `${subject} is ${describe(operand)}, expected a string`,
    );
  }
  values.push(checkValue(operand, subject));
  return `${column} ${comparisons[operator]} ?`;
}

/**
 * @param {unknown} where
 * @param {readonly string[]} known the columns that may be named
 * @param {string} subject for messages
 * @returns {{ sql: string, values: import('../entries/index.js').SqlValue[] }} `sql` is empty where
 *   there is no condition
 */
export function whereToSql(where, known, subject) {
  if (!isRecord(where)) {
    throw new TypeError(
      `${subject}: where is ${describe(where)}, expected SQL text or an object`,
    );
  }
  /** @type {import('../entries/index.js').SqlValue[]} */
  const values = [];
  const terms = [];
  for (const [name, condition] of Object.entries(where)) {
    if (!known.some((column) => column.toLowerCase() === name.toLowerCase())) {
      throw new TypeError(
        `${subject}: where names an unknown column "${name}"${suggest(name, known)}`,
      );
    }
    const isPlain =
      condition === null || typeof condition !== "object" || isBytes(condition);
    if (isPlain || Array.isArray(condition) || condition instanceof Date) {
      terms.push(term(name, "eq", condition, values));
      continue;
    }
    for (const [operator, operand] of Object.entries(condition)) {
      if (!operators.includes(operator)) {
        throw new TypeError(
          `${subject}: where.${name} has an unknown operator "${operator}"${suggest(operator, operators)}`,
        );
      }
      if (operand !== undefined)
        terms.push(term(name, operator, operand, values));
    }
  }
  return { sql: terms.join(" and "), values };
}
