// The types, as an application meets them. Compiled, never run.
import {
  decode,
  encode,
  mergeTopK,
  open,
  search,
  vss0,
  VssError,
  type Hit,
  type Location,
} from "vss-wasm";
import { open as openInWorker } from "vss-wasm/worker";
import { createApi } from "vss-wasm/core";
import { openDurable } from "vss-wasm/workerd";
import wasm from "vss-wasm/vss.wasm";
import relaxed from "vss-wasm/vss-relaxed.wasm";

/** An import of the module is what open() takes. */
export const withModule = () => open(":memory:", { wasm });
export const isThere = WebAssembly.Module.exports(relaxed).length > 0;

async function main() {
  const where: Location = "file:articles.db";
  using db = await open(where, { readonly: true });
  const statement = db.prepare<{ id: number }>(
    "select id from t where a = ? and b = ?",
  );
  const row = statement.get(1, new Float32Array(3));
  const id: number | undefined = row?.id;
  for (const { id: each } of statement.iterate({ a: 1n })) each.toFixed();
  const table = db.vss0("docs", { embedding: 384, newsroom: "text" });
  const hits: Hit[] = table.search(new Float32Array(384), {
    k: 3,
    where: { newsroom: { in: ["a"] } },
    select: ["newsroom"],
  });
  const best = mergeTopK([hits, search(table, [1, 2], { k: 1 })], 3)[0]
    .distance;
  table.insertMany({
    embedding: new Float32Array(768),
    newsroom: ["a", "b"],
    rowids: [1, 2n],
  });
  const add = db.transaction((n: number) => n + 1);
  const two: number = add.immediate(1);
  // What this package gives is not shared memory, and goes where such bytes may not.
  new Blob([db.serialize(), encode([1, 2])]);
  new Response(encode(new Float32Array(2)));
  await crypto.subtle.digest("SHA-256", decode(encode([1])));
  const blob = hits[0].image;
  if (blob instanceof Uint8Array) new Blob([blob]);
  // Rows that are typed by an interface, which has no index signature.
  interface Article {
    rowid: number;
    embedding: Float32Array;
    newsroom: string | null;
  }
  const article: Article = {
    rowid: 1,
    embedding: new Float32Array(384),
    newsroom: null,
  };
  table.insert(article);
  table.insertMany([article]);
  table.insertMany(new Set([article]));
  table.insertMany([{ embedding: [1, 2] }, { newsroom: "x", rowid: 2n }]);
  const anyRow: Record<string, string | number[]> = { embedding: [1] };
  table.insert(anyRow);
  // @ts-expect-error: SQL cannot hold a date
  table.insert({ embedding: [1], newsroom: new Date() });
  // @ts-expect-error: nor undefined
  table.insertMany([{ embedding: undefined }]);
  table.insertMany({
    rowids: new BigInt64Array(1),
    embedding: new Float32Array(384),
  });
  // With exactOptionalPropertyTypes too, an option may be undefined.
  const maybe = <T,>(value: T): T | undefined => value;
  table.search([1], {
    k: 1,
    where: maybe("words > 1"),
    column: maybe("embedding"),
    params: maybe([1]),
    select: maybe(["newsroom"]),
    maxDistance: maybe(1),
    offset: maybe(1),
  });
  table.insertMany([article], {
    signal: maybe(new AbortController().signal),
    onProgress: maybe((done: number) => void done),
  });
  await open(":memory:", {
    deadline: maybe(5),
    wasm: maybe("x"),
    readonly: maybe(true),
    stop: maybe(() => false),
  });
  const floats: Float32Array = decode(encode([1, 2]));
  db.function("half", { deterministic: true }, (x) => Number(x) / 2);
  // @ts-expect-error: an option that does not exist
  table.search([1], { k: 1, limit: 3 });
  // @ts-expect-error: not a location
  await open("articles.db");
  // @ts-expect-error: a Database comes from open()
  new db.constructor.Database();
  const remote = await openInWorker("opfs:x.db");
  const far = await remote.vss0("docs");
  const count: number = await far.count;
  await far.insert(article);
  const stored: number = await far.insertMany([article]);
  await far.search([1], {
    k: stored,
    signal: maybe(new AbortController().signal),
  });
  new Blob([await remote.serialize()]);
  const api = createApi({ wasm: () => "x" });
  await api.init();
  const durable = await openDurable(
    { sql: { exec: () => [] }, transactionSync: (f) => f() },
    { name: "x" },
  );
  vss0(durable, "docs").count.toFixed();
  try {
    db.exec("nonsense");
  } catch (error) {
    if (error instanceof VssError)
      console.log(error.code, error.errcode, error.offset);
  }
  return { id, best, two, floats, count };
}
main();
