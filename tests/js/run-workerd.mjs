// Runs the specs in workerd, Cloudflare's runtime, through miniflare: in a Worker, and in a Durable
// Object.
//
//   node tests/js/run-workerd.mjs [word in the spec's name]     VSS_DIST: the package's folder
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { report } from "./lib/report.mjs";
import { requireRuntime, root } from "./lib/runtimes.mjs";
import { serve } from "./lib/server.mjs";

const { build } = requireRuntime("esbuild");
const { Miniflare } = requireRuntime("miniflare");
const { version } = requireRuntime("workerd/package.json");
const dist = resolve(process.env.VSS_DIST ?? join(root, "dist"));

const { outputFiles } = await build({
  entryPoints: [join(root, "tests/js/lib/workerd.js")],
  bundle: true,
  write: false,
  format: "esm",
  target: "es2022",
  external: ["cloudflare:workers", "./vss.wasm", "./vss-relaxed.wasm"],
  alias: { "@dist": dist },
  // The repository's package.json calls its files free of side effects; registering a spec is one.
  ignoreAnnotations: true,
  logLevel: "silent",
});
const miniflare = new Miniflare({
  modules: [
    { type: "ESModule", path: "main.js", contents: outputFiles[0].text },
    ...["vss.wasm", "vss-relaxed.wasm"].map((path) => ({
      type: /** @type {const} */ ("CompiledWasm"),
      path,
      contents: readFileSync(join(dist, path)),
    })),
  ],
  compatibilityDate: "2026-04-01",
  durableObjects: { SPECS: { className: "Specs", useSQLite: true } },
});
const server = await serve({});
try {
  const filter = encodeURIComponent(process.argv[2] ?? "");
  const source = encodeURIComponent(`${server.origin}/source`);
  for (const where of ["worker", "object"]) {
    const response = await miniflare.dispatchFetch(
      `http://specs/?where=${where}&filter=${filter}&source=${source}`,
    );
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    report(
      `workerd ${version}, ${where === "worker" ? "Worker" : "Durable Object"}`,
      JSON.parse(text),
    );
  }
} finally {
  await miniflare.dispose();
  server.close();
}
