// Sets the benchmark up: the package, the peers, the native host. What is already there stays.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const here = new URL(".", import.meta.url).pathname;
const root = join(here, "..");
const work = join(root, "build/bench");

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    ...options,
  });
  if (status === 0) return;
  throw new Error(
    `${command} ${args.join(" ")}: ${error?.message ?? stderr ?? ""}${stdout ?? ""}`.slice(
      0,
      2000,
    ),
  );
}

const isOlder = (made, ...sources) =>
  !existsSync(made) ||
  sources.some((path) => statSync(path).mtimeMs > statSync(made).mtimeMs);

function installPeers() {
  const installed = join(here, "node_modules/.package-lock.json");
  if (!isOlder(installed, join(here, "package-lock.json"))) return;
  console.error("bench: installing the peers (bench/package.json) with npm");
  run("npm", ["ci", "--ignore-scripts"], { cwd: here });
}

/** A native SQLite for native peers, with the float scan. */
function buildHost() {
  const sqlite = process.env.VSS_SQLITE_DIR ?? join(root, "build/deps/sqlite");
  if (!existsSync(join(sqlite, "sqlite3.c"))) run("npm", ["run", "fetch"]);
  const [object, scan, host] = ["sqlite3.o", "scan.o", "host"].map((name) =>
    join(work, name),
  );
  const source = (name) => join(here, "host", name);
  const compile = (flags, from, to) =>
    run("cc", [...flags, `-I${sqlite}`, "-c", from, "-o", to]);
  if (isOlder(object, join(sqlite, "sqlite3.c"))) {
    console.error("bench: compiling SQLite natively");
    compile(
      ["-O2", "-DSQLITE_THREADSAFE=0"],
      join(sqlite, "sqlite3.c"),
      object,
    );
  }
  if (
    !isOlder(host, source("host.c"), source("scan.c"), source("scan.h"), object)
  )
    return host;
  const simd = process.arch === "x64" ? ["-mavx2", "-mfma"] : [];
  compile(
    ["-O3", "-ffast-math", "-Wall", "-Wextra", ...simd],
    source("scan.c"),
    scan,
  );
  // sqlite-vec's library uses libm but does not name it as a dependency, so the host loads it.
  run("cc", [
    "-O2",
    "-Wall",
    "-Wextra",
    `-I${sqlite}`,
    source("host.c"),
    scan,
    object,
    "-ldl",
    "-Wl,--no-as-needed",
    "-lm",
    "-o",
    host,
  ]);
  return host;
}

/** A module that runs each kernel by itself, compiled with the flags of the shipped module. */
function buildKernels() {
  const wasm = join(work, "kernels.wasm");
  const from = join(here, "kernels/kernels.c");
  const core = ["base", "kernel", "index"].flatMap((folder) =>
    readdirSync(join(root, "src", folder)).map((name) =>
      join(root, "src", folder, name),
    ),
  );
  if (!isOlder(wasm, from, ...core)) return wasm;
  console.error("bench: compiling the kernels with Emscripten");
  const exported = "_setup,_run,_select_rows,_scan";
  run(
    "emcc",
    [
      ...["-O3", "-std=gnu11", "-msimd128", "-mbulk-memory", "-msign-ext"],
      ...["-mnontrapping-fptoint", "-ffp-contract=off", "--no-entry"],
      ...["-sSTANDALONE_WASM", "-sALLOW_MEMORY_GROWTH"],
      `-sEXPORTED_FUNCTIONS=${exported}`,
      `-I${join(root, "src")}`,
      from,
      ...core.filter((path) => path.endsWith(".c")),
      ...["-o", wasm],
    ],
    // Debian's Emscripten looks for its node modules here.
    { env: { NODE_PATH: "/usr/share/nodejs", ...process.env } },
  );
  return wasm;
}

/** Our extension, vss0.so, for the native comparison. */
function buildExtension() {
  const preset = "native-release";
  run("cmake", ["--preset", preset]);
  run("cmake", ["--build", "--preset", preset, "--target", "vss0", "-j2"]);
  return join(root, "build", preset, "vss0.so");
}

/** Runs a step. Where it fails, its part of the benchmark is left out, and the rest goes on. */
function attempt(what, step) {
  try {
    return { value: step() };
  } catch (error) {
    return { error: `${what}: ${error.message}` };
  }
}

/** Copies what is measured, so that a build during the benchmark changes nothing. */
function snapshot(from, to) {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  return to;
}

/** @param {string} [before] the package folder of an older build */
export function setUp(before) {
  mkdirSync(work, { recursive: true });
  if (!process.env.VSS_DIST) run("npm", ["run", "build"]);
  installPeers();
  const host = attempt("the native host", buildHost);
  const extension = attempt("vss0.so", buildExtension);
  const kernels = attempt("the kernels", buildKernels);
  const lock = JSON.parse(
    readFileSync(join(here, "package-lock.json"), "utf8"),
  );
  const versions = Object.fromEntries(
    Object.entries(lock.packages)
      .filter(([path]) => path)
      .map(([path, { version }]) => [
        path.replace("node_modules/", ""),
        version,
      ]),
  );
  return {
    work,
    versions,
    dist: snapshot(
      process.env.VSS_DIST ?? join(root, "dist"),
      join(work, "dist"),
    ),
    before: before && snapshot(before, join(work, "before")),
    host: host.value,
    extension:
      extension.value && snapshot(extension.value, join(work, "vss0.so")),
    kernels: kernels.value,
    problems: [host.error, extension.error, kernels.error].filter(Boolean),
    peers: join(here, "node_modules"),
  };
}
