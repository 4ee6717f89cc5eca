// What this JavaScript was made for. The build puts the numbers in: package.json and tools/versions.json
// are the only places that have them.

/** @type {typeof import('../entries/index.js').version} */
export const version = Object.freeze({
  vss: VSS_VERSION,
  sqlite: SQLITE_VERSION,
  simd: "baseline",
});
