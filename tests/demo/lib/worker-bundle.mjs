// A Worker of demo/ as modules for miniflare, bundled as wrangler would: the wasm and data beside
// it.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../../../", import.meta.url);
const dist = (name) => fileURLToPath(new URL(`dist/${name}`, root));

/**
 * @param {string} entry below demo/
 * @param {{ type: string, path: string, contents: Uint8Array }[]} [more]
 */
export async function workerModules(entry, more = []) {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(`demo/${entry}`, root))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["cloudflare:*", "*.db"],
    plugins: [
      {
        name: "wasm beside the bundle",
        setup: ({ onResolve }) =>
          onResolve({ filter: /vss(-relaxed)?\.wasm$/ }, ({ path }) => ({
            path: `./${basename(path)}`,
            external: true,
          })),
      },
    ],
  });
  return [
    {
      type: "ESModule",
      path: "worker.js",
      contents: result.outputFiles[0].text,
    },
    ...["vss.wasm", "vss-relaxed.wasm"].map((path) => ({
      type: "CompiledWasm",
      path,
      contents: readFileSync(dist(path)),
    })),
    ...more,
  ];
}
