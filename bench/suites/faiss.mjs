// faiss_search and faiss_agg: bench/faiss.mjs in a process of its own, beside the package that this run measures.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

export async function faiss({ setup, quick }, report) {
  // It imports ../dist.
  const script = join(setup.work, "faiss/faiss.mjs");
  mkdirSync(join(setup.work, "faiss"), { recursive: true });
  copyFileSync(new URL("../faiss.mjs", import.meta.url), script);
  const out = execFileSync(
    process.execPath,
    [script, ...(quick ? ["--quick"] : [])],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  for (const line of out.trim().split("\n")) {
    const { dim, ...found } = JSON.parse(line);
    report({ ...found, suite: "faiss", d: dim });
  }
}
