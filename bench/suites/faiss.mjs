// faiss_search and faiss_agg: runs bench/faiss.mjs in a process of its own, beside the package that
// this run measures.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const TIMEOUT_MS = 180_000;

/** What it printed, also where it was stopped because it took too long. */
function run(script, args) {
  const { stdout, error } = spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (error && error.code !== "ETIMEDOUT") throw error;
  return stdout.split("\n").filter((line) => line.endsWith("}"));
}

export async function faiss({ setup, quick }, report) {
  // bench/faiss.mjs imports ../dist.
  const script = join(setup.work, "faiss/faiss.mjs");
  mkdirSync(join(setup.work, "faiss"), { recursive: true });
  copyFileSync(new URL("../faiss.mjs", import.meta.url), script);
  const lines = run(script, quick ? ["--quick"] : []);
  for (const line of lines) {
    const { dim, ...found } = JSON.parse(line);
    report({ ...found, suite: "faiss", d: dim });
  }
}
