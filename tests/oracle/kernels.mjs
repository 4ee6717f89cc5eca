// npm run oracle:kernels -- [--seed S] [--count N] [--engines native,baseline,relaxed]
//   [--paths coarse,adaptive,...]
//
// The same cases of the oracle with all kernels and on all paths of a scan: N statements in all,
// a million by default. Each run compares with plain SQLite. Besides, all runs have to agree in
// their answers, and on each path all engines in the number of vectors that searches read. On the
// paths without high nibbles that number is the same too.
//
//   native     the kernels as SIMDe compiles them for this machine
//   baseline   the objects of vss.wasm, in this Node
//   relaxed    the same, with the kernel of vss-relaxed.wasm
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPreset, folderOf } from "../../tools/lib/cmake.mjs";
import { buildRelaxed } from "../../tools/lib/relaxed.mjs";
import { fail, root } from "../../tools/lib/run.mjs";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: process.env.VSS_TEST_SEED ?? "" },
    count: { type: "string", default: "1000000" },
    engines: { type: "string", default: "native,baseline,relaxed" },
    // "seed": the seed of a case decides, which also takes "streaming" and "floats".
    paths: {
      type: "string",
      default:
        "dense,sparse,coarse,adaptive,coarse_rows,adaptive_rows,auto,seed",
    },
  },
});
const seed = values.seed || String(Math.floor(Date.now() / 1000));
const engines = values.engines.split(",");
const paths = values.paths.split(",");

/** Large tables are few: one of their statements takes as long as some hundred others. */
const LARGE_PART = 1 / 400;
const LEAST_LARGE = 45;

const wasm = join(root, "tests/oracle/wasm/run.mjs");
const { bytes, built } = await buildRelaxed(folderOf("wasm-release"));
if (engines.includes("relaxed") && !built)
  fail("oracle: relaxed: skipped, the build has no such kernel");
/** Node 20 has relaxed SIMD behind a flag, and newer ones have it anyway. */
const flags = WebAssembly.validate(bytes)
  ? []
  : ["--experimental-wasm-relaxed-simd"];

/** @type {Record<string, string[]>} */
const commands = {
  native: [join(folderOf("native-release"), "oracle")],
  baseline: [process.execPath, wasm, "baseline"],
  relaxed: [process.execPath, ...flags, wasm, "relaxed"],
};

for (const engine of engines)
  if (!commands[engine]) fail(`oracle: ${engine} is not an engine`);
for (const preset of new Set(
  engines.map((name) =>
    name === "native" ? "native-release" : "wasm-release",
  ),
)) {
  const { ok, output } = await buildPreset(preset, ["oracle"]);
  if (!ok) fail(`oracle: ${output}`);
}

/**
 * @param {string} engine
 * @param {string} path
 * @param {string[]} options
 */
function run(engine, path, options) {
  const [command, ...args] = commands[engine];
  const forced = path === "seed" ? [] : ["--path", path];
  const { status, stdout, stderr } = spawnSync(
    command,
    [...args, "--seed", seed, ...options, ...forced],
    { cwd: root, encoding: "utf8" },
  );
  if (status === 3)
    fail("oracle: relaxed: skipped, this engine has no relaxed SIMD");
  const end =
    /, (\d+) statements, no difference.*\n.*answers (\w+), (\d+) vectors read/.exec(
      stdout,
    );
  if (status !== 0 || !end)
    fail(`oracle: ${engine}, path ${path}:\n${stdout}${stderr}`);
  const [, statements, answers, vectors] = end;
  return { statements: Number(statements), answers, vectors };
}

const share = Number(values.count) / (engines.length * paths.length);
const large = Math.max(LEAST_LARGE, Math.ceil(share * LARGE_PART));
/** @type {Record<string, string[]>} */
const kinds = { "": ["--count", String(Math.ceil(share))] };
kinds[", large tables"] = ["--large", "--count", String(large)];
console.log(`oracle: seed ${seed}, ${engines.join(", ")}`);
let statements = 0;
let differ = 0;
for (const [kind, options] of Object.entries(kinds)) {
  let answers = "";
  /** Vectors read, by what decides about them. */
  const vectors = new Map();
  for (const path of paths)
    for (const engine of engines) {
      const got = run(engine, path, options);
      statements += got.statements;
      console.log(
        `${engine}, path ${path}${kind}: ${got.statements} statements, answers ${got.answers}, ${got.vectors} vectors read`,
      );
      // With high nibbles, batches end elsewhere in tables of more than a few hundred rows. Whether
      // "auto" reads them in a large table depends on the kernels there are.
      const decides =
        path === "dense" || path === "sparse" || (path === "auto" && !kind)
          ? ""
          : kind && (path === "auto" || path === "seed")
            ? `${path} ${engine}`
            : path;
      answers ||= got.answers;
      if (!vectors.has(decides)) vectors.set(decides, got.vectors);
      if (got.answers === answers && got.vectors === vectors.get(decides))
        continue;
      differ++;
      console.log("  DIFFERS from the runs before it");
    }
}
console.log(
  `oracle: ${statements} statements, ${differ ? `${differ} runs differ` : "all runs agree"}`,
);
process.exitCode = differ ? 1 : 0;
