// Which tests may notice an edit of a file, quickest and nearest first. A test has the name that it
// has in CTest (tests/tests.cmake), with three exceptions: `sql` runs all SQL scripts in one
// process, `oracle` draws few cases, and `specs_node model` runs the specs whose names contain that
// word.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

/** The folders of tests/c whose programs see an edit in that folder of src/, nearest first. */
const NEIGHBOURS = {
  base: ["base", "index", "filter", "functions"],
  kernel: ["kernel", "index"],
  index: ["index", "kernel"],
  filter: ["filter"],
  sqlite: ["functions", "vss0"],
  functions: ["functions"],
  faiss: ["faiss"],
  vss0: ["vss0"],
};

/**
 * The words in the names of the specs that are nearest to a file of js/. For the others it is the
 * file's own name.
 */
const WORDS = {
  "js/api/connection.js": ["database", "leaks"],
  "js/api/create-api.js": ["load", "database"],
  "js/api/exports.js": ["load"],
  "js/api/merge.js": ["mergeTopK"],
  "js/api/open-options.js": ["database", "untrusted"],
  "js/api/parameters.js": ["statement", "values"],
  "js/api/plain-exports.js": ["load"],
  "js/api/row-reader.js": ["statement", "values"],
  "js/api/rows.js": ["insertMany", "model", "table"],
  "js/api/search.js": ["search", "model"],
  "js/api/user-function.js": ["function"],
  "js/api/vss-columns.js": ["table", "database"],
  "js/api/vss-table.js": ["table", "model"],
  "js/api/where.js": ["where", "model"],
  "js/module/batch.js": ["insertMany", "bounds"],
  "js/module/capi.js": ["hazard"],
  "js/module/codec.js": ["encode", "decode"],
  "js/module/errors.js": ["arguments"],
  "js/module/kinds.js": ["kernels", "load"],
  "js/module/marshal.js": ["values"],
  "js/module/relaxed.js": ["kernels"],
  "js/module/sqlite-codes.js": [],
  "js/module/version.js": ["load"],
  "js/module/vfs.js": ["persistence", "fault"],
};

const FAULTS = ["lies", "io", "crash", "hostile", "bits", "memory"];
/** Whoever opens files, and who may. */
const STORES = ["js_stores", "js_files"];
const WORKER = ["specs_chromium worker client", "specs_chromium model"];
const LOCKS = ["js_locks", "js_files"];

/** A native program: its target, and how it runs. */
const native = (target, args = "", seconds = 120) => ({
  target,
  command: `build/native-asan/${target} ${args}`,
  seconds,
});

/** What Node runs on dist/, which is made from js/ and, where C was changed, from the module. */
const onDist = (command, seconds = 120) => ({ dist: true, command, seconds });

/**
 * How a test is built and run. `seconds` is CPU time, so that a busy machine fails nothing.
 * @param {string} name
 */
export function stepOf(name) {
  if (name === "sql") return native("run_sql", "tests/sql");
  if (name === "oracle") return native("oracle", "--seed 1 --count 4000");
  if (name === "oracle_files")
    return native("oracle", "--seed 1 --count 2000 --file --folder build");
  if (name === "oracle_connections")
    return native(
      "oracle",
      "--seed 1 --count 2000 --connections --folder build",
    );
  if (name === "oracle_large")
    return native("oracle", "--seed 1 --count 45 --large");
  if (name.startsWith("test_")) return native(name);
  if (name.startsWith("replay_"))
    return native(name, `tests/fuzz/corpus/${name.slice("replay_".length)}`);
  if (name === "check_types")
    return { command: "npm run --silent check:types", seconds: 60 };
  const [, where, word] = /^specs_(node|chromium) ?(.*)$/.exec(name) ?? [];
  if (where)
    return onDist(
      // The worker client is a page's.
      `VSS_BAIL=1 node tests/js/run-${where}.mjs "${word}" ${word && where === "chromium" ? "page" : ""}`,
      // A page waits for what never comes, and only this limit ends it.
      word ? 40 : where === "node" ? 200 : 400,
    );
  if (name === "sql_wasm") return onDist("node tests/sql/run-wasm.mjs");
  const [, folder, file] = /^(js|demo)_(.+)$/.exec(name) ?? [];
  if (!folder) throw new Error(`mutate: ${name} is not a test`);
  const demo = folder === "demo" ? "node demo/build.mjs && " : "";
  return onDist(`${demo}node --test tests/${folder}/${file}.test.mjs`);
}

