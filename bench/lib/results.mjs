// Results are JSON lines. The first says where they come from, and each other line is a
// measurement.
import { createHash } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";

/** What a reader must know to judge a number, without the name of a machine or a user. */
export function machineLine({ dist, before, versions, simd, chromium, quick }) {
  const wasm = readFileSync(`${dist}/vss.wasm`);
  const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
  return {
    what: "run",
    date: new Date().toISOString(),
    quick,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    load_at_start: loadavg().map((x) => Number(x.toFixed(2))),
    os: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    chromium,
    simd,
    ...(before && {
      before: { sha256: sha256(readFileSync(`${before}/vss.wasm`)) },
    }),
    module: {
      sha256: sha256(wasm),
      bytes: wasm.length,
      gzip: gzipSync(wasm, { level: 9 }).length,
    },
    peers: versions,
  };
}

export function createResults(path) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  const lines = [];
  return {
    path,
    lines,
    add(...more) {
      for (const line of more) {
        lines.push(line);
        appendFileSync(path, `${JSON.stringify(line)}\n`);
      }
    },
  };
}

export const readResults = (path) =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
