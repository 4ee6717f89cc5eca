// This is all that is needed: Vite 5 to 7 must not pre-bundle a package that contains a .wasm file.
export default {
  optimizeDeps: { exclude: ["vss-wasm"] },
  worker: { format: "es" },
  build: { target: "es2022" },
};
