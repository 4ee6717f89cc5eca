// What each operator of a `where` object keeps, written a second time and without SQL. SQL's
// comparisons with NULL keep nothing.

/** A character of a pattern that stands for itself. */
const literal = (c) => c.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/** SQLite's patterns see a text up to its first NUL. */
const visible = (value) => String(value).split("\0")[0];

/** LIKE folds the 26 letters of ASCII only. */
const folded = (text) => text.replace(/[A-Z]/g, (c) => c.toLowerCase());

function like(value, pattern) {
  const source = Array.from(folded(visible(pattern)), (c) =>
    c === "%" ? "[^]*" : c === "_" ? "[^]" : literal(c),
  );
  return new RegExp(`^${source.join("")}$`, "u").test(folded(visible(value)));
}

/** Sets are single characters here: no range, and no bracket inside. */
function glob(value, pattern) {
  const source = visible(pattern).replace(
    /\[(\^?)([^\]]+)\]|[^]/gu,
    (part, not, set) =>
      part === "*"
        ? "[^]*"
        : part === "?"
          ? "[^]"
          : set
            ? `[${not}${literal(set)}]`
            : literal(part),
  );
  return new RegExp(`^${source}$`, "u").test(visible(value));
}

/** @type {Record<string, (a: any, b: any) => boolean>} */
export const KEEP = {
  eq: (a, b) => (b === null ? a === null : a !== null && a === b),
  ne: (a, b) => (b === null ? a !== null : a !== null && a !== b),
  gt: (a, b) => a !== null && a > b,
  gte: (a, b) => a !== null && a >= b,
  lt: (a, b) => a !== null && a < b,
  lte: (a, b) => a !== null && a <= b,
  in: (a, list) => list.includes(a),
  notIn: (a, list) => !list.includes(a) && (a !== null || list.length === 0),
  isNull: (a, b) => (a === null) === b,
  like: (a, pattern) => a !== null && like(a, pattern),
  glob: (a, pattern) => a !== null && glob(a, pattern),
};
