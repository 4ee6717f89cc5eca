/**
 * What a search request may hold. Its body is from somebody unknown: `where` as text would be run
 * as SQL, with which one can read every other table of a shard. So only the object form is taken,
 * whose columns and operators vss-wasm checks and whose values it binds as parameters.
 */

const OPTIONS = ["query", "k", "offset", "where", "select", "maxDistance"];

/** Every shard answers for k + offset rows, and all of them are merged here. */
const MOST_ROWS = 1000;

const isObject = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function check(isRight, what, expected) {
  if (!isRight) throw new TypeError(`${what} is wrong, expected ${expected}`);
}

function checkCount(value, what) {
  check(
    Number.isInteger(value) && value >= 0 && value <= MOST_ROWS,
    what,
    `a whole number of at most ${MOST_ROWS}`,
  );
}

/** The body of POST /search, checked, with its defaults. */
export function searchRequest(body) {
  check(isObject(body), "the body", "an object");
  for (const name of Object.keys(body))
    check(OPTIONS.includes(name), `"${name}"`, `one of ${OPTIONS.join(", ")}`);
  const { query, k = 10, offset = 0, ...rest } = body;
  check(
    Array.isArray(query) && query.every((value) => typeof value === "number"),
    "query",
    "an array of numbers",
  );
  checkCount(k, "k");
  checkCount(offset, "offset");
  if (rest.where !== undefined)
    check(isObject(rest.where), "where", "an object such as { topic: 'sea' }");
  if (rest.select !== undefined)
    check(
      Array.isArray(rest.select) &&
        rest.select.every((name) => typeof name === "string"),
      "select",
      "an array of column names",
    );
  return { query: Float32Array.from(query), k, offset, options: rest };
}

/** The parameters of GET /items: no shard that does not exist, and no page without an end. */
export function pageRequest(parameters, shards) {
  const number = (name, otherwise) => Number(parameters.get(name) ?? otherwise);
  const shard = number("shard", 0);
  const after = number("after", 0);
  const limit = number("limit", 500);
  check(
    Number.isInteger(shard) && shard >= 0 && shard < shards,
    "shard",
    `a whole number below ${shards}`,
  );
  check(Number.isInteger(after), "after", "a whole number");
  check(
    Number.isInteger(limit) && limit > 0 && limit <= 2000,
    "limit",
    "a whole number from 1 to 2000",
  );
  return { shard, after, limit };
}
