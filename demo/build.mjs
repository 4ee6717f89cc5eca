// Builds the demo into demo/dist: the encoder and the emoji, and the page as static files.
//
//   node demo/build.mjs             builds everything that is out of date
//   node demo/build.mjs --encoder   builds data/ only, which needs no wasm module
//
//   demo/dist/data/emoji.json   the rows        demo/dist/index.html, page.js, engine.js, style.css
//   demo/dist/data/emoji.lsa    the encoder     demo/dist/vss/   the package's own files, untouched
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { learnEmoji, readEmoji } from "./encoder/emoji.js";

const here = fileURLToPath(new URL("./", import.meta.url));
const dist = join(here, "dist");
const data = join(dist, "data");
const packageDist = join(here, "../dist");
const require = createRequire(import.meta.url);

const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();

function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths)
    hash.update(basename(path)).update(readFileSync(path));
  return hash.digest("hex").slice(0, 16);
}

/** Learning takes seconds, so its result is kept until the sources or the data change. */
function buildEncoder() {
  const sources = files(join(here, "encoder"));
  const packages = [
    "unicode-emoji-json/data-by-emoji.json",
    "emojilib/dist/emoji-en-US.json",
  ].map((name) => require.resolve(name));
  const stamp = hashOf([...sources, ...packages]);
  const stampFile = join(data, ".stamp");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp)
    return;
  mkdirSync(data, { recursive: true });
  const emoji = readEmoji();
  const encoder = learnEmoji(emoji);
  writeFileSync(join(data, "emoji.json"), JSON.stringify(emoji));
  writeFileSync(join(data, "emoji.lsa"), encoder.toBytes());
  writeFileSync(stampFile, stamp);
  console.log(
    `demo: learnt an encoder of ${encoder.model.terms.length} terms from ${emoji.length} emoji`,
  );
}

/** Bundles the page's modules. The package's own files stay beside them, as they are published. */
async function bundlePage() {
  const { build } = await import("esbuild");
  const besideThePage = {
    name: "package beside the page",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^vss-wasm/ }, ({ path }) => ({
        path:
          path === "vss-wasm"
            ? "./vss/index.js"
            : path.replace(/^vss-wasm\/(.*)$/, "./vss/$1.js"),
        external: true,
      })),
  };
  await build({
    entryPoints: {
      page: join(here, "page/main.js"),
      style: join(here, "page/style.css"),
      engine: join(here, "page/engine/main.js"),
    },
    outdir: dist,
    bundle: true,
    format: "esm",
    splitting: true,
    chunkNames: "chunk-[hash]",
    minify: true,
    legalComments: "linked",
    target: "es2022",
    plugins: [besideThePage],
    logLevel: "warning",
  });
}

function copyStatic() {
  const isSource = (path) => /\.(js|mjs|css)$/.test(path);
  for (const path of files(join(here, "page"))) {
    if (!isSource(path))
      cpSync(path, join(dist, relative(join(here, "page"), path)));
  }
  for (const path of files(packageDist)) {
    if (/\.(js|wasm)$/.test(path))
      cpSync(path, join(dist, "vss", relative(packageDist, path)));
  }
}

/**
 * The service worker keeps exactly the files of this build. Its name changes when one of them
 * changes.
 */
async function buildServiceWorker() {
  const kept = files(dist)
    .map((path) => relative(dist, path).replaceAll("\\", "/"))
    .filter(
      (path) =>
        !path.startsWith("data/.") &&
        !path.endsWith(".txt") &&
        path !== "sw.js",
    );
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(here, "page/sw.js")],
    outfile: join(dist, "sw.js"),
    bundle: true,
    minify: true,
    define: {
      BUILD: JSON.stringify(hashOf(kept.map((path) => join(dist, path)))),
      FILES: JSON.stringify([
        "./",
        ...kept.filter((path) => path !== "index.html"),
      ]),
    },
    logLevel: "warning",
  });
}

async function buildPage() {
  if (!existsSync(join(packageDist, "vss.wasm")))
    throw new Error(
      "demo: dist/vss.wasm is missing; run `npm run build` first",
    );
  for (const path of existsSync(dist) ? readdirSync(dist) : []) {
    if (path !== "data")
      rmSync(join(dist, path), { recursive: true, force: true });
  }
  await bundlePage();
  copyStatic();
  await buildServiceWorker();
  const size = files(dist).reduce((sum, path) => sum + statSync(path).size, 0);
  console.log(`demo: page built, ${(size / 1024).toFixed(0)} KiB`);
}

buildEncoder();
if (!process.argv.includes("--encoder")) await buildPage();
