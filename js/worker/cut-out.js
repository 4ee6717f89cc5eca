// Views without the rest of their buffers.

/** How deep the vectors of a search lie: arguments, plan, parameters, one of their objects. */
const MAX_DEPTH = 4;

/**
 * The same arguments without what a view does not show: a view of a large buffer would take the
 * whole buffer along.
 * @param {any} value
 * @param {number} [depth]
 * @returns {any}
 */
export function cutOut(value, depth = 0) {
  if (ArrayBuffer.isView(value))
    // Not value.slice(), since that of a Buffer gives a view of the same memory.
    return value.byteLength < value.buffer.byteLength && "length" in value
      ? Uint8Array.prototype.slice.call(value)
      : value;
  if (depth > MAX_DEPTH || typeof value !== "object" || value === null)
    return value;
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
