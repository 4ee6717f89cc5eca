// npm run oracle -- --seed S --count N [--file] [--verbose]: builds the oracle, optimised, and runs it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

function run(command, args, stdio) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    stdio,
    encoding: "utf8",
  });
  if (error) throw error;
  if (status !== 0 && stdout) console.error(stdout);
  return status ?? 1;
}

const quiet = ["ignore", "pipe", "inherit"];
let status = run("cmake", ["--preset", "native-release"], quiet);
if (status === 0) {
  const build = ["--build", "--preset", "native-release", "--parallel", "2"];
  status = run("cmake", [...build, "--target", "oracle"], quiet);
}
if (status === 0) {
  const folder = mkdtempSync(join(tmpdir(), "vss-oracle-"));
  const args = ["--folder", folder, ...process.argv.slice(2)];
  status = run("build/native-release/oracle", args, "inherit");
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = status;
