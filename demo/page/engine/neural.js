/**
 * The neural encoder, for those who switch it on: all-MiniLM-L6-v2 through transformers.js, from a
 * content network. Nothing else on the page asks another origin for anything. It runs here in the
 * Worker, so the policy of the page itself can stay closed to other origins.
 */

const LIBRARY = "https://cdn.jsdelivr.net/npm/@huggingface/transformers@3.8.1";
const MODEL = "Xenova/all-MiniLM-L6-v2";
const BATCH = 32;

export class Neural {
  dimensions = 384;
  #extract;

  tableOf({ table }) {
    return `${table}_neural`;
  }

  /** @param {(progress: { stage: string, done: number }) => void} onProgress */
  async load(onProgress) {
    if (this.#extract) return;
    onProgress({ stage: "Loading transformers.js", done: 0 });
    const { pipeline } = await this.#import();
    const sizes = new Map();
    const report = ({ file, loaded = 0, total = 0 }) => {
      if (!file || total === 0) return;
      sizes.set(file, [loaded, total]);
      const [got, all] = [...sizes.values()].reduce(
        ([a, b], [x, y]) => [a + x, b + y],
        [0, 0],
      );
      onProgress({
        stage: `Loading ${MODEL} (${(all / 1e6).toFixed(0)} MB)`,
        done: got / all,
      });
    };
    try {
      this.#extract = await pipeline("feature-extraction", MODEL, {
        dtype: "q8",
        progress_callback: report,
      });
    } catch (error) {
      throw new Error(
        `The library loaded, but its model did not: ${error.message} The model comes from huggingface.co; without that host the built-in encoder goes on working.`,
        { cause: error },
      );
    }
  }

  async #import() {
    try {
      return await import(/* @vite-ignore */ LIBRARY);
    } catch (error) {
      throw new Error(
        `transformers.js could not be loaded from ${new URL(LIBRARY).host}: ${error.message}. It needs a network; the built-in encoder goes on working.`,
        { cause: error },
      );
    }
  }

  /** @param {string} text */
  async encode(text) {
    const { data } = await this.#extract(text, {
      pooling: "mean",
      normalize: true,
    });
    return Float32Array.from(data);
  }

  /** @param {string[]} texts @returns {Promise<Float32Array>} one after the other */
  async encodeAll(texts) {
    const { data } = await this.#extract(texts, {
      pooling: "mean",
      normalize: true,
    });
    return Float32Array.from(data);
  }
}

/** Embeds a collection again, into a second vss0 table. */
export async function createNeural(
  neural,
  { kept: { db, save }, collection },
  onProgress,
) {
  await neural.load(onProgress);
  const table = neural.tableOf(collection);
  if (db.prepare("select 1 from sqlite_schema where name = ?").get([table]))
    return;
  const { show, filters, items } = collection;
  const names = filters.map(({ name }) => name);
  const rows = db
    .prepare(
      `select e.id, e.${show.title} || '. ' || coalesce(e.${show.detail ?? "''"}, '') as text from ${items} e order by e.id`,
    )
    .all();
  const vectors = [];
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH).map(({ text }) => text);
    const data = await neural.encodeAll(batch);
    batch.forEach((_, i) =>
      vectors.push(
        data.slice(i * neural.dimensions, (i + 1) * neural.dimensions),
      ),
    );
    onProgress({
      stage: `Embedding ${rows.length.toLocaleString("en")} rows with the model`,
      done: from / rows.length,
    });
  }
  const columns = filters
    .map(({ name, kind }) => `, ${name} ${kind === "facet" ? "text" : "real"}`)
    .join("");
  db.transaction(() => {
    db.exec(
      `create virtual table ${table} using vss0(embedding(${neural.dimensions}) metric_type=COSINE${columns})`,
    );
    const list = ["embedding", ...names].join(", ");
    const insert = db.prepare(
      `insert into ${table}(rowid, ${list}) select ?, ?${names.map((name) => `, s.${name}`).join("")} from ${collection.table} s where s.rowid = ?`,
    );
    rows.forEach(({ id }, i) => insert.run([id, vectors[i], id]));
    insert.finalize();
  })();
  await save();
}
