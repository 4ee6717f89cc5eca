// What this JavaScript was made for. A test compares it with package.json, tools/versions.json and the module.
export const version = Object.freeze({
  vss: "0.1.0",
  sqlite: "3.54.1",
  simd: /** @type {'baseline' | 'relaxed'} */ ("baseline"),
});
