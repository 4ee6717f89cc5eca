// The versions that this JavaScript belongs to. The build puts them in: only package.json and
// tools/versions.json have them.

/** @type {typeof import('../entries/index.js').version} */
export const version = Object.freeze({
  vss: VSS_VERSION,
  sqlite: SQLITE_VERSION,
  simd: "baseline",
});
