// docs/works-with.md with the packages that npm test has no time for: the column of better-sqlite3,
// and the block of transformers.js.
//
//   node tests/js/run-works-with.mjs
//
// The binary of better-sqlite3 is built, or downloaded by its own script, where it is not there.
// transformers.js is installed into build/runtimes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fieldsOf, learnEmoji, readEmoji } from "../../demo/encoder/emoji.js";
import { open } from "../../dist/index.node.js";
import { collection } from "../../dist/text.js";
import { check, lines } from "./lib/migration.mjs";
import {
  folder,
  installRuntimes,
  requireRuntime,
  root,
} from "./lib/runtimes.mjs";
import { writeModel } from "./lib/small-model.mjs";

async function betterSqlite() {
  const { default: Database } = await import("better-sqlite3");
  try {
    new Database(":memory:").close();
  } catch {
    console.log("works with: building better-sqlite3 in node_modules");
    const args = ["rebuild", "better-sqlite3", "--ignore-scripts=false"];
    const done = spawnSync("npm", args, { cwd: root, encoding: "utf8" });
    assert.equal(done.status, 0, `npm ${args.join(" ")}: ${done.stderr}`);
  }
  const library = {
    open: async (/** @type {string} */ at) => new Database(at),
    names: { Database },
  };
  for (const line of lines()) await check(line, "better", library);
  return `${lines().length} lines of better-sqlite3`;
}

const model = "Xenova/all-MiniLM-L6-v2";
const emoji = readEmoji();
const texts = emoji.map((one) =>
  fieldsOf(one)
    .map((field) => field.text)
    .join(" "),
);

/** The block of the page, unchanged except for where packages are and where the model is. */
function block(/** @type {string} */ models) {
  const page = readFileSync(join(root, "docs/works-with.md"), "utf8");
  const code = page
    .split("## transformers.js\n")[1]
    .split("```js\n")[1]
    .split("```")[0]
    .replace(
      /from "vss-wasm(\/text)?"/g,
      (_, text) =>
        `from "${pathToFileURL(join(root, "dist", text ? "text.js" : "index.node.js"))}"`,
    );
  assert.ok(code.includes(model), "the block loads the model");
  const path = join(models, "block.mjs");
  writeFileSync(
    path,
    `import { env } from "@huggingface/transformers";
env.allowRemoteModels = false;
env.localModelPath = ${JSON.stringify(`${models}/`)};
${code}`,
  );
  const options = { cwd: models, encoding: "utf8" };
  const done = spawnSync(process.execPath, [path], options);
  assert.equal(done.stdout, "A whale in the ocean\n", done.stderr);
}

/** Every emoji in a collection, with hits by meaning that are compared with a plain loop. */
async function everyEmoji(/** @type {string} */ models) {
  const { env, pipeline } = await import(
    pathToFileURL(requireRuntime.resolve("@huggingface/transformers")).href
  );
  env.allowRemoteModels = false;
  env.localModelPath = `${models}/`;
  const extract = await pipeline("feature-extraction", model, { dtype: "q8" });
  const embed = (/** @type {string[]} */ some) =>
    extract(some, { pooling: "mean", normalize: true });
  const db = await open();
  const notes = await collection(db, "notes", { embed, model });
  await notes.add(texts.map((text) => ({ text })));
  const vectors = [];
  for (const text of texts) vectors.push((await embed([text])).data);
  let compared = 0;
  for (const query of texts.filter((_, i) => i % 90 === 0)) {
    const { data } = await embed([query]);
    const all = vectors.map((vector) =>
      vector.reduce((sum, x, j) => sum + x * data[j], 0),
    );
    const best = [...all].sort((a, b) => b - a);
    const hits = await notes.search(query, { k: 10, mode: "meaning" });
    // The collection embeds in batches, where ONNX Runtime may round otherwise than for one text.
    hits.forEach(({ id, distance }, place) => {
      assert.ok(Math.abs(all[Number(id) - 1] - best[place]) < 1e-5, query);
      assert.ok(Math.abs(1 - (distance ?? 2) - best[place]) < 1e-5, query);
      compared++;
    });
  }
  db.close();
  return compared;
}

async function transformers() {
  const problem = installRuntimes();
  assert.equal(problem, "", problem);
  const models = mkdtempSync(join(folder, "models-"));
  try {
    writeModel(join(models, model), learnEmoji(emoji), [
      ...texts,
      "A whale in the ocean",
      "Bread and cheese",
    ]);
    block(models);
    const compared = await everyEmoji(models);
    return `the block of transformers.js, and ${compared} hits among ${texts.length} texts`;
  } finally {
    rmSync(models, { recursive: true, force: true });
  }
}

console.log(`works with: ${await betterSqlite()}`);
console.log(`works with: ${await transformers()}`);
