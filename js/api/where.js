// Turns a condition that is written as an object into SQL text and the values of its parameters.
import { describe, quote, suggest } from "../module/errors.js";
import { isPlain } from "../module/kinds.js";
import { checkValue } from "../module/values.js";

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
const operators = [
  ...Object.keys(comparisons),
  ...["in", "notIn", "between", "contains", "isNull"],
];
const connectives = ["and", "or", "not"];

/**
 * A longer list becomes one JSON parameter. SQLite allows 32,766 parameters, and statements are
 * kept by their text, which would differ for each length of a list.
 */
const LONG_LIST = 64;

/**
 * A value as JSON that SQLite reads as the parameter that the value would be; undefined where no
 * JSON is exact: for bytes, for numbers beyond 2^53 and fractions, and for texts with a NUL or half
 * of a surrogate pair.
 * @param {import('../entries/index.js').SqlValue} value
 */
function exactJson(value) {
  if (typeof value === "string")
    return /[\0\p{Surrogate}]/u.test(value) ? undefined : JSON.stringify(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value !== "object" && Number.isSafeInteger(Number(value)))
    return String(value);
  return undefined;
}

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
  const json = rest.length > LONG_LIST ? rest.map(exactJson) : [undefined];
  let sql;
  if (rest.length === 0) sql = not ? "1" : "0";
  else if (json.includes(undefined)) {
    values.push(...rest);
    sql = `${column} ${not ? "not in" : "in"} (${rest.map(() => "?").join(", ")})`;
  } else {
    values.push(`[${json}]`);
    // Without the plus, the value would count as a column that has a type of its own, and the type
    // of the table's column would not be applied to it.
    sql = `${column} ${not ? "not in" : "in"} (select +value from json_each(?))`;
  }
  // A null in the list stands for the rows without a value. SQL's own `in` would never match it.
  if (not) return hasNull ? `(${sql} and ${column} is not null)` : sql;
  return hasNull ? `(${sql} or ${column} is null)` : sql;
}

/**
 * @param {string} name
 * @param {string} operator
 * @param {unknown} operand
 * @param {string} subject
 * @param {import('../entries/index.js').SqlValue[]} values
 */
function term(name, operator, operand, subject, values) {
  const column = quote(name);
  if (operator === "in" || operator === "notIn")
    return listTerm(column, operator, operand, subject, values);
  if (operator === "between") {
    if (!Array.isArray(operand) || operand.length !== 2)
      throw new TypeError(
        `${subject} is ${describe(operand)}, expected an array with the least and the greatest value`,
      );
    operand.forEach((bound, i) => {
      if (bound === null)
        throw new TypeError(`${subject}[${i}] is null, expected a value`);
      values.push(checkValue(bound, `${subject}[${i}]`));
    });
    return `${column} between ? and ?`;
  }
  if (operator === "contains") {
    if (operand === null)
      throw new TypeError(`${subject} is null, expected a value`);
    values.push(checkValue(operand, subject));
    return `exists (select 1 from json_each(${column}) where value = ?)`;
  }
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
 * @param {readonly string[]} known
 * @param {string} path what a message calls this object
 * @param {import('../entries/index.js').SqlValue[]} values
 * @param {string} subject for messages
 * @returns {string[]} terms that must all hold
 */
function termsOf(where, known, path, values, subject) {
  if (!isPlain(where)) {
    throw new TypeError(
      `${subject}: ${path} is ${describe(where)}, expected ${path === "where" ? "SQL text or an object" : "an object"}`,
    );
  }
  const terms = [];
  for (const key of Reflect.ownKeys(where)) {
    const name = String(key);
    const condition = where[name];
    const isColumn = known.some(
      (column) => column.toLowerCase() === name.toLowerCase(),
    );
    const here = `${path}.${name}`;
    if (!isColumn && connectives.includes(name)) {
      terms.push(connect(name, condition, known, here, values, subject));
      continue;
    }
    if (!isColumn) {
      throw new TypeError(
        `${subject}: ${path} names an unknown column "${name}"${suggest(name, known)}`,
      );
    }
    if (!isPlain(condition)) {
      terms.push(term(name, "eq", condition, `${here}.eq`, values));
      continue;
    }
    const asked = Reflect.ownKeys(condition).map(String);
    if (asked.length === 0) {
      throw new TypeError(
        `${subject}: ${here} is an empty object, expected a value or one of ${operators.join(", ")}`,
      );
    }
    for (const operator of asked) {
      if (!operators.includes(operator)) {
        throw new TypeError(
          `${subject}: ${here} has an unknown operator "${operator}"${suggest(operator, operators)}`,
        );
      }
      terms.push(
        term(
          name,
          operator,
          condition[operator],
          `${here}.${operator}`,
          values,
        ),
      );
    }
  }
  return terms;
}

/**
 * Conditions within `and`, `or` and `not`. None of them may be empty: it would hold for every row.
 * @param {string} word
 * @param {unknown} given
 * @param {readonly string[]} known
 * @param {string} path
 * @param {import('../entries/index.js').SqlValue[]} values
 * @param {string} subject
 */
function connect(word, given, known, path, values, subject) {
  const isNot = word === "not";
  if (!isNot && !(Array.isArray(given) && given.length > 0))
    throw new TypeError(
      `${subject}: ${path} is ${Array.isArray(given) ? "empty" : describe(given)}, expected an array of conditions`,
    );
  const parts = (isNot ? [given] : /** @type {unknown[]} */ (given)).map(
    (part, i) => {
      const here = isNot ? path : `${path}[${i}]`;
      const terms = termsOf(part, known, here, values, subject);
      if (terms.length === 0)
        throw new TypeError(
          `${subject}: ${here} is an empty object, expected a condition`,
        );
      return terms.join(" and ");
    },
  );
  return isNot ? `not (${parts})` : `((${parts.join(`) ${word} (`)}))`;
}

/**
 * @param {unknown} where
 * @param {readonly string[]} known the columns that may be named
 * @param {string} subject for messages
 * @returns {{ sql: string, values: import('../entries/index.js').SqlValue[] }} `sql` is empty where
 *   there is no condition
 */
export function whereToSql(where, known, subject) {
  /** @type {import('../entries/index.js').SqlValue[]} */
  const values = [];
  const terms = termsOf(where, known, "where", values, subject);
  return { sql: terms.join(" and "), values };
}
