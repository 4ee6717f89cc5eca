// Running other programs from the tools: how their output and their failure are handled.
import { spawn, spawnSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readFileSync } from "node:fs";

/** The repository's top folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** What tools/versions.json pins. */
export const versions = JSON.parse(
  readFileSync(resolve(root, "tools/versions.json"), "utf8"),
);

/**
 * The environment every tool runs with. Debian's emcc loads node modules (acorn) from
 * /usr/share/nodejs, which a Node from elsewhere does not search by itself.
 */
export const toolEnv = {
  ...process.env,
  NODE_PATH: [process.env.NODE_PATH, "/usr/share/nodejs"]
    .filter(Boolean)
    .join(":"),
};

/** Runs a program, shows its output, and ends this process when it fails. */
export function must(command, args, options = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    env: toolEnv,
    stdio: "inherit",
    ...options,
  });
  if (done.error) fail(`${command}: ${done.error.message}`);
  if (done.status !== 0) process.exit(done.status ?? 1);
}

/**
 * Runs a program and gives { ok, output }; never throws. `output` is stdout and stderr together.
 */
export function capture(command, args = [], options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      env: toolEnv,
      ...options,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    const output = () => Buffer.concat(chunks).toString("utf8");
    child.on("error", (error) => done({ ok: false, output: error.message }));
    child.on("close", (status) =>
      done({ ok: status === 0, status, output: output() }),
    );
  });
}

/** Says what is wrong on stderr, and ends this process with status 1. */
export function fail(text) {
  console.error(text);
  process.exit(1);
}

/** True when version a is at least version b; both are numbers with dots. */
export function atLeast(a, b) {
  const [x, y] = [a, b].map((v) => v.split(".").map(Number));
  for (let i = 0; i < 3; i++)
    if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) > (y[i] ?? 0);
  return true;
}
