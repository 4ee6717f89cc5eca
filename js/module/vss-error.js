// VssError, which says what SQLite or the core refused.
import { codeName, codeText, SQLITE } from "./sqlite-codes.js";

export class VssError extends Error {
  /**
   * Two entries on one page, and two realms, have a copy of this class each.
   * @param {any} error
   */
  static [Symbol.hasInstance](error) {
    return this === VssError
      ? error?.name === "VssError" && "errcode" in error
      : Function.prototype[Symbol.hasInstance].call(this, error);
  }

  /**
   * @param {string} message
   * @param {{ code?: string, errcode?: number, errstr?: string, offset?: number,
   *   cause?: unknown }} [facts]
   */
  constructor(
    message,
    { code, errcode = SQLITE.MISUSE, errstr = "", offset, cause } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    /** @readonly @type {string} */
    this.code = code ?? codeName(errcode);
    /** @readonly @type {number} */
    this.errcode = errcode;
    /** @readonly @type {string} */
    this.errstr = errstr || codeText(errcode);
    // The property exists only where SQLite knows the place.
    if (offset !== undefined) this.offset = offset;
  }
}
// On the prototype, so that it does not show among the properties of each error.
Object.defineProperty(VssError.prototype, "name", {
  value: "VssError",
  configurable: true,
  writable: true,
});
