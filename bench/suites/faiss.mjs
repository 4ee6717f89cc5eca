// faiss_search and faiss_agg: bench/faiss.mjs in a process of its own.
import { execFileSync } from "node:child_process";

export async function faiss({ quick }, report) {
  const script = new URL("../faiss.mjs", import.meta.url).pathname;
  const out = execFileSync(process.execPath, [script, ...(quick ? ["--quick"] : [])], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  for (const line of out.trim().split("\n")) {
    const { bench: _, dim, ...found } = JSON.parse(line);
    report({ suite: "faiss", d: dim, ...found });
  }
}
