// The other yardstick: one pass of the scan over 8-bit codes, in a module of the same kernels.
//
// Its index has 100,032 x 384 random components. The pass is forced to whole blocks and asked for
// tight bounds of all rows, so that no high nibbles are read, whatever SIMD the engine has.
import { readFileSync } from "node:fs";
import { ONE_PASS } from "./lines.mjs";

const [DENSE, ALL_ROWS] = [1, 64]; // VssScanPath; rows selected of each 64
const CODE_BYTES = 100_032 * 384;

/** The exports of kernels.wasm, over memory that is filled. */
export async function loadKernels(path) {
  const module = await WebAssembly.compile(readFileSync(path));
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    (imports[from] ??= {})[name] = () => 0;
  const { exports } = await WebAssembly.instantiate(module, imports);
  exports._initialize?.();
  if (!exports.setup()) throw new Error("kernels: out of memory");
  return exports;
}

/**
 * An engine like the others, which bounds rows and finds none. It gives the time for n x d.
 * @param {string | undefined} path of kernels.wasm
 */
export async function createOnePass(path, { n, d }) {
  if (!path) throw new Error("the kernels were not compiled");
  const kernels = await loadKernels(path);
  kernels.select_rows(ALL_ROWS);
  const scale = (n * Math.ceil(d / 64) * 64) / CODE_BYTES;
  return {
    name: ONE_PASS,
    version: "",
    isYardstick: true,
    search() {
      const start = performance.now();
      kernels.scan(DENSE);
      return { ms: scale * (performance.now() - start), ids: [] };
    },
    close() {},
  };
}
