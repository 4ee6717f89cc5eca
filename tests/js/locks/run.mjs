// What a lock of a file: database promises, in the runtime that runs this file: Node, Deno or Bun.
// locks.test.mjs runs all three.
//
//   <runtime> run.mjs [word in a spec's name]
//
// The environment variables VSS_DIST (default dist) and SEED set the package's folder and the seed.
import { mkdtempSync, rmSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runSpecs } from "../lib/harness.js";
import { report } from "../lib/report.mjs";
import "./owners.js";
import "./moved.js";
import "./permissions.js";

const dist = resolve(
  process.env.VSS_DIST ?? new URL("../../../dist", import.meta.url).pathname,
);
const api = await import(pathToFileURL(join(dist, "index.node.js")).href);
const { Bun, Deno } = /** @type {any} */ (globalThis);
const runtime = Bun
  ? `Bun ${Bun.version}`
  : Deno
    ? `Deno ${Deno.version.deno}`
    : `Node ${process.versions.node}`;
const folder = mkdtempSync(join(tmpdir(), "vss-locks-"));
// Other users must be able to read here.
chmodSync(folder, 0o755);
let next = 1;
const env = {
  runtime,
  dist,
  folder,
  seed: Number(process.env.SEED ?? Date.now() % 1e6),
  path: () => join(folder, `${next++}.db`),
};
console.log(`locks: ${runtime}, seed ${env.seed}`);
const results = await runSpecs({ api, env }, process.argv[2]);
rmSync(folder, { recursive: true, force: true });
report(runtime, results);
process.exit();