/** The C tests that take more than a few seconds: they come after the others. */
const SLOW = ["test_filter_sqlite"];

/** With one of these, the quick tests of a file end. */
const LAST_QUICK = ["oracle_files", "specs_node"];

/** How many letters two words have in common at their beginnings. */
function likeness(a, b) {
  let n = 0;
  while (n < a.length && a[n] === b[n]) n++;
  return n;
}

/** The C tests of a folder, those first whose names are like the file's. */
function programs(root, folder, file) {
  const word = basename(file).replace(/\.[ch]$/, "");
  return readdirSync(join(root, "tests/c", folder))
    .filter((name) => /^test_.*\.c$/.test(name))
    .map((name) => name.slice(0, -".c".length))
    .sort(
      (a, b) =>
        likeness(b.slice("test_".length), word) -
        likeness(a.slice("test_".length), word),
    );
}

const corpora = (root) =>
  readdirSync(join(root, "tests/fuzz"))
    .filter((name) => /^fuzz_.*\.c$/.test(name))
    .map((name) => name.replace(/^fuzz_(.*)\.c$/, "replay_$1"));

/**
 * The tests for an edit of this file, in the order in which they are tried. Those up to LAST_QUICK
 * take seconds, the others up to minutes.
 * @param {string} root
 * @param {string} file
 * @param {boolean} isQuick without the tests that take minutes
 * @returns {string[]}
 */
export function testsFor(root, file, isQuick) {
  const all = allTestsFor(root, file);
  const end = all.findIndex((name) => LAST_QUICK.includes(name)) + 1;
  return isQuick && end > 0 ? all.slice(0, end) : all;
}

/**
 * @param {string} root
 * @param {string} file
 */
function allTestsFor(root, file) {
  const [top, folder] = file.split("/");
  if (top === "src") {
    const near = (NEIGHBOURS[folder] ?? ["functions", "vss0"]).flatMap((name) =>
      programs(root, name, file),
    );
    return [
      ...near.filter((name) => !SLOW.includes(name)),
      "sql",
      "oracle",
      "oracle_files",
      "oracle_connections",
      "oracle_large",
      ...near.filter((name) => SLOW.includes(name)),
      ...corpora(root),
      ...FAULTS.map((kind) => `test_fault_${kind}`),
      "test_fault_functions",
      "test_stop",
      "test_loadable",
    ];
  }
  if (top === "wasm")
    return [...programs(root, "wasm", file), "specs_node", "sql_wasm"].concat(
      STORES,
      "specs_chromium",
    );
  if (top === "demo")
    return ["encoder", "page-parts", "sharded", "page", "examples"].map(
      (name) => `demo_${name}`,
    );
  const isLock = /^js\/files\/(lock|owner)/.test(file);
  const words = WORDS[file] ?? [basename(file, ".js")];
  return [
    "check_types",
    ...(folder === "api" || folder === "module" ? words : []).map(
      (word) => `specs_node ${word}`,
    ),
    ...(folder === "files" ? (isLock ? LOCKS : STORES) : []),
    ...(folder === "worker" ? WORKER : []),
    "specs_node",
    "js_contract",
    ...STORES,
    "js_docs",
    "js_codes",
    "js_relaxed",
    "specs_chromium",
    ...(folder === "files" ? LOCKS : []),
  ].filter((name, i, all) => all.indexOf(name) === i);
}
