// Runs the specs in WebKitGTK through its WebDriver, under a virtual display: in the page and in a
// dedicated Worker.
//
//   xvfb-run -a node tests/js/run-webkit.mjs [word]             VSS_DIST: the package's folder
//
// This WebKit has an origin private file system that refuses synchronous access: here the specs see
// that the refusal is explained, and skip the rest of "persistence".
import { spawn, spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pageOf } from "./lib/page.mjs";
import { report } from "./lib/report.mjs";
import { programs, root } from "./lib/runtimes.mjs";
import { serve } from "./lib/server.mjs";

if (!process.env.DISPLAY) {
  const again = spawnSync(
    "xvfb-run",
    ["-a", process.execPath, ...process.argv.slice(1)],
    { stdio: "inherit" },
  );
  process.exit(again.status ?? 1);
}
const dist = resolve(process.env.VSS_DIST ?? join(root, "dist"));
const server = await serve({
  "/dist": dist,
  "/tests": join(root, "tests/js"),
  "/page": pageOf,
});
const port = 4400 + (process.pid % 500);
const driver = spawn(
  "WebKitWebDriver",
  [`--port=${port}`, "--host=127.0.0.1"],
  { stdio: "ignore" },
);

/** One WebDriver command. */
async function command(method, path, body) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(900_000),
  });
  const { value } = await response.json();
  if (value?.error) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

async function openSession() {
  const browser = programs(
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.0/MiniBrowser",
  );
  const features =
    "--features=+StorageAPI,+FileSystem,+AccessHandle,+FileSystemWritableStream";
  const options = { binary: browser, args: ["--automation", features] };
  for (let attempt = 0; ; attempt++) {
    try {
      return await command("POST", "/session", {
        capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } },
      });
    } catch (error) {
      if (attempt === 20) throw error;
      await wait(250);
    }
  }
}

try {
  const { sessionId, capabilities } = await openSession();
  const session = `/session/${sessionId}`;
  await command("POST", `${session}/timeouts`, { script: 300_000 });
  for (const where of ["page", "worker"]) {
    await command("POST", `${session}/url`, { url: `${server.origin}/page` });
    const script = `const [where, word, done] = arguments;
      const start = () => globalThis.runIn ? globalThis.runIn(where, word).then(done, (e) => done(String(e))) : setTimeout(start, 50);
      start();`;
    const results = await command("POST", `${session}/execute/async`, {
      script,
      args: [where, process.argv[2] ?? ""],
    });
    if (!Array.isArray(results)) throw new Error(String(results));
    report(`WebKitGTK ${capabilities.browserVersion}, ${where}`, results);
  }
  await command("DELETE", session);
} finally {
  driver.kill();
  server.close();
}
