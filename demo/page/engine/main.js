/**
 * The demo's engine, in a Worker of its own: databases, encoders and every search. The page only
 * draws. The synchronous API belongs here, and so does OPFS, which browsers give to workers only.
 */

import { version } from "vss-wasm";
import { Encoder } from "../../encoder/lsa.js";
import { createEmoji, SCHEMA } from "../../shared/emoji-collection.js";
import { EMOJI } from "./emoji-description.js";
import { Lab } from "./lab.js";
import { createNeural, Neural } from "./neural.js";
import { createOwn, readOwn } from "./own.js";
import { describeColumns, parseText, suggest } from "./parse.js";
import { principalPlane } from "./projection.js";
import { serve } from "./rpc.js";
import { allVectors, filtered, search } from "./search.js";
import { openKept } from "./storage.js";

/**
 * @typedef {{ kept: import("./storage.js").Kept, collection: import("./sql.js").Collection,
 * encoder: Encoder }} Loaded
 */

/** @type {Map<string, Loaded>} */
const loaded = new Map();
const lab = new Lab();
const neural = new Neural();
let keep;
let parsed;

const has = (db, table) =>
  db.prepare("select 1 from sqlite_schema where name = ?").get([table]) !==
  undefined;

function get(id) {
  const found = loaded.get(id);
  if (!found) throw new Error(`no collection ${id}`);
  return found;
}

/** Fetches a file of the page, and reports progress. */
async function fetchBytes(name, onProgress) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok)
    throw new Error(`${name}: the server answered ${response.status}`);
  const total = Number(response.headers.get("content-length")) || 0;
  const parts = [];
  let got = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    got += value.length;
    if (total > 0) onProgress(Math.min(1, got / total));
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/**
 * 31 bits that stand for the schema and the encoder: a query of this encoder must not search the
 * vectors of another.
 */
function stampOf(bytes) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(SCHEMA))
    hash = Math.imul(hash ^ byte, 0x01000193);
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash & 0x7fffffff;
}

const isCurrent = (db, stamp) =>
  has(db, "emoji_search") &&
  db.prepare("pragma user_version").get().user_version === stamp;

/** Loads the emoji into new tables, after deleting what an older build of the page has left. */
async function loadEmoji(db, encoder, onProgress) {
  for (const table of [
    "emoji_search",
    "emoji_search_neural",
    "keyword",
    "emoji",
  ])
    db.exec(`drop table if exists ${table}`);
  const rows = await fetchBytes("data/emoji.json", (done) =>
    onProgress({ stage: "Loading 1,914 emoji", done: 0.4 + done * 0.2 }),
  );
  createEmoji(
    db,
    JSON.parse(new TextDecoder().decode(rows)),
    encoder,
    (done, total) =>
      onProgress({
        stage: "Embedding and storing",
        done: 0.6 + (0.4 * done) / total,
      }),
  );
}

async function start({ keep: wanted }, onProgress) {
  keep = wanted;
  onProgress({ stage: "Loading the encoder", done: 0 });
  const bytes = await fetchBytes("data/emoji.lsa", (done) =>
    onProgress({ stage: "Loading the encoder", done: done * 0.4 }),
  );
  const encoder = Encoder.fromBytes(bytes);
  onProgress({ stage: "Opening the database", done: 0.4 });
  const kept = await openKept("emoji.db", keep);
  const wasThere = isCurrent(kept.db, stampOf(bytes));
  if (!wasThere) {
    await loadEmoji(kept.db, encoder, onProgress);
    kept.db.exec(`pragma user_version = ${stampOf(bytes)}`);
    await kept.save();
  }
  const rowCount = Number(
    kept.db.prepare("select count(*) as n from emoji").get().n,
  );
  loaded.set("emoji", { kept, encoder, collection: { ...EMOJI, rowCount } });
  await openOwn();
  return {
    version,
    storage: { kind: kept.kind, why: kept.why, wasThere },
    collections: [...loaded.values()].map(({ collection }) => collection),
  };
}

async function openOwn() {
  const kept = await openKept("own.db", keep);
  const own = readOwn(kept.db);
  if (own) loaded.set("own", { kept, ...own });
  else kept.db.close();
}

