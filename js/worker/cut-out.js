// Views without the rest of their buffers.

/**
 * The same arguments without what a view does not show: a view of a large buffer would take the
 * whole buffer along.
 * @param {any} value
 * @param {number} [depth]
 * @returns {any}
 */
export function cutOut(value, depth = 0) {
  if (ArrayBuffer.isView(value))
    return value.byteLength < value.buffer.byteLength && "slice" in value
      ? /** @type {any} */ (value).slice()
      : value;
  if (depth > 2 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.some((item) => typeof item === "object")
      ? value.map((item) => cutOut(item, depth + 1))
      : value;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, cutOut(item, depth + 1)]),
  );
}
