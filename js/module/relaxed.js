// The kernels that need relaxed SIMD: whether this engine can run them, and which ones are to run.
//
// They are a small module of their own, which the build puts into a custom section of vss.wasm.
// Where a runtime compiles no bytes, its entry brings the compiled module. A build without clang 19
// has no such module. The answers are the same.
import { describe } from "./errors.js";

/** @typedef {NonNullable<import('../entries/index.js').InitOptions["simd"]>} Simd */

const built = typeof VSS_RELAXED === "boolean" && VSS_RELAXED;

/** A module with one function that has one relaxed dot product. */
// prettier-ignore
const PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 16, 1, 14, 0,
  65, 0, 253, 15, 65, 0, 253, 15, 253, 146, 2, 26, 11,
];

/** What the last init() or the engine has chosen; version.simd shows it. */
/** @type {Simd} */
let chosen = "baseline";
export const chosenSimd = () => chosen;

/** @type {WeakMap<WebAssembly.Module, Promise<WebAssembly.Module>>} by the module it is in */
const compiled = new WeakMap();

/**
 * @param {WebAssembly.Module} main
 * @returns {Promise<WebAssembly.Module> | undefined} undefined where it has none
 */
function sideOf(main) {
  const [bytes] = WebAssembly.Module.customSections(main, "vss-relaxed");
  if (bytes && !compiled.has(main))
    compiled.set(main, WebAssembly.compile(bytes));
  return compiled.get(main);
}

export class Kernels {
  #isThere;
  #isWanted = true;
  #given;

  /** @param {WebAssembly.Module} [given] what the entry brings; without kernels it is empty */
  constructor(given) {
    this.#given = given;
    this.#isThere = given
      ? WebAssembly.Module.exports(given).length > 0
      : built && WebAssembly.validate(new Uint8Array(PROBE));
    this.choose(undefined);
  }

  /**
   * The module for an instance of this one; undefined: the kernels of vss.wasm run.
   * @param {WebAssembly.Module} main
   */
  async moduleFor(main) {
    if (!this.#isThere || !this.#isWanted) return undefined;
    try {
      return await (this.#given ?? sideOf(main));
    } catch {
      // The runtime compiles nothing, and was given the main module in another way.
      this.#isThere = false;
      this.choose(undefined);
      return undefined;
    }
  }

  /** @param {unknown} simd the option of init(); undefined: what the engine has */
  choose(simd) {
    if (simd !== undefined && simd !== "baseline" && simd !== "relaxed")
      throw new TypeError(
        `init: simd is ${describe(simd)}, expected "baseline" or "relaxed"`,
      );
    if (simd === "relaxed" && !this.#isThere)
      throw new TypeError(
        'init: simd is "relaxed", which this engine or this build does not have',
      );
    this.#isWanted = simd !== "baseline";
    chosen = this.#isThere && this.#isWanted ? "relaxed" : "baseline";
  }
}
