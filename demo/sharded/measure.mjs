// The memory that a shard of a given size needs, and the time of its search: the numbers of
// docs/scale.md.
//   node demo/sharded/measure.mjs [rows] [dimensions]
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "vss-wasm";
import { seededRandom } from "../encoder/matrix.js";

const ISOLATE_BYTES = 128 * 2 ** 20;
const [rows = 100_000, dimensions = 384] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "vss-measure-"));
const random = seededRandom(1);
const vector = () =>
  Float32Array.from({ length: dimensions }, () => random() * 2 - 1);

function median(times) {
  return times.sort((a, b) => a - b)[times.length >> 1];
}

function timeOf(table, options) {
  return median(
    Array.from({ length: 15 }, () => {
      const query = vector();
      const start = performance.now();
      table.search(query, { k: 10, ...options });
      return performance.now() - start;
    }),
  );
}

try {
  const file = join(folder, "shard.db");
  const db = await open(`file:${file}`);
  const table = db.vss0("item", { embedding: dimensions, bucket: "integer" });
  const batch = 5000;
  for (let done = 0; done < rows; done += batch) {
    const n = Math.min(batch, rows - done);
    table.insertMany(
      Array.from({ length: n }, (_, i) => ({
        embedding: vector(),
        bucket: (done + i) % 100,
      })),
    );
  }
  timeOf(table, {});
  const resident = Number(
    db.prepare("select vss_memory_usage('item')").pluck().get(),
  );
  const perRow = resident / rows;
  // The memory that is left for rows, besides SQLite's page cache, the module and the Worker's
  // code.
  const budget = ISOLATE_BYTES * 0.75;
  console.log(
    `${rows} rows of ${dimensions} numbers in a file of ${(statSync(file).size / 1e6).toFixed(0)} MB`,
  );
  console.log(
    `resident      ${(resident / 1e6).toFixed(1)} MB, ${perRow.toFixed(0)} bytes per row`,
  );
  console.log(
    `in 128 MiB    ${Math.floor(budget / perRow / 1000)},000 rows, a quarter kept free`,
  );
  console.log(`search        ${timeOf(table, {}).toFixed(2)} ms, k = 10`);
  console.log(
    `1 % filter    ${timeOf(table, { where: { bucket: 7 } }).toFixed(2)} ms`,
  );
  db.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
