// Builds the wasm module and puts the package together in dist/.
//
//   node tools/build.mjs [--build <folder>] [--out <folder>]     default: build/wasm, dist
//
// SQLite is compiled once per build folder, and after that only what changed is compiled again.
// dist/ holds the modules of js/entries, bundled and minified, their types, vss.wasm and
// vss-relaxed.wasm.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build as esbuild } from "esbuild";
import { minify } from "terser";
import { forgetForeignBuild } from "./lib/cmake.mjs";
import { buildRelaxed, withRelaxed } from "./lib/relaxed.mjs";
import { capture, fail, root } from "./lib/run.mjs";

const { values } = parseArgs({
  options: {
    build: { type: "string", default: join(root, "build/wasm") },
    out: { type: "string", default: join(root, "dist") },
  },
});
const entries = join(root, "js/entries");
const build = resolve(values.build);
const out = resolve(values.out);

/** Runs a build step, and shows its output only when it fails. */
async function step(command, args) {
  const { ok, output } = await capture(command, args);
  if (!ok) fail(`build: ${command} ${args.join(" ")} failed:\n${output}`);
}

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile());

/** Writes a file only where its bytes differ, so that watchers do not see it change for nothing. */
function put(bytes, path) {
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** The modules that something outside the package loads by name. They keep their names in dist/. */
function entryPoints() {
  const map = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  ).exports;
  const targets = Object.values(map).flatMap((to) =>
    typeof to === "string" ? [to] : Object.values(to),
  );
  const names = new Set(
    targets
      .map((to) => to.replace("./dist/", ""))
      .filter((to) => to.endsWith(".js")),
  );
  for (const name of filesBelow(entries).filter((file) =>
    file.endsWith(".js"),
  )) {
    const text = readFileSync(join(entries, name), "utf8");
    for (const [, file] of text.matchAll(
      /new URL\(\s*["']\.\/([^"']+\.js)["'],\s*import\.meta\.url/g,
    ))
      names.add(file);
  }
  return [...names].map((name) => join(entries, name)).filter(existsSync);
}

/** What esbuild has minified is 3 % smaller once terser has been over it too. */
async function minified(/** @type {string} */ text, { module = true } = {}) {
  const { code } = await minify(text, {
    module,
    ecma: 2022,
    compress: { passes: 3 },
    // An error that nobody catches makes Node print the line that threw.
    format: { max_line_len: 800 },
  });
  return Buffer.from(/** @type {string} */ (code));
}

/**
 * Gives js/entries/inline.js the module, as base64 of a gzip file, and the text of the Worker's
 * script, which is not an ES module there.
 * @param {Map<string, Buffer>} files what has been built before
 */
const inlined = (files) => ({
  name: "inline",
  setup({ onResolve, onLoad, esbuild, initialOptions }) {
    onResolve({ filter: /^inline:/ }, ({ path }) => ({
      path: path.slice("inline:".length),
      namespace: "inline",
    }));
    onLoad({ filter: /\.wasm$/, namespace: "inline" }, ({ path }) => ({
      contents: gzipSync(files.get(path), { level: 9 }).toString("base64"),
      loader: "text",
    }));
    onLoad({ filter: /\.js$/, namespace: "inline" }, async ({ path }) => {
      const { outputFiles } = await esbuild.build({
        ...initialOptions,
        entryPoints: [join(entries, path)],
        format: "iife",
        // It has no address, and is given the module.
        logOverride: { "empty-import-meta": "silent" },
      });
      const script = await minified(outputFiles[0].text, { module: false });
      return { contents: script, loader: "text" };
    });
  },
});

/** The name and the bytes of each file that dist/ is to hold. */
async function contents(relaxed) {
  const files = new Map([
    ["vss.wasm", withRelaxed(readFileSync(join(build, "vss.wasm")), relaxed)],
    ["vss-relaxed.wasm", relaxed.bytes],
  ]);
  for (const name of filesBelow(entries)) {
    if (name.endsWith(".d.ts"))
      files.set(name, readFileSync(join(entries, name)));
  }
  // One file per entry, and one that the entries share: twenty small files would compress to twice
  // the size. The shared file has its hash in its name, so that no cache pairs it with an entry of
  // another build. worker.js and text.js share nothing: they need a third of that file, and cutting
  // the file in two costs every entry 850 bytes. worker-thread.js is one file, what it may load
  // later included, since bundlers copy it alone.
  const json = (name) => JSON.parse(readFileSync(join(root, name), "utf8"));
  const bundle = (/** @type {string[]} */ entryPoints) =>
    esbuild({
      entryPoints,
      outdir: out,
      bundle: true,
      splitting: !/worker-thread|inline/.test(entryPoints[0]),
      plugins: [inlined(files)],
      minify: true,
      legalComments: "none",
      format: "esm",
      target: "es2022",
      chunkNames: "[name]-[hash]",
      define: {
        VSS_RELAXED: String(relaxed.built),
        VSS_VERSION: JSON.stringify(json("package.json").version),
        SQLITE_VERSION: JSON.stringify(
          json("tools/versions.json").sqlite.version,
        ),
      },
      external: ["node:*", "*.wasm", "cloudflare:*"],
      write: false,
      logLevel: "error",
    });
  const alone = ["worker.js", "text.js", "worker-thread.js", "inline.js"];
  const all = entryPoints();
  const groups = [
    ...alone.flatMap((name) =>
      all.filter((path) => basename(path) === name).map((path) => [path]),
    ),
    all.filter((path) => !alone.includes(basename(path))),
  ];
  for (const group of groups)
    for (const { path, text } of (await bundle(group)).outputFiles)
      files.set(relative(out, path), await minified(text));
  return files;
}

async function assemble() {
  const relaxed = await buildRelaxed(build);
  if (!relaxed.built)
    console.log(
      "build: clang-19 and wasm-ld-19 are not here, so that the package has the kernels of baseline SIMD only",
    );
  const files = await contents(relaxed);
  for (const [name, bytes] of files) put(bytes, join(out, name));
  for (const name of filesBelow(out))
    if (!files.has(name)) rmSync(join(out, name));
}

forgetForeignBuild(build);
if (!existsSync(join(build, "build.ninja"))) {
  await step("cmake", ["--preset", "wasm-release", "-B", build]);
}
await step("cmake", ["--build", build, "--parallel", "2"]);
await assemble();
console.log(
  `build: ${relative(process.cwd(), out) || "."}/ (vss.wasm ${statSync(join(out, "vss.wasm")).size} bytes)`,
);
