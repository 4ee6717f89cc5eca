// CMake's build folders as the tools use them: configured, built, and never another checkout's.
import { existsSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { capture, root } from "./run.mjs";

/**
 * Deletes a build folder that CMake configured for other sources, and gives whether it did. `cp -r`
 * copies the build folders of a checkout too; they name the original's sources, and go on building
 * them.
 */
export function forgetForeignBuild(folder, sources = root) {
  const cache = join(folder, "CMakeCache.txt");
  if (!existsSync(cache)) return false;
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(
    readFileSync(cache, "utf8"),
  )?.[1];
  if (home && existsSync(home) && realpathSync(home) === realpathSync(sources))
    return false;
  console.log(
    `build: ${folder} was configured for ${home}; it is configured anew`,
  );
  rmSync(folder, { recursive: true });
  return true;
}

/** The build folder of a configure preset. Only the module's folder has another name. */
export const folderOf = (preset) =>
  join(root, "build", preset === "wasm-release" ? "wasm" : preset);

/**
 * Configures a preset and builds these targets, by default all of them. Gives { ok, output }.
 * `output` is the command that failed and what it printed.
 */
export async function buildPreset(preset, targets = []) {
  forgetForeignBuild(folderOf(preset));
  const commands = [
    ["--preset", preset],
    ["--build", "--preset", preset, "--parallel", "2"].concat(
      targets.length ? ["--target", ...targets] : [],
    ),
  ];
  for (const args of commands) {
    const { ok, output } = await capture("cmake", args);
    if (!ok) return { ok, output: `$ cmake ${args.join(" ")}\n${output}` };
  }
  return { ok: true, output: "" };
}
