// Runs the specs in Node, Deno or Bun: whichever runs this file.
//
//   node tests/js/run-node.mjs [word in the spec's name]
//
// The environment variable VSS_DIST names the package's folder; the default is dist. SEED repeats a
// random spec.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { report } from "./lib/report.mjs";
import { runSpecs } from "./lib/harness.js";
import { serve } from "./lib/server.mjs";
import "./specs/all.js";

const dist = resolve(
  process.env.VSS_DIST ?? new URL("../../dist", import.meta.url).pathname,
);
const api = await import(pathToFileURL(join(dist, "index.node.js")).href);
const core = await import(pathToFileURL(join(dist, "core.js")).href);
const text = await import(pathToFileURL(join(dist, "text.js")).href);
const folder = mkdtempSync(join(tmpdir(), "vss-js-"));
const { Bun, Deno } = /** @type {any} */ (globalThis);
const runtime = Bun
  ? `Bun ${Bun.version}`
  : Deno
    ? `Deno ${Deno.version.deno}`
    : `Node ${process.versions.node}`;

function collector() {
  if (Deno) return globalThis.gc;
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

let next = 1;
const server = await serve({});
const env = {
  runtime,
  /** More of what is done often: tests/js/long.mjs. */
  long: Boolean(process.env.VSS_LONG),
  bail: Boolean(process.env.VSS_BAIL),
  seed: process.env.SEED,
  text,
  wasm: new Uint8Array(readFileSync(join(dist, "vss.wasm"))),
  relaxed() {
    const bytes = readFileSync(join(dist, "vss-relaxed.wasm"));
    return bytes.length > 8 && WebAssembly.validate(bytes)
      ? new WebAssembly.Module(bytes)
      : undefined;
  },
  /** A copy of the package that has loaded nothing yet. */
  freshApi: async () => core.createApi({ wasm: () => env.wasm }),
  /** Collects garbage; undefined in Deno. */
  gc: Bun ? () => Bun.gc(true) : collector(),
  heap: () => process.memoryUsage().heapUsed,
  /** Where databases can be put, and asked for: lib/source.mjs. */
  source: `${server.origin}/source`,
  /** The classes of another realm. */
  realm: () => runInNewContext("globalThis"),
  location: () => `file:${join(folder, `${next++}.db`)}`,
  /** @param {string} location */
  remove(location) {
    const path = location.slice("file:".length);
    for (const name of existsSync(dirname(path))
      ? readdirSync(dirname(path))
      : []) {
      if (name.startsWith(basename(path))) rmSync(join(dirname(path), name));
    }
  },
};
const results = await runSpecs({ api, env }, process.argv[2]);
server.close();
rmSync(folder, { recursive: true, force: true });
report(runtime, results);
