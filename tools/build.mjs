// Builds the wasm module and puts the package together in dist/.
//
//   node tools/build.mjs [--build <folder>] [--out <folder>]     default: build/wasm, dist
//
// Incremental: SQLite is compiled once a build folder, and only what changed is compiled again.
// dist/ holds js/ as it is and the module as vss.wasm, nothing else.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { capture, fail, root } from "./lib/run.mjs";

const { values } = parseArgs({
  options: {
    build: { type: "string", default: join(root, "build/wasm") },
    out: { type: "string", default: join(root, "dist") },
  },
});
const build = resolve(values.build);
const out = resolve(values.out);

/** Runs a build step; its output is shown only when it fails. */
async function step(command, args) {
  const { ok, output } = await capture(command, args);
  if (!ok) fail(`build: ${command} ${args.join(" ")} failed:\n${output}`);
}

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile());

/** Writes only what changed, so that watchers and `npm pack` see no needless new files. */
function put(bytes, path) {
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

function assemble() {
  const js = join(root, "js");
  const sources = new Map([["vss.wasm", join(build, "vss.wasm")]]);
  for (const name of existsSync(js) ? filesBelow(js) : []) {
    if (/\.(js|d\.ts)$/.test(name)) sources.set(name, join(js, name));
  }
  for (const [name, path] of sources) put(readFileSync(path), join(out, name));
  for (const name of filesBelow(out))
    if (!sources.has(name)) rmSync(join(out, name));
}

if (!existsSync(join(build, "build.ninja"))) {
  await step("cmake", ["--preset", "wasm-release", "-B", build]);
}
await step("cmake", ["--build", build, "--parallel", "2"]);
assemble();
console.log(
  `build: ${relative(process.cwd(), out) || "."}/ (vss.wasm ${statSync(join(out, "vss.wasm")).size} bytes)`,
);
