// Set-up on a machine that lacks Ninja, as seen from a PATH that holds nothing except made-up
// programs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { forgetForeignBuild } from "../../tools/lib/cmake.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const temp = mkdtempSync(join(tmpdir(), "vss-setup-"));
after(() => rmSync(temp, { recursive: true, force: true }));

let folders = 0;
/** Runs the set-up for npm start with this apt-get: { status, stdout, stderr, calls }. */
function setUp(aptGet) {
  const bin = join(temp, String(folders++));
  const log = join(bin, "calls.txt");
  mkdirSync(bin);
  const program = (name, lines) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  for (const name of ["cc", "cmake", "emcc"]) program(name, "echo 99.0.0");
  // Sudo's own options end before the command, which starts with "env".
  program("sudo", 'while [ "$1" = -n ]; do shift; done; exec "$@"');
  program("true", "");
  program("env", 'while [ "$1" != apt-get ]; do shift; done; exec "$@"');
  program(
    "apt-get",
    `[ "$1" = --version ] && echo 1.0 && exit
here=${bin}
echo "$*" >> ${log}
${aptGet}`,
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "tools/setup.mjs"), "start"],
    { env: { ...process.env, CC: "cc", PATH: bin }, encoding: "utf8" },
  );
  const calls = readFileSync(log, "utf8").trim().split("\n");
  return { status, stdout, stderr, calls };
}

const INSTALLS = `printf '#!/bin/sh\\necho 99.0\\n' > $here/ninja; /bin/chmod +x $here/ninja`;

test("another program holds apt's lock: set-up waits, and says so once", () => {
  const { status, stdout, stderr, calls } = setUp(`
if [ $(/usr/bin/wc -l < $here/calls.txt) -lt 3 ]; then
  echo "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt-get)" >&2
  exit 100
fi
${INSTALLS}`);
  assert.equal(status, 0, stdout + stderr);
  assert.deepEqual(stdout.trim().split("\n"), [
    "setup: installing cmake ninja-build: CMake 3.22.0 or newer and Ninja, to drive the builds",
    "setup: another program holds apt's lock; waiting for it, at most a quarter of an hour",
  ]);
  assert.equal(calls.length, 3);
  assert.ok(calls.every((call) => call.includes("install")));
});

test("an install that fails is tried again after apt-get update", () => {
  const { status, stdout, calls } = setUp(`
case "$*" in *update*) : > $here/updated; exit;; esac
[ -e $here/updated ] || { echo "E: Unable to locate package" >&2; exit 100; }
${INSTALLS}`);
  assert.equal(status, 0, stdout);
  assert.equal(calls.length, 3);
  assert.match(calls[1], /update$/);
});

test("what cannot be installed is named with the command", () => {
  const { status, stderr } = setUp("echo 'E: no network' >&2; exit 100");
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^setup: could not install CMake 3\.22\.0 or newer and Ninja:\nE: no network\n/,
  );
  assert.match(
    stderr,
    /\n {2}apt-get install -y --no-install-recommends cmake ninja-build\n$/,
  );
});

test("a build folder that was copied from another checkout is not used", () => {
  const build = join(temp, "copied");
  const put = (home) => {
    mkdirSync(build, { recursive: true });
    const cache = `CMAKE_HOME_DIRECTORY:INTERNAL=${home}\n`;
    writeFileSync(join(build, "CMakeCache.txt"), cache);
  };
  put(root);
  assert.equal(forgetForeignBuild(build), false);
  assert.ok(readFileSync(join(build, "CMakeCache.txt")));
  put(temp);
  assert.equal(forgetForeignBuild(build), true);
  assert.throws(() => readFileSync(join(build, "CMakeCache.txt")), /ENOENT/);
  assert.equal(forgetForeignBuild(build), false);
});
