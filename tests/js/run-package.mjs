// The package as its users get it: packed, installed into an empty folder, and used from there.
//
//   node tests/js/run-package.mjs [step ...]
//
// Steps: contents, pages, publish, publint, types, node, node-require, deno, bun, miniflare, vite,
// vite-7, webpack, esbuild, plain, quick-start-node, -deno, -bun, -vite, -browser, -worker (the
// README's own blocks). A built page is loaded in Chromium, under a policy that allows
// 'wasm-unsafe-eval' and no eval.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";
import {
  installRuntimes,
  modules,
  requireRuntime,
  root,
} from "./lib/runtimes.mjs";
import { serve } from "./lib/server.mjs";

const problem = installRuntimes();
if (problem) {
  console.log(`package: skipped, ${problem}`);
  process.exit(0);
}
const work = mkdtempSync(join(tmpdir(), "vss-package-"));
const template = join(root, "tests/js/package");

/** Run a program. Gives its output, or throws an error that has it. */
function run(command, args, cwd = work) {
  const done = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NODE_PATH: "", CI: "1" },
  });
  if (done.status !== 0)
    throw new Error(
      `${command} ${args.join(" ")}\n${done.stdout}${done.stderr}${done.error ?? ""}`,
    );
  return done.stdout.trim();
}

const tarball = join(
  work,
  run(
    "npm",
    ["pack", "--silent", "--ignore-scripts", "--pack-destination", work],
    root,
  )
    .split("\n")
    .pop(),
);
const app = join(work, "app");
mkdirSync(app);
writeFileSync(join(app, "package.json"), '{"private": true, "type": "module"}');
run(
  "npm",
  ["install", "--silent", "--no-audit", "--no-fund", "--offline", tarball],
  app,
);
cpSync(template, app, { recursive: true });
const installed = join(app, "node_modules/vss-wasm");

const expectLine = (output) => {
  if (output.split("\n").pop() !== "nearest 2 0 | 1 1")
    throw new Error(`printed ${output}`);
};

