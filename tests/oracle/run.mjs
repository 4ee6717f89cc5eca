// npm run oracle -- [options of the oracle]: builds the oracle with optimisation and runs it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { buildPreset } from "../../tools/lib/cmake.mjs";
import { fail, root } from "../../tools/lib/run.mjs";

const { ok, output } = await buildPreset("native-release", ["oracle"]);
if (!ok) fail(`oracle: ${output}`);
const folder = mkdtempSync(join(tmpdir(), "vss-oracle-"));
const { status, error } = spawnSync(
  "build/native-release/oracle",
  ["--folder", folder, ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" },
);
rmSync(folder, { recursive: true, force: true });
if (error) throw error;
process.exitCode = status ?? 1;
