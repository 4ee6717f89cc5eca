// A database file and a search from the command line, in Node.
//
//   node demo/node/search.mjs notes.db add "Whales sing in the deep sea" animals
//   node demo/node/search.mjs notes.db find "sea animals" "topic = 'animals'"
import { open } from "vss-wasm";
import { DIMENSIONS, embed } from "../shared/embed.js";

const [file, command, text, extra] = process.argv.slice(2);
if (!file || !text || !["add", "find"].includes(command)) {
  console.error(
    "usage: search.mjs <file> add <text> [<topic>]\n       search.mjs <file> find <words> [<SQL condition>]",
  );
  process.exit(2);
}

const db = await open(`file:${file}`);
db.exec(`create table if not exists note(id integer primary key, text text);
  create virtual table if not exists note_search using vss0(
    embedding(${DIMENSIONS}) metric_type=COSINE, topic text)`);

if (command === "add") {
  db.transaction(() => {
    const { lastInsertRowid: id } = db
      .prepare("insert into note(text) values (?)")
      .run(text);
    db.prepare(
      "insert into note_search(rowid, embedding, topic) values (?, ?, ?)",
    ).run([id, embed(text), extra ?? null]);
  })();
} else {
  const rows = db
    .prepare(
      `select s.distance, s.topic, n.text from note_search s join note n on n.id = s.rowid
        where vss_search(s.embedding, ?) and (${extra ?? "true"})
        order by s.distance limit 5`,
    )
    .all([embed(text)]);
  for (const { distance, topic, text: found } of rows)
    console.log(`${distance.toFixed(3)}  ${topic ?? "-"}  ${found}`);
}
db.close();
