// Real data, which the repository does not contain. Two sets are in the folder VSS_DATA, where they
// are at hand; the word vectors are downloaded with --download, and stay in the build folder.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createVss } from "../engines/vss.mjs";
import { contest, filtered, unfiltered } from "../lib/contest.mjs";
import { readFvecs, STEPS } from "../lib/data.mjs";
import { createStream } from "../lib/stream.mjs";
import { dataFolder, fetchWords, SET as WORDS } from "../lib/words.mjs";

const vssData =
  process.env.VSS_DATA ??
  new URL("../../../shared/data", import.meta.url).pathname;
/** Each set and the folder it is in. */
export const SETS = {
  tldr_lsa384: vssData,
  sift5k: vssData,
  [WORDS]: dataFolder,
};

/** The vectors of a set, its queries, and two columns to filter by. */
export function readSet(folder) {
  const read = (file) => readFvecs(readFileSync(join(folder, file)));
  const { n, d, vectors } = read("base.fvecs");
  const found = read("query.fvecs");
  const queries = Array.from({ length: Math.min(found.n, 30) }, (_, i) =>
    found.vectors.slice(i * d, (i + 1) * d),
  );
  const r = Int32Array.from(
    { length: n },
    (_, i) => Math.imul(i, 7919) % STEPS,
  );
  const c = Int32Array.from({ length: n }, (_, i) =>
    Math.floor((i * STEPS) / n),
  );
  return { n, d, vectors, queries, r, c };
}

function refined({ db, engine }, queries, k) {
  const count = () =>
    JSON.parse(db.prepare("select vss_table_stats('v') as json").get().json)
      .refined;
  const before = count();
  for (const query of queries) engine.search(query, k, null);
  return (count() - before) / queries.length;
}

export async function real({ vss, download }, report) {
  if (download) await fetchWords();
  for (const [name, within] of Object.entries(SETS)) {
    const folder = join(within, name);
    if (!existsSync(folder)) {
      const error = `no folder ${name}; bench/README.md says where it comes from`;
      report({ suite: "real", what: "cannot run", engine: name, error });
      continue;
    }
    const data = readSet(folder);
    const makers = {
      vss: () => createVss(vss),
      stream: () => createStream(data.n * Math.ceil(data.d / 64) * 64),
    };
    const lines = await contest(
      makers,
      data,
      [...unfiltered(10, 100), ...filtered(10, 10)],
      15,
    );
    report(...lines.map((line) => ({ suite: "real", data: name, ...line })));
    const engine = await createVss(vss);
    engine.fill(data);
    for (const k of [10, 100]) {
      try {
        const rows = refined({ db: engine.db, engine }, data.queries, k);
        report({
          suite: "real",
          data: name,
          what: "refined rows",
          n: data.n,
          d: data.d,
          k,
          refined: Number(rows.toFixed(1)),
        });
      } catch (error) {
        report({
          suite: "real",
          data: name,
          what: "cannot run",
          engine: "vss_table_stats()",
          error: error.message,
        });
      }
    }
    engine.close();
  }
}
