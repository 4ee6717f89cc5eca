// The same with require(), which Node 22 and newer allow for ES modules without top-level await.
const { open } = require("vss-wasm");

open().then((db) => {
  const table = db.vss0("t", { v: 2, kind: "text" });
  table.insertMany([
    { v: [1, 1], kind: "a" },
    { v: [2, 2], kind: "b" },
  ]);
  const hits = table.search([2, 2], { k: 2 });
  const filtered = table.search([1, 1], { k: 2, where: { kind: "a" } });
  console.log(
    `nearest ${hits[0].rowid} ${hits[0].distance} | ${filtered.length} ${filtered[0].rowid}`,
  );
  db.close();
});
