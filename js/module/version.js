// The versions that this JavaScript belongs to. The build puts them in: only package.json and
// tools/versions.json have them. Tests that import js/ without a build find "source".
import { chosenSimd } from "./relaxed.js";

const built = typeof VSS_VERSION === "string";

/** @type {typeof import('../entries/index.js').version} */
export const version = Object.freeze({
  vss: built ? VSS_VERSION : "source",
  sqlite: built ? SQLITE_VERSION : "source",
  get simd() {
    return chosenSimd();
  },
});
