// `npm start` after the build: searches the emoji in the terminal, then serves the demo page.
// With --once it stops after the searches.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { open, version } from "vss-wasm";
import { Encoder } from "../encoder/lsa.js";
import { createEmoji } from "../shared/emoji-collection.js";
import { SEARCHES } from "./searches.mjs";
import { listen, staticServer } from "./server.mjs";
import { table } from "./table.mjs";

const RUNS = 25;
const dist = new URL("../dist/", import.meta.url);
const style = process.stdout.isTTY && !process.env.NO_COLOR;
const bold = (text) => (style ? `\x1b[1m${text}\x1b[22m` : text);
const dim = (text) => (style ? `\x1b[2m${text}\x1b[22m` : text);

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

/** Rows of a search, and the median time of running it again and again. */
function timed(statement, params) {
  let rows;
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    rows = statement.all(params);
    return performance.now() - start;
  });
  return { rows, milliseconds: median(times) };
}

function show(db, encoder, { title, text, sql }) {
  const query = encoder.encodeQuery(text).vector;
  const statement = db.prepare(sql);
  const { rows, milliseconds } = timed(statement, { query });
  statement.finalize();
  const head = Object.keys(rows[0] ?? { "no rows": 0 });
  const shown = rows.map((row) => ({
    ...row,
    distance: row.distance.toFixed(4),
  }));
  console.log(
    `\n${bold(title)}   :query = "${text}"   ${milliseconds.toFixed(2)} ms\n`,
  );
  console.log(dim(sql.replace(/^/gm, "  ")) + "\n");
  console.log(
    table(
      head,
      shown.map((row) => head.map((name) => row[name])),
    ),
  );
}

async function searchInTerminal() {
  const emoji = JSON.parse(
    readFileSync(new URL("data/emoji.json", dist), "utf8"),
  );
  const encoder = Encoder.fromBytes(
    readFileSync(new URL("data/emoji.lsa", dist)),
  );
  const db = await open(":memory:");
  const start = performance.now();
  createEmoji(db, emoji, encoder);
  const seconds = (performance.now() - start) / 1000;
  const { vss, sqlite } = version;
  console.log(
    `vss-wasm ${vss} with SQLite ${sqlite}, one WebAssembly module in Node ${process.versions.node}`,
  );
  console.log(
    `${emoji.length.toLocaleString("en")} emoji embedded and stored in ${seconds.toFixed(2)} s; each time is the median of ${RUNS} runs`,
  );
  for (const search of SEARCHES) show(db, encoder, search);
  db.close();
}

async function serve() {
  const server = staticServer(fileURLToPath(dist));
  const port = await listen(server, process.env.PORT);
  console.log(
    `\nThe demo page: ${bold(`http://localhost:${port}/`)}   (Ctrl+C ends it)`,
  );
}

try {
  await searchInTerminal();
  if (!process.argv.includes("--once")) await serve();
} catch (error) {
  console.error(`start: ${error.message ?? error}`);
  process.exitCode = 1;
}
