// Puts SQLite's amalgamation into build/deps/sqlite (or the folder given as the first argument).
//
// The source is an npm package that tools/versions.json pins, and its files are checked by SHA-256.
// It comes from the registry that npm is configured for, and is never committed. VSS_SQLITE_DIR in
// the environment names a folder to use instead; then nothing is fetched or checked.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fail, root, versions } from "./lib/run.mjs";

const { version, package: source, folder, sha256 } = versions.sqlite;
const target = resolve(process.argv[2] ?? join(root, "build/deps/sqlite"));
const names = Object.keys(sha256);

const sha256Of = (path) =>
  createHash("sha256").update(readFileSync(path)).digest("hex");
const isRight = (dir) =>
  names.every(
    (name) =>
      existsSync(join(dir, name)) && sha256Of(join(dir, name)) === sha256[name],
  );

function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (done.error) fail(`${command}: ${done.error.message}`);
  if (done.status !== 0)
    fail(`${command} ${args.join(" ")} failed:\n${done.stderr}`);
  return done.stdout;
}

function fetchInto(temp) {
  console.log(`fetch: SQLite ${version} from the npm package ${source}`);
  const args = [
    "pack",
    source,
    "--ignore-scripts",
    "--silent",
    "--pack-destination",
    temp,
  ];
  const tarball = run("npm", args, temp).trim().split("\n").pop();
  const members = names.map((name) => `package/${folder}/${name}`);
  run("tar", ["-xzf", tarball, ...members], temp);
  const unpacked = join(temp, "package", folder);
  for (const name of names) {
    const actual = sha256Of(join(unpacked, name));
    if (actual !== sha256[name]) {
      fail(
        `fetch: ${name} of ${source} has SHA-256 ${actual}, expected ${sha256[name]}`,
      );
    }
  }
  mkdirSync(target, { recursive: true });
  // A copy is renamed, so that a build that reads the folder at this moment sees whole files only.
  for (const name of names) {
    copyFileSync(join(unpacked, name), join(target, `.${name}.${process.pid}`));
    renameSync(join(target, `.${name}.${process.pid}`), join(target, name));
  }
}

if (process.env.VSS_SQLITE_DIR) {
  for (const name of names) {
    const path = join(process.env.VSS_SQLITE_DIR, name);
    if (!existsSync(path))
      fail(`fetch: VSS_SQLITE_DIR names a folder without ${name}: ${path}`);
  }
} else if (!isRight(target)) {
  const temp = mkdtempSync(join(tmpdir(), "vss-sqlite-"));
  process.on("exit", () => rmSync(temp, { recursive: true, force: true }));
  fetchInto(temp);
}
