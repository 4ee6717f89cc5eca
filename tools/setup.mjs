// Makes sure that everything the build and the tests need is on this machine.
//
//   node tools/setup.mjs [start|test]      default: test
//
// System packages that are missing are installed with apt-get when this is root or sudo asks for no
// password; otherwise the exact command is printed and the status is 1. npm packages are installed
// with `npm ci` when node_modules does not hold what the lockfile says. When nothing is missing
// this prints nothing and takes about a second.
import { existsSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
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

// What is needed, how to see that it is there, and the Debian packages that bring it.
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

/** The words that come before apt-get, or null when this user may not install. */
function privilege() {
  if (process.getuid?.() === 0) return [];
  const sudo = spawnSync("sudo", ["-n", "true"], { stdio: "ignore" });
  return sudo.status === 0 ? ["sudo", "-n"] : null;
}

function aptGet(prefix, args) {
  // The environment is set behind sudo, which would otherwise drop it.
  const quiet = [
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-qq",
    "-y",
  ];
  const [command, ...rest] = [...prefix, ...quiet, ...args];
  return spawnSync(command, rest, { encoding: "utf8" });
}

/** apt-get update is slow and often needless: it is asked for only when an install fails. */
function install(prefix, packages) {
  const args = ["install", "--no-install-recommends", ...packages];
  let done = aptGet(prefix, args);
  if (done.status !== 0) {
    console.log(
      "setup: refreshing the list of system packages (apt-get update)",
    );
    aptGet(prefix, ["update"]);
    done = aptGet(prefix, args);
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
    const problem = install(prefix, need.packages);
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
    if (!have[path]) return Boolean(optional || peer); // another platform's binary, for one
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
