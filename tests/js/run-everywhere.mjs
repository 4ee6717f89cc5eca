// The specs in every runtime, one after the other; the table of results goes into docs/runtimes.md.
//
//   node tests/js/run-everywhere.mjs [--write] [word in a runtime's name ...]
//
// The environment variable VSS_DIST names the package's folder.
// What this machine lacks is installed into build/runtimes (npm) or named as skipped with the
// reason (browsers).
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installRuntimes, modules, programs, root } from "./lib/runtimes.mjs";

const results = join(root, "build/runtimes-results.jsonl");
const page = join(root, "docs/runtimes.md");
const script = (/** @type {string} */ name) => join(root, "tests/js", name);

const problem = installRuntimes();
const npm = (/** @type {string} */ path) =>
  problem ? { missing: problem } : { command: join(modules, path) };
const system = (
  /** @type {string} */ what,
  /** @type {string[]} */ ...paths
) => {
  const command = programs(...paths);
  return command
    ? { command }
    : { missing: `not installed: apt-get install ${what}` };
};

const runtimes = [
  { name: "Node 20", command: process.execPath, script: "run-node.mjs" },
  { name: "Node 22", ...npm("node-22/bin/node"), script: "run-node.mjs" },
  { name: "Node 24", ...npm("node-24/bin/node"), script: "run-node.mjs" },
  { name: "Node 26", ...npm("node-26/bin/node"), script: "run-node.mjs" },
  {
    name: "Deno",
    ...npm("@deno/linux-x64-glibc/deno"),
    args: ["run", "-A"],
    script: "run-node.mjs",
  },
  {
    name: "Bun",
    ...npm("@oven/bun-linux-x64/bin/bun"),
    script: "run-node.mjs",
  },
  {
    name: "workerd",
    missing: problem,
    command: process.execPath,
    script: "run-workerd.mjs",
  },
  {
    name: "Chromium",
    ...system("chromium", process.env.CHROMIUM ?? "", "/usr/bin/chromium"),
    runner: "run-chromium.mjs",
  },
  {
    name: "Firefox",
    ...system(
      "firefox-esr",
      process.env.FIREFOX ?? "",
      "/usr/bin/firefox-esr",
      "/usr/bin/firefox",
    ),
    missing: problem || undefined,
    runner: "run-firefox.mjs",
  },
  {
    name: "WebKitGTK",
    ...system("webkit2gtk-driver xvfb xauth", "/usr/bin/WebKitWebDriver"),
    runner: "run-webkit.mjs",
  },
];

const words = process.argv.slice(2).filter((word) => word !== "--write");
rmSync(results, { force: true });
const skipped = [];
let failed = 0;
for (const {
  name,
  command,
  args = [],
  missing,
  script: file,
  runner,
} of /** @type {any[]} */ (runtimes)) {
  if (
    words.length &&
    !words.some((word) => name.toLowerCase().includes(word.toLowerCase()))
  )
    continue;
  if (missing || !command) {
    console.log(`${name}: skipped, ${missing}`);
    skipped.push({ name, reason: missing });
    continue;
  }
  // A browser's runner is a Node program; a server-side runtime runs the specs itself.
  const [program, list] = runner
    ? [process.execPath, [script(runner)]]
    : [command, [...args, script(file)]];
  const env = { ...process.env, VSS_RESULTS: results };
  const done = spawnSync(program, list, {
    encoding: "utf8",
    env,
    timeout: 1_200_000,
  });
  process.stdout.write(done.stdout ?? "");
  if (done.status !== 0) {
    failed++;
    process.stdout.write(
      `${name}: FAILED\n${done.stderr ?? ""}${done.error ?? ""}\n`,
    );
  }
}

/** The part of docs/runtimes.md between its two marks. */
function table() {
  const lines = existsSync(results)
    ? readFileSync(results, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];
  const rows = lines.map(
    (r) => `| ${r.runtime} | ${r.passed} | ${r.failed} | ${r.skipped} |`,
  );
  const notes = skipped.map(
    ({ name, reason }) => `| ${name} | not run: ${reason} | | |`,
  );
  return [
    "| runtime | passed | failed | skipped |",
    "|---|--:|--:|--:|",
    ...rows,
    ...notes,
  ].join("\n");
}

if (process.argv.includes("--write")) {
  const [start, end] = ["<!-- results -->", "<!-- end of results -->"];
  const text = readFileSync(page, "utf8");
  const [before, after] = [text.split(start)[0], text.split(end)[1]];
  writeFileSync(page, `${before}${start}\n\n${table()}\n\n${end}${after}`);
}
console.log(
  failed ? `${failed} runtimes failed` : "every runtime that is here passed",
);
process.exitCode = failed ? 1 : 0;
