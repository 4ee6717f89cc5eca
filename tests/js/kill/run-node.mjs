// kill -9 of a Node process amid commits: every committed row is there, no other is.
//
//   node tests/js/kill/run-node.mjs [times]       default 20; VSS_DIST: the package's folder; SEED
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { equal, randomNumbers } from "../lib/harness.js";
import { verify } from "./workload.js";

const times = Number(process.argv[2] ?? 20);
const seed = Number(process.env.SEED ?? Date.now() % 1e6);
const dist = resolve(
  process.env.VSS_DIST ?? new URL("../../../dist", import.meta.url).pathname,
);
const { open } = await import(pathToFileURL(join(dist, "index.node.js")).href);
const child = new URL("./child.mjs", import.meta.url).pathname;
// A process is killed here, not the machine: memory is as good as a disk, and much faster to sync.
const folder = mkdtempSync(
  join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "vss-kill-"),
);
const path = join(folder, "x.db");
const random = randomNumbers(seed);

/** Start the child, kill it a while after its first commit; gives the last commit it reported. */
function runAndKill(mode, before) {
  return new Promise((done, fail) => {
    const run = spawn(process.execPath, [child, dist, `file:${path}`, mode], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    let timer;
    run.stdout.on("data", (chunk) => {
      output += chunk;
      timer ??= setTimeout(() => run.kill("SIGKILL"), random() * 60);
    });
    run.stderr.on("data", (chunk) => (errors += chunk));
    run.on("close", (code, signal) => {
      if (signal !== "SIGKILL")
        return fail(
          new Error(`the child ended by itself (${code}): ${errors}`),
        );
      // A last line may be cut off: it was not reported.
      const lines = output
        .slice(0, output.lastIndexOf("\n") + 1)
        .trim()
        .split("\n")
        .filter(Boolean);
      done(lines.length ? Number(lines.at(-1)) : before);
    });
  });
}

let last = 0;
let hot = 0;
try {
  for (let i = 0; i < times; i++) {
    const mode = i % 4 === 3 ? "wal" : ["delete", "truncate", "persist"][i % 3];
    const reported = await runAndKill(mode, last);
    if (readdirSync(folder).length > 2) hot++;
    const db = await open(`file:${path}`);
    // The child prints before it goes on, so at most one commit is unreported.
    last = verify(db, reported, 1);
    db.close();
    equal(
      readdirSync(folder).filter((name) => name.includes("-vss-lock-")),
      [],
      "lock files left",
    );
  }
  // And a real SQLite agrees.
  const cli = spawnSync(
    "sqlite3",
    [path, "pragma integrity_check; select max(n) from log"],
    { encoding: "utf8" },
  );
  if (!cli.error)
    equal(
      cli.stdout.trim().split("\n"),
      ["ok", String(last)],
      "what sqlite3 says",
    );
  console.log(
    `kill -9: ${times} times (${hot} with a journal left), ${last} commits, all whole; seed ${seed}`,
  );
} catch (error) {
  console.log(`kill -9 failed; seed ${seed}: ${error.stack}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
