// Nothing is needed but this: Vite 5 to 7 must not pre-bundle a package that brings a .wasm file.
export default {
  optimizeDeps: { exclude: ["vss-wasm"] },
  worker: { format: "es" },
  build: { target: "es2022" },
};