/** Open a built page in Chromium and wait for what it writes into its title. */
async function browse(
  folder,
  page = "/index.html",
  expected = "page: nearest 2 0 | 1 1; worker: nearest 2 0 | 1 1",
) {
  const csp =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
  const server = await serve(
    { "/": folder },
    { "content-security-policy": csp },
  );
  const profile = mkdtempSync(join(tmpdir(), "vss-browse-"));
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: ["--no-sandbox"],
  });
  const said = [];
  try {
    const view = await context.newPage();
    view.on("console", (message) => said.push(message.text()));
    view.on("pageerror", (error) => said.push(error.message));
    await view.goto(server.origin + page);
    await view.waitForFunction(() => document.title !== "waiting", null, {
      timeout: 20000,
    });
    const title = await view.title();
    if (title !== expected) throw new Error(`the page says "${title}"`);
  } catch (error) {
    throw new Error(`${error.message}\n${said.join("\n")}`, { cause: error });
  } finally {
    await context.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Bundle a Worker as wrangler does, run it in workerd and ask it for its front page. */
async function askWorker(entry) {
  const { Miniflare } = requireRuntime("miniflare");
  const { build } = requireRuntime("esbuild");
  // With the "workerd" condition; an imported .wasm stays a module beside the script.
  const out = join(app, `out-${entry}`);
  await build({
    absWorkingDir: app,
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    outdir: out,
    conditions: ["workerd"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    logLevel: "silent",
  });
  const bundled = readdirSync(out).map((path) => ({
    type: path.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
    path,
    contents: readFileSync(join(out, path)),
  }));
  // The first is the Worker itself.
  bundled.sort((x) => (x.path === entry ? -1 : 1));
  const miniflare = new Miniflare({
    modules: bundled,
    compatibilityDate: "2026-04-01",
  });
  try {
    return await (await miniflare.dispatchFetch("http://app/")).text();
  } finally {
    await miniflare.dispose();
  }
}

// The README's quick starts: the block at its top, and those under a comment that names them.
const readme = readFileSync(join(root, "README.md"), "utf8");
const topBlock = /```js\n([\s\S]*?)```/.exec(readme)[1];
const topOutput = /<!-- prints -->\n```text\n([\s\S]*?)\n```/.exec(readme)[1];
const quickStart = (name) =>
  new RegExp(
    `<!-- quick start: ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``,
  ).exec(readme)[1];
const nearestNote = '[{"rowid":2,"distance":1}]';

function expectOutput(output, expected) {
  if (output.trim() !== expected) throw new Error(`printed ${output}`);
}

function quickStartFile() {
  writeFileSync(join(app, "quick-start.mjs"), topBlock);
  return "quick-start.mjs";
}

/** What a page says on the console, once it has said as many lines as are expected. */
async function expectConsole(folder, expected) {
  const server = await serve({ "/": folder }, {});
  const profile = mkdtempSync(join(tmpdir(), "vss-browse-"));
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: ["--no-sandbox"],
  });
  const said = [];
  try {
    const view = await context.newPage();
    const lines = new Promise((resolve) => {
      view.on("pageerror", (error) => resolve(said.push(error.message)));
      view.on("console", (message) => {
        if (
          message.type() === "log" &&
          said.push(message.text()) === expected.split("\n").length
        )
          resolve();
      });
    });
    await view.goto(`${server.origin}/index.html`);
    await Promise.race([
      lines,
      new Promise((resolve) => setTimeout(resolve, 20000)),
    ]);
    expectOutput(said.join("\n"), expected);
  } finally {
    await context.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Make the programs of build/runtimes available in the application's folder. */
const use = (name, as = name) => {
  const link = join(app, "node_modules", as);
  if (!existsSync(link)) symlinkSync(join(modules, name), link);
};

const steps = {
  contents() {
    const files = readdirSync(installed, { recursive: true })
      .map(String)
      .sort();
    const wanted =
      /^(dist|docs|docs\/[a-z-]+\.md|package\.json|[A-Z-]+\.md|LICENSE|dist\/[a-z.-]+\.(js|d\.ts|wasm)|dist\/(chunk|keep-[a-z]+|obtain)-[A-Z0-9]+\.js)$/;
    const extra = files.filter((name) => !wanted.test(name));
    if (extra.length) throw new Error(`not needed: ${extra.join(", ")}`);
    for (const name of ["README.md", "LICENSE", "THIRD-PARTY-NOTICES.md"])
      if (!files.includes(name)) throw new Error(`${name} is missing`);
    const { dependencies } = JSON.parse(
      readFileSync(join(installed, "package.json"), "utf8"),
    );
    if (dependencies) throw new Error("the package has run-time dependencies");
    return `${files.length - 1} files`;
  },
  pages() {
    // A page leads to pages that are in the package, or to what only contributors have.
    const ours =
      /^(CONTRIBUTING\.md|docs\/(images|results)|(bench|demo|js|src|tests|tools|wasm)(\/|$))/;
    const pages = readdirSync(installed, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith(".md"));
    let links = 0;
    for (const page of pages) {
      const text = readFileSync(join(installed, page), "utf8");
      for (const [, link] of text.matchAll(/\]\(([^)\s#:]+)(?:#[^)\s]*)?\)/g)) {
        const target = join(dirname(page), link);
        if (!ours.test(target) && !existsSync(join(installed, target)))
          throw new Error(`${page} leads to ${link}, which is not packed`);
        links++;
      }
    }
    if (links < 50) throw new Error(`found ${links} links`);
    return `${links} links of ${pages.length} pages`;
  },
  publish() {
    // npm warns where it would publish something else than package.json says.
    const args = ["publish", "--dry-run", "--ignore-scripts", "--offline"];
    const done = spawnSync("npm", args, { cwd: root, encoding: "utf8" });
    const warnings = done.stderr
      .split("\n")
      .filter((line) => /npm (warn|error)/.test(line))
      .filter((line) => !line.includes("requires you to be logged in"));
    if (done.status !== 0 || warnings.length)
      throw new Error(warnings.join("\n") || done.stderr);
  },
  publint() {
    const output = run(process.execPath, [
      join(modules, "publint/src/cli.js"),
      installed,
      "--strict",
    ]);
    if (!/All good/.test(output)) throw new Error(output);
  },
  types() {
    const cli = join(modules, "@arethetypeswrong/cli/dist/index.js");
    run(process.execPath, [
      cli,
      tarball,
      "--profile",
      // All resolutions, node10 too; that CommonJS gets modules is meant.
      "strict",
      "--ignore-rules",
      "cjs-resolves-to-esm",
      "--exclude-entrypoints",
      "./vss.wasm",
      "./vss-relaxed.wasm",
      "--no-emoji",
      "-f",
      "table-flipped",
    ]);
    const tsc = join(root, "node_modules/.bin/tsc");
    run(
      tsc,
      [
        "--noEmit",
        "--strict",
        "--exactOptionalPropertyTypes",
        "--skipLibCheck",
        "false",
        "--target",
        "es2022",
        "--lib",
        "es2022,dom,dom.iterable,esnext.disposable",
        "--module",
        "nodenext",
        "--types",
        "",
        "use.mts",
      ],
      app,
    );
  },
  node: () => expectLine(run(process.execPath, ["use.mjs"], app)),
  "node-require": () =>
    expectLine(run(join(modules, "node-22/bin/node"), ["use.cjs"], app)),
  deno: () =>
    expectLine(
      run(
        join(modules, "@deno/linux-x64-glibc/deno"),
        ["run", "--allow-read", "--node-modules-dir=manual", "use.mjs"],
        app,
      ),
    ),
  bun: () =>
    expectLine(
      run(join(modules, "@oven/bun-linux-x64/bin/bun"), ["use.mjs"], app),
    ),
  miniflare: async () => expectLine(await askWorker("worker-app.js")),
  async vite() {
    use("vite");
    run(
      process.execPath,
      [
        "node_modules/vite/bin/vite.js",
        "build",
        "--outDir",
        "out-vite",
        "--logLevel",
        "error",
      ],
      app,
    );
    await browse(join(app, "out-vite"));
  },
  async "vite-7"() {
    use("vite-7", "vite-7");
    run(
      process.execPath,
      [
        "node_modules/vite-7/bin/vite.js",
        "build",
        "--outDir",
        "out-vite-7",
        "--logLevel",
        "error",
      ],
      app,
    );
    await browse(join(app, "out-vite-7"));
  },
  async webpack() {
    const webpack = requireRuntime("webpack");
    const output = { path: join(app, "out-webpack"), publicPath: "" };
    const config = {
      mode: "production",
      context: app,
      entry: "./page.js",
      output,
      target: "web",
      performance: { hints: false },
    };
    const stats = await new Promise((done, fail) =>
      webpack(config, (error, result) => (error ? fail(error) : done(result))),
    );
    if (stats.hasErrors())
      throw new Error(stats.toString({ all: false, errors: true }));
    const html = readFileSync(join(app, "index.html"), "utf8").replace(
      "./page.js",
      "./main.js",
    );
    writeFileSync(join(app, "out-webpack/index.html"), html);
    await browse(join(app, "out-webpack"));
  },
  async esbuild() {
    const { build } = requireRuntime("esbuild");
    const out = join(app, "out-esbuild");
    await build({
      entryPoints: ["page.js"],
      absWorkingDir: app,
      bundle: true,
      format: "esm",
      outdir: out,
      logLevel: "silent",
    });
    // esbuild leaves new URL(...) as it is, so that the files that it names must lie beside the
    // bundle.
    for (const name of ["worker-thread.js", "vss.wasm"])
      cpSync(join(installed, "dist", name), join(out, name));
    cpSync(join(app, "index.html"), join(out, "index.html"));
    await browse(out);
  },
  async plain() {
    // No bundler: the files as they are, found by relative paths.
    const out = join(app, "out-plain");
    cpSync(join(installed, "dist"), join(out, "vss"), { recursive: true });
    cpSync(join(app, "index.html"), join(out, "index.html"));
    const page = readFileSync(join(app, "page.js"), "utf8");
    writeFileSync(
      join(out, "page.js"),
      page
        .replace('"vss-wasm"', '"./vss/index.js"')
        .replace('"vss-wasm/worker"', '"./vss/worker.js"'),
    );
    await browse(out);
  },
  async "docs-worker-client"() {
    // The page of docs/js.md that keeps its data, as Vite builds it.
    const [, code] =
      /<!-- not run: keep\.js[^\n]*-->\n```js\n([^]*?)\n```/.exec(
        readFileSync(join(root, "docs/js.md"), "utf8"),
      );
    const page = join(app, "docs-worker-client");
    mkdirSync(page);
    writeFileSync(join(page, "keep.js"), code);
    writeFileSync(
      join(page, "index.html"),
      '<!doctype html><title>waiting</title><script type="module" src="./keep.js"></script>',
    );
    use("vite");
    run(
      process.execPath,
      [
        "node_modules/vite/bin/vite.js",
        "build",
        page,
        "--outDir",
        "out",
        "--target",
        "es2022",
        "--logLevel",
        "error",
      ],
      app,
    );
    await browse(join(page, "out"), "/index.html", "nearest: 2");
  },
  "quick-start-node": () =>
    expectOutput(run(process.execPath, [quickStartFile()], app), topOutput),
  "quick-start-deno": () =>
    expectOutput(
      run(
        join(modules, "@deno/linux-x64-glibc/deno"),
        ["run", "--allow-read", "--node-modules-dir=manual", quickStartFile()],
        app,
      ),
      topOutput,
    ),
  "quick-start-bun": () =>
    expectOutput(
      run(
        join(modules, "@oven/bun-linux-x64/bin/bun"),
        [quickStartFile()],
        app,
      ),
      topOutput,
    ),
  async "quick-start-vite"() {
    use("vite");
    const page = join(app, "quick-start-vite");
    mkdirSync(page);
    writeFileSync(join(page, "main.js"), topBlock);
    writeFileSync(
      join(page, "index.html"),
      '<!doctype html><script type="module" src="./main.js"></script>',
    );
    run(
      process.execPath,
      [
        "node_modules/vite/bin/vite.js",
        "build",
        page,
        "--outDir",
        "out",
        "--logLevel",
        "error",
      ],
      app,
    );
    await expectConsole(join(page, "out"), topOutput);
  },
  async "quick-start-browser"() {
    const page = join(app, "quick-start-browser");
    cpSync(join(installed, "dist"), join(page, "dist"), { recursive: true });
    writeFileSync(join(page, "index.html"), quickStart("browser"));
    await expectConsole(page, nearestNote);
  },
  async "quick-start-worker"() {
    writeFileSync(join(app, "quick-start-worker.js"), quickStart("worker"));
    expectOutput(await askWorker("quick-start-worker.js"), nearestNote);
  },
};

const chosen = process.argv.slice(2);
let failed = 0;
let passed = 0;
for (const [name, step] of Object.entries(steps)) {
  if (chosen.length && !chosen.includes(name)) continue;
  try {
    const note = await step();
    passed++;
    console.log(`ok      ${name}${note ? `: ${note}` : ""}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}
rmSync(work, { recursive: true, force: true });
console.log(`package: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
