// Makes sure that everything the build and the tests need is on this machine.
//
//   node tools/setup.mjs [start|test]      default: test
//
// apt-get installs the system packages that are missing, where this user is root or sudo asks for
// no password. Otherwise this prints the command that would do it, and the status is 1. `npm ci`
// installs the npm packages when node_modules does not hold what the lockfile says. When nothing is
// missing, this prints nothing and takes about a second.
import { existsSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { hasRelaxedTools } from "./lib/relaxed.mjs";
import { atLeast, capture, fail, root, toolEnv, versions } from "./lib/run.mjs";

const { minimum } = versions;

/** The version a program prints, or null when it is missing or fails. */
async function versionOf(command, args = ["--version"]) {
  const { ok, output } = await capture(command, args);
  return ok ? (/\d+\.\d+(\.\d+)?/.exec(output)?.[0] ?? "0") : null;
}

const isThere = async (command) => (await versionOf(command)) !== null;
const hasVersion = (command, least) => async () => {
  const version = await versionOf(command);
  return version !== null && atLeast(version, least);
};

// What is needed, how to see that it is there, and the Debian packages that contain it.
const needs = [
  {
    what: "a C compiler with its sanitizers",
    why: "to build and test the core natively",
    packages: ["gcc", "libc6-dev"],
    found: async () =>
      (await isThere(process.env.CC ?? "cc")) &&
      existsSync("/usr/include/stdio.h"),
  },
  {
    what: `CMake ${minimum.cmake} or newer and Ninja`,
    why: "to drive the builds",
    packages: ["cmake", "ninja-build"],
    found: async () =>
      (await hasVersion("cmake", minimum.cmake)()) && isThere("ninja"),
  },
  {
    what: `Emscripten ${minimum.emcc} or newer`,
    why: "to compile SQLite and the core to WebAssembly",
    packages: ["emscripten"],
    found: hasVersion("emcc", minimum.emcc),
  },
  {
    what: `clang and wasm-ld of LLVM ${minimum.clang}`,
    why: "to compile the kernels that use relaxed SIMD; the build works without them",
    packages: [`clang-${minimum.clang}`, `lld-${minimum.clang}`],
    found: hasRelaxedTools,
    only: "test",
  },
  {
    what: "SIMDe",
    why: "to compile the WebAssembly SIMD kernels natively for the tests",
    packages: ["libsimde-dev"],
    found: async () =>
      existsSync(
        join(
          process.env.VSS_SIMDE_DIR ?? "/usr/include",
          "simde/wasm/simd128.h",
        ),
      ),
    only: "test",
  },
  {
    what: "Chromium",
    why: "to run the JavaScript specs in a browser",
    packages: ["chromium", "fonts-liberation"],
    found: async () =>
      Boolean(process.env.CHROMIUM) || (await isThere("chromium")),
    only: "test",
  },
  {
    what: "clang-format",
    why: "to check the layout of the C sources",
    packages: ["clang-format"],
    found: () => isThere("clang-format"),
    only: "test",
  },
];

/** The words that stand before apt-get; null when this user may not install. */
function privilege() {
  if (process.getuid?.() === 0) return [];
  const sudo = spawnSync("sudo", ["-n", "true"], { stdio: "ignore" });
  return sudo.status === 0 ? ["sudo", "-n"] : null;
}

/** What apt-get says when another program, such as the system's own updates, is installing. */
const LOCKED =
  /Could not get lock|Unable to (acquire|lock)|is another process using it/;
const LOCK_WAIT_MS = 15 * 60 * 1000;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Runs apt-get, and waits while another program holds one of apt's locks. `DPkg::Lock::Timeout`
 * covers the lock of installing; the lists of packages have another one.
 */
async function aptGet(prefix, args) {
  // The environment is set behind sudo, which would otherwise drop it.
  const quiet = [
    ...["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"],
    ...["apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=10"],
  ];
  const [command, ...rest] = [...prefix, ...quiet, ...args];
  const end = Date.now() + LOCK_WAIT_MS;
  for (let waits = 0; ; waits++) {
    const done = spawnSync(command, rest, { encoding: "utf8" });
    if (done.status === 0 || !LOCKED.test(done.stderr) || Date.now() > end)
      return done;
    if (waits === 0)
      console.log(
        "setup: another program holds apt's lock; waiting for it, at most a quarter of an hour",
      );
    await sleep(1000);
  }
}

/**
 * Installs packages; gives null, or what went wrong. apt-get update is slow, so it runs only after
 * an install that failed.
 */
async function install(prefix, packages) {
  const args = ["install", "--no-install-recommends", ...packages];
  let done = await aptGet(prefix, args);
  if (done.status !== 0) {
    console.log(
      "setup: refreshing the list of system packages (apt-get update)",
    );
    await aptGet(prefix, ["update"]);
    done = await aptGet(prefix, args);
  }
  return done.status === 0
    ? null
    : done.stderr || done.error?.message || "apt-get failed";
}

async function setUpSystem(scope) {
  const wanted = needs.filter((need) => !need.only || need.only === scope);
  const found = await Promise.all(wanted.map((need) => need.found()));
  const missing = wanted.filter((_, i) => !found[i]);
  if (missing.length === 0) return;

  const packages = missing.flatMap((need) => need.packages);
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  const prefix = privilege();
  if (prefix === null || !(await isThere("apt-get"))) {
    const list = missing
      .map((need) => `  ${need.what}, ${need.why}`)
      .join("\n");
    fail(
      `setup: this machine lacks\n${list}\nand this user may not install it. As root:\n  ${command}`,
    );
  }
  for (const need of missing) {
    console.log(
      `setup: installing ${need.packages.join(" ")}: ${need.what}, ${need.why}`,
    );
    const problem = await install(prefix, need.packages);
    if (problem)
      fail(
        `setup: could not install ${need.what}:\n${problem}\nTo try by hand:\n  ${command}`,
      );
    if (!(await need.found())) {
      fail(
        `setup: ${need.packages.join(" ")} is installed, but ${need.what} is still not found`,
      );
    }
  }
}

/** True when node_modules holds every package of the lockfile in the locked version. */
function nodeModulesMatch() {
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const read = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
  const [want, have] = [read(join(root, "package-lock.json")), read(installed)];
  return Object.entries(want).every(([path, { version, optional, peer }]) => {
    if (path === "") return true;
    if (!have[path]) return Boolean(optional || peer); // for example another platform's binary
    return have[path].version === version;
  });
}

function setUpNpm() {
  if (!existsSync(join(root, "package-lock.json")) || nodeModulesMatch())
    return;
  console.log(
    "setup: installing the development packages of package-lock.json (npm ci)",
  );
  const done = spawnSync("npm", ["ci", "--ignore-scripts"], {
    cwd: root,
    env: toolEnv,
    encoding: "utf8",
  });
  if (done.status !== 0) fail(`setup: npm ci failed:\n${done.stderr}`);
}

/** Everything for `npm start` (scope "start") or for `npm test` (scope "test"). */
export async function setup(scope) {
  if (!atLeast(process.versions.node, minimum.node)) {
    fail(
      `setup: Node ${process.versions.node} is too old, ${minimum.node} or newer is needed`,
    );
  }
  await setUpSystem(scope);
  setUpNpm();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const scope = process.argv[2] ?? "test";
  if (scope !== "start" && scope !== "test")
    fail(`setup: "${scope}" is not a scope, expected start or test`);
  await setup(scope);
}
