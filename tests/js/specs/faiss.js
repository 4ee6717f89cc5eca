// The datasette-faiss functions through the API; encode() and decode() against faiss_encode,
// faiss_decode and Python.
import { equal, spec, throws } from "../lib/harness.js";

// Made by Python: struct.pack('f' * len(v), *v).hex() and json.dumps(struct.unpack(...)).
const python = [
  [
    "[2.4, 4.1, 1.8]",
    "9a991940333383406666e63f",
    "[2.4000000953674316, 4.099999904632568, 1.7999999523162842]",
  ],
  ["[]", "", "[]"],
  ["[1, 2, 3]", "0000803f0000004000004040", "[1.0, 2.0, 3.0]"],
  [
    "[0.1, 1e-45, -0.0]",
    "cdcccc3d0100000000000080",
    "[0.10000000149011612, 1.401298464324817e-45, -0.0]",
  ],
  [
    "[3.4028235e38, 16777217]",
    "ffff7f7f0000804b",
    "[3.4028234663852886e+38, 16777216.0]",
  ],
];
const hex = (bytes) =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

spec(
  "faiss_encode, faiss_decode: the same bytes as encode, decode and Python",
  async ({ api }) => {
    const db = await api.open();
    const encode = db.prepare("select faiss_encode(?)").pluck();
    const decode = db.prepare("select faiss_decode(?)").pluck();
    for (const [json, bytes, decoded] of python) {
      const blob = encode.get(json);
      equal(hex(blob), bytes);
      equal(hex(api.encode(JSON.parse(json))), bytes);
      equal(decode.get(blob), decoded);
      equal([...api.decode(blob)], JSON.parse(decoded));
      equal(decode.get(api.decode(blob)), decoded);
    }
    throws(() => encode.get(null), {
      message: "faiss_encode(): argument is NULL",
    });
    db.close();
  },
);

spec(
  "faiss_search: prepare is enough, and every change counts",
  async ({ api }) => {
    const db = await api.open();
    db.exec("create table embeddings(id text primary key, embedding blob)");
    const insert = db.prepare("insert into embeddings values (?, ?)");
    for (let i = 0; i < 100; i++) insert.run(String(i), api.encode([i, 1]));
    const search = db
      .prepare("select faiss_search_with_scores('main', 'embeddings', ?, ?)")
      .pluck();
    equal(search.get(api.encode([40.5, 1]), 2), '[["40", 0.25], ["41", 0.25]]');
    insert.run("new", new Float32Array([40.5, 1]));
    equal(search.get("[40.5, 1]", 1), '[["new", 0.0]]');
    throws(
      () =>
        db.transaction(() => {
          db.exec("delete from embeddings where id = 'new'");
          equal(search.get("[40.5, 1]", 1), '[["40", 0.25]]');
          throw new Error("undone");
        })(),
      { message: "undone" },
    );
    equal(search.get("[40.5, 1]", 1), '[["new", 0.0]]');
    equal(db.prepare("select scans from faiss_indexes").pluck().get(), 1);
    throws(() => search.get("[1]", 1), {
      message:
        "faiss_search_with_scores(): embedding has 1 components, those of main.embeddings have 2",
    });
    db.close();
  },
);

spec("faiss_agg: 64-bit ids, groups", async ({ api }) => {
  const db = await api.open();
  const rows = db
    .prepare(
      `with rows(id, embedding, kind) as (values (9007199254740993, '[1]', 'a'), (2, '[5]', 'a'), (3, '[2]', 'b'))
       select kind, faiss_agg(id, embedding, '[1]', 2) as ids from rows group by kind`,
    )
    .all();
  equal(rows, [
    { kind: "a", ids: "[9007199254740993, 2]" },
    { kind: "b", ids: "[3]" },
  ]);
  db.close();
});
