// A page that searches in itself and in a Worker; the title says what it found.
import { open } from "vss-wasm";
import { open as openInWorker } from "vss-wasm/worker";

const rows = [
  { v: [1, 1], kind: "a" },
  { v: [2, 2], kind: "b" },
];
const line = (hits, filtered) =>
  `nearest ${hits[0].rowid} ${hits[0].distance} | ${filtered.length} ${filtered[0].rowid}`;

async function inPage() {
  const table = (await open()).vss0("t", { v: 2, kind: "text" });
  table.insertMany(rows);
  return line(
    table.search([2, 2], { k: 2 }),
    table.search([1, 1], { k: 2, where: { kind: "a" } }),
  );
}

async function inWorker() {
  const db = await openInWorker("opfs:page.db");
  const table = await db.vss0("t", { v: 2, kind: "text" });
  await table.insertMany(rows);
  return line(
    await table.search([2, 2], { k: 2 }),
    await table.search([1, 1], { k: 2, where: { kind: "a" } }),
  );
}

Promise.all([inPage(), inWorker()]).then(
  ([page, worker]) => (document.title = `page: ${page}; worker: ${worker}`),
  (error) => (document.title = `${error.stack ?? error}`),
);