/** The vector of a text, or the words of it that the encoder does not know. */
async function embed({ encoder }, text, model) {
  if (model === "neural")
    return { vector: await neural.encode(text), known: true, unknown: [] };
  return encoder.encodeQuery(text);
}

const inModel = (collection, model) =>
  model === "neural"
    ? {
        ...collection,
        table: neural.tableOf(collection),
        dimensions: neural.dimensions,
      }
    : collection;

async function runSearch({
  id,
  text = "",
  similarTo,
  filters = {},
  where = "",
  limit = 24,
  model = "lsa",
  wantFilter = true,
}) {
  const entry = get(id);
  const { db } = entry.kept;
  const collection = inModel(entry.collection, model);
  const answer = { unknown: [], known: true, vector: undefined };
  if (similarTo === undefined && text.trim() !== "")
    Object.assign(answer, await embed(entry, text, model));
  if (!answer.known)
    return {
      ...answer,
      rows: [],
      sql: "",
      milliseconds: 0,
      runs: 0,
      filter: wantFilter ? filtered(db, collection, filters, where) : undefined,
    };
  const filter = wantFilter
    ? filtered(db, collection, filters, where)
    : undefined;
  return {
    ...answer,
    filter,
    ...search(db, collection, {
      vector: answer.vector,
      similarTo,
      filters,
      where,
      limit,
    }),
  };
}

function map({ id, model = "lsa" }) {
  const { kept, collection } = get(id);
  const { ids, vectors } = allVectors(kept.db, inModel(collection, model));
  const { dimensions } = inModel(collection, model);
  const facet = collection.filters.find(({ kind }) => kind === "facet")?.name;
  const rows = kept.db
    .prepare(
      `select e.id, ${facet ? `s.${facet}` : "null"} as facet, e.${collection.show.symbol ?? collection.show.title} as label, e.${collection.show.title} as title from ${collection.table} s join ${collection.items} e on e.id = s.rowid order by e.id`,
    )
    .all();
  const byId = new Map(rows.map((row) => [Number(row.id), row]));
  return {
    ids,
    ...principalPlane(vectors, dimensions),
    facet,
    groups: Array.from(ids, (rowid) => byId.get(rowid)?.facet ?? null),
    labels: Array.from(
      ids,
      (rowid) =>
        (collection.show.symbol ? byId.get(rowid)?.label : null) ?? null,
    ),
    titles: Array.from(ids, (rowid) =>
      String(byId.get(rowid)?.title ?? "").slice(0, 80),
    ),
  };
}

async function parse({ file, text, name }) {
  const { rows, format } = parseText(file ? await file.text() : text, name);
  const columns = describeColumns(rows);
  parsed = { rows, columns, name };
  return {
    format,
    rowCount: rows.length,
    columns,
    suggested: suggest(columns),
    preview: rows.slice(0, 3),
  };
}

async function importParsed({ text, filters }, onProgress) {
  if (!parsed) throw new Error("Choose a file first.");
  const kept = loaded.get("own")?.kept ?? (await openKept("own.db", keep));
  const own = createOwn(
    kept.db,
    { ...parsed, title: parsed.name, text, filters },
    onProgress,
  );
  await kept.save();
  parsed = undefined;
  loaded.set("own", { kept, ...own });
  return {
    collection: own.collection,
    storage: { kind: kept.kind, why: kept.why },
  };
}

async function forgetOwn() {
  const { kept } = get("own");
  kept.db.exec(
    "drop table own; drop table own_search; drop table demo_collection; vacuum",
  );
  await kept.save();
  kept.db.close();
  await kept.forget();
  loaded.delete("own");
}

serve(
  {
    start,
    search: runSearch,
    map,
    parse,
    import: importParsed,
    forgetOwn,
    export: ({ id }) => get(id).kept.db.serialize(),
    grow: ({ target }, onProgress) => lab.growTo(target, onProgress),
    clearLab: () => lab.close(),
    neural: ({ id }, onProgress) => createNeural(neural, get(id), onProgress),
  },
  globalThis,
);
