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
  const floats: Float32Array = decode(encode([1, 2]));
  db.function("half", { deterministic: true }, (x) => Number(x) / 2);
  // @ts-expect-error: an option that does not exist
  table.search([1], { k: 1, limit: 3 });
  // @ts-expect-error: not a location
  await open("articles.db");
  // @ts-expect-error: a Database comes from open()
  new db.constructor.Database();
  const remote = await openInWorker("opfs:x.db");
  const count: number = await (await remote.vss0("docs")).count;
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
