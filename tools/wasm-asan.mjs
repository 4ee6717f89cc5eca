// The C tests and the SQL scripts as WebAssembly under Emscripten's AddressSanitizer, in Node.
//
//   node tools/wasm-asan.mjs [word in a program's name ...]      build folder: build/wasm-asan
//
// The module that is shipped has no JavaScript of Emscripten's, which the sanitizer needs to run. So the same C, with the
// same SIMD kernels and the same 32-bit sizes, is linked into the test programs instead: they have Emscripten's
// loader and Node's files. Incremental; the first build takes a few minutes.
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
} from "node:fs";
import { basename, join } from "node:path";
import { capture, fail, root } from "./lib/run.mjs";

const build = join(root, "build/wasm-asan");
const sqlite = process.env.VSS_SQLITE_DIR || join(root, "build/deps/sqlite");
const words = process.argv.slice(2);

// Beside the tests that need what a module cannot have: shared libraries, processes, threads.
const UNFIT = /dlopen|pthread|fork\(|waitpid|\bmmap\b|VSS_LOADABLE/;
const cFiles = (/** @type {string} */ folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(root, folder, name));

/** SQLite's options of every build, as wasm/sqlite-options.cmake lists them. */
function sqliteOptions() {
  const text = readFileSync(join(root, "wasm/sqlite-options.cmake"), "utf8");
  const list = /set\(VSS_SQLITE_OPTIONS\n([^)]*)\)/.exec(
    text.replace(/#.*$/gm, ""),
  )?.[1];
  const options = list?.match(/SQLITE_\S+/g) ?? [];
  if (options.length < 5) fail("wasm-asan: SQLite's options were not found");
  return [...options, "SQLITE_THREADSAFE=0", "SQLITE_OMIT_LOAD_EXTENSION"].map(
    (option) => `-D${option}`,
  );
}

const common = ["-fsanitize=address", "-g1", "-O1", "-ffp-contract=off"];
const options = sqliteOptions();
const version = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
).version;
const own = [
  ...common,
  ...options,
  "-std=c11",
  "-msimd128",
  "-mbulk-memory",
  `-I${join(root, "src")}`,
  `-I${join(root, "tests/c")}`,
  `-isystem${sqlite}`,
  `-DVSS_SOURCE_DIR="${root}"`,
  `-DVSS_VERSION="${version}"`,
  "-UNDEBUG",
];

const newest = (/** @type {string[]} */ paths) =>
  Math.max(...paths.map((path) => statSync(path).mtimeMs));
const headers = newest(
  ["src", "tests/c", "tests/sql", "tests/oracle"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map(String)
      .filter((name) => name.endsWith(".h"))
      .map((name) => join(root, folder, name)),
  ),
);

/** Runs emcc unless the target is newer than what it is made of. */
async function emcc(target, sources, args, since = 0) {
  if (
    existsSync(target) &&
    statSync(target).mtimeMs > Math.max(since, newest(sources))
  )
    return;
  const done = await capture("emcc", [...args, ...sources, "-o", target], {
    timeout: 30 * 60_000,
  });
  if (!done.ok) fail(`wasm-asan: ${basename(target)}:\n${done.output}`);
}

/** All of the jobs, two at a time. */
async function twoAtATime(jobs) {
  const left = [...jobs];
  const worker = async () => {
    for (let job = left.shift(); job; job = left.shift()) await job();
  };
  await Promise.all([worker(), worker()]);
}

const object = (path) => join(build, `${basename(path, ".c")}.o`);
const compile = (path) => () =>
  emcc(object(path), [path], [...own, "-c"], headers);

const link = [
  ...common,
  "-sALLOW_MEMORY_GROWTH",
  "-sMAXIMUM_MEMORY=4GB",
  "-sTOTAL_STACK=8MB", // frames are larger under the sanitizer
  "-sEXIT_RUNTIME", // the status, and what leaks
  "-sNODERAWFS",
];

/** Emscripten 3.1.6's loader takes a global fetch for a browser's. */
function run(program, args) {
  return new Promise((done) => {
    const child = spawn(
      process.execPath,
      [
        "--import",
        "data:text/javascript,delete globalThis.fetch",
        program,
        ...args,
      ],
      { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
    );
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("close", (status) => done({ ok: status === 0, output }));
  });
}

mkdirSync(build, { recursive: true });
if (!existsSync(join(sqlite, "sqlite3.c")))
  fail(`wasm-asan: no ${sqlite}/sqlite3.c, run: npm run fetch`);
const core = cFiles("src");
const tests = cFiles("tests/c").filter((path) => {
  const isFit = !UNFIT.test(readFileSync(path, "utf8"));
  if (!isFit)
    console.log(
      `${basename(path, ".c")}: left out, it needs what a module cannot have`,
    );
  return isFit && /^test_/.test(basename(path));
});
const sql = join(root, "tests/sql/run_sql.c");
/** Fewer faults than natively, where each takes a twentieth of the time. */
const FEWER = {
  test_fault_memory: ["1"],
  test_fault_io: ["1"],
  test_fault_crash: ["60"],
  test_filter_sqlite: ["2"],
};
const programs = [
  ...tests.map((path) => ({ path, args: FEWER[basename(path, ".c")] ?? [] })),
  { path: sql, args: ["tests/sql"] },
].filter(
  ({ path }) =>
    !words.length || words.some((word) => basename(path).includes(word)),
);
const sqliteObject = join(build, "sqlite3.o");
await twoAtATime([
  () =>
    emcc(
      sqliteObject,
      [join(sqlite, "sqlite3.c")],
      // Not instrumented: clang 14 takes over a quarter of an hour for it. Its memory has red zones all the same.
      ["-O1", ...options, "-w", "-c"],
    ),
  ...[...core, ...programs.map(({ path }) => path)].map(compile),
]);

let failed = 0;
await twoAtATime(
  programs.map(({ path, args }) => async () => {
    const name = basename(path, ".c");
    const program = join(build, `${name}.cjs`);
    const parts = [path, ...core].map(object);
    await emcc(program, [...parts, sqliteObject], link);
    const start = Date.now();
    const { ok, output } = await run(program, args);
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    const last = output.trim().split("\n").at(-1) ?? "";
    console.log(`${name}: ${ok ? "ok" : "FAILED"}, ${seconds} s, ${last}`);
    if (ok) return;
    failed++;
    console.log(output.slice(-4000));
  }),
);
console.log(
  `wasm-asan: ${programs.length - failed} of ${programs.length} programs passed`,
);
process.exitCode = failed ? 1 : 0;
