// How much of the exact float32 answer each element type keeps, on the sets of the suite "real".
// A search of such a column is exact over what it stores; what is stored is rounded. Recall is the
// share of the k nearest rows of the float32 column that are among the k nearest of the other.
//
// The scale of int8 is the greatest that fits the whole set.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fetchWords } from "../lib/words.mjs";
import { readSet, SETS } from "./real.mjs";

const KS = [1, 10, 100];

/** The greatest scale with which every component fits int8. */
function scaleOf(vectors) {
  let least = 0;
  let greatest = 0;
  for (const x of vectors) {
    least = Math.min(least, x);
    greatest = Math.max(greatest, x);
  }
  return Math.min(127 / greatest, least < 0 ? 128 / -least : Infinity);
}

/** Bits need a multiple of 8: what is missing is 0 in every row. */
function padded(vectors, d) {
  const wide = Math.ceil(d / 8) * 8;
  if (wide === d) return vectors;
  const out = new Float32Array((vectors.length / d) * wide);
  for (let i = 0; i < vectors.length / d; i++)
    out.set(vectors.subarray(i * d, (i + 1) * d), i * wide);
  return out;
}

function recallOf(table, column, truth, queries) {
  const sums = KS.map(() => 0);
  for (const [i, query] of queries.entries()) {
    const ids = table
      .search(query, { k: KS.at(-1), column })
      .map((hit) => hit.rowid);
    KS.forEach((k, at) => {
      const wanted = new Set(truth[i].slice(0, k));
      sums[at] += ids.slice(0, k).filter((id) => wanted.has(id)).length / k;
    });
  }
  return sums.map((sum) => Number((sum / queries.length).toFixed(4)));
}

function bytesOf(element, d) {
  return { float32: 4 * d, float16: 2 * d, int8: d, bit: Math.ceil(d / 8) }[
    element
  ];
}

export async function elements({ vss, download }, report) {
  if (download) await fetchWords();
  for (const [name, within] of Object.entries(SETS)) {
    const folder = join(within, name);
    if (!existsSync(folder)) {
      const error = `no folder ${name}; bench/README.md says where it comes from`;
      report({ suite: "elements", what: "cannot run", engine: name, error });
      continue;
    }
    const { n, d, vectors, queries } = readSet(folder);
    const scale = Number(scaleOf(vectors).toPrecision(5)) * 0.999;
    for (const metric of ["L2", "COSINE"]) {
      const db = await vss.open();
      const options = `metric_type=${metric}`;
      const columns = {
        float32: `float32[${d}] ${options}`,
        float16: `float16[${d}] ${options}`,
        int8: `int8[${d}] scale='${scale}' ${options}`,
        ...(metric === "L2" && { bit: `bit[${Math.ceil(d / 8) * 8}]` }),
      };
      // A table for each column: together they are too large for the memory of the module.
      let truth;
      for (const [element, definition] of Object.entries(columns)) {
        const table = db.vss0("v", { e: definition });
        const asked =
          element === "bit" ? queries.map((q) => padded(q, d)) : queries;
        table.insertMany({
          e: element === "bit" ? padded(vectors, d) : vectors,
        });
        truth ??= queries.map((query) =>
          table.search(query, { k: KS.at(-1) }).map((hit) => hit.rowid),
        );
        report({
          suite: "elements",
          what: "recall",
          data: name,
          n,
          d,
          metric: element === "bit" ? "HAMMING" : metric,
          element,
          bytes: bytesOf(element, d),
          ks: KS,
          recall: recallOf(table, "e", truth, asked),
        });
        db.exec("drop table v; vacuum");
      }
      db.close();
    }
  }
}

/** The lines of the suite as a table of Markdown, for the terminal. */
export function elementsTable(lines) {
  const found = lines.filter(
    (l) => l.suite === "elements" && l.what === "recall",
  );
  if (found.length === 0) return "";
  const row = (cells) => `| ${cells.join(" | ")} |`;
  const head = [
    "set",
    "metric",
    "element type",
    "bytes per vector",
    ...KS.map((k) => `recall of ${k}`),
  ];
  return [
    row(head),
    row(head.map(() => "---")),
    ...found.map(({ data, n, d, metric, element, bytes, recall }) =>
      row([
        `${data}, ${n.toLocaleString("en")} x ${d}`,
        metric,
        element,
        bytes.toLocaleString("en"),
        ...recall.map((x) => x.toFixed(3)),
      ]),
    ),
  ].join("\n");
}
