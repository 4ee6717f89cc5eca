// The kernels that need relaxed SIMD: whether this engine can run them, and which ones are to run.
//
// vss-relaxed.wasm has a single kernel and is so small that the build puts its bytes in here. Where
// a runtime compiles no bytes, its entry brings the compiled module. A build without clang 19 has
// no such module. The answers are the same.
import { describe } from "./errors.js";

/** @typedef {NonNullable<import('../entries/index.js').InitOptions["simd"]>} Simd */

const bytes = typeof VSS_RELAXED === "string" ? VSS_RELAXED : "";

/** What the last init() or the engine has chosen; version.simd shows it. */
/** @type {Simd} */
let chosen = "baseline";
export const chosenSimd = () => chosen;

/** @type {WebAssembly.Module | null | undefined} undefined: not tried yet */
let compiled;

function compile() {
  if (!bytes) return null;
  try {
    const code = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
    return WebAssembly.validate(code) ? new WebAssembly.Module(code) : null;
  } catch {
    // The runtime compiles nothing, and was given the main module in another way.
    return null;
  }
}

/**
 * A build without the kernels brings an empty module.
 * @param {WebAssembly.Module} module
 */
const hasKernel = (module) =>
  module && WebAssembly.Module.exports(module).length > 0 ? module : null;

export class Kernels {
  /** @type {WebAssembly.Module | null} */ #module;
  #isWanted = true;

  /** @param {WebAssembly.Module} [given] what the entry brings */
  constructor(given) {
    this.#module = given ? hasKernel(given) : (compiled ??= compile());
    this.choose(undefined);
  }

  /** The module for the next instance; undefined: the kernels of vss.wasm run. */
  get module() {
    return this.#isWanted && this.#module ? this.#module : undefined;
  }

  /** @param {unknown} simd the option of init(); undefined: what the engine has */
  choose(simd) {
    if (simd !== undefined && simd !== "baseline" && simd !== "relaxed")
      throw new TypeError(
        `init: simd is ${describe(simd)}, expected "baseline" or "relaxed"`,
      );
    if (simd === "relaxed" && !this.#module)
      throw new TypeError(
        'init: simd is "relaxed", which this engine or this build does not have',
      );
    this.#isWanted = simd !== "baseline";
    chosen = this.module ? "relaxed" : "baseline";
  }
}
