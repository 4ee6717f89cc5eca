// The nearest of several lists of hits.
import { checkCount, describe } from "../module/errors.js";

/**
 * The k best of several sorted lists, each of which has the k best of its shard. This is exact,
 * since what is among the k best of all is among the k best of its own list. Of equal ones, those
 * of the earlier list go first.
 *
 * @template {{ distance: number }} H
 * @param {readonly (readonly H[])[]} lists
 * @param {number} k
 * @param {'asc' | 'desc'} [order]
 * @returns {H[]}
 */
export function mergeTopK(lists, k, order = "asc") {
  checkCount(k, "mergeTopK: k");
  if (!Array.isArray(lists) || !lists.every(Array.isArray)) {
    throw new TypeError(
      `mergeTopK: lists is ${describe(lists)}, expected an array of arrays of hits`,
    );
  }
  if (order !== "asc" && order !== "desc") {
    throw new TypeError(
      `mergeTopK: order is ${describe(order)}, expected "asc" or "desc"`,
    );
  }
  const sign = order === "asc" ? 1 : -1;
  // Array.prototype.sort is stable, and lists of k hits are short.
  return lists
    .flat()
    .sort((a, b) => sign * (a.distance - b.distance))
    .slice(0, k);
}
