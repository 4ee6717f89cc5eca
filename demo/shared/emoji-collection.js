/**
 * The emoji as two ordinary tables and one vss0 table, which the terminal and the page both load.
 *
 *   emoji(id, symbol, name, keywords)        what people read
 *   keyword(emoji, word)                     one row per keyword, to join with
 *   emoji_search(rowid = emoji.id, embedding[128], category, version, skin_tones)
 *
 * The filters live in the vss0 table, where they are answered before distances are compared.
 */

import { fieldsOf } from "../encoder/fields.js";

export const SCHEMA = `
create table emoji(id integer primary key, symbol text not null, name text not null, keywords text not null);
create table keyword(emoji integer not null references emoji(id), word text not null, primary key (word, emoji)) without rowid;
create virtual table emoji_search using vss0(
  embedding(128) metric_type=COSINE,
  category text, version real, skin_tones integer
);`;

/**
 * Creates the tables and fills them in one transaction.
 *
 * @param {import("../../js/entries/index.js").Database} db
 * @param {import("../encoder/fields.js").Emoji[]} emoji
 * @param {import("../encoder/lsa.js").Encoder} encoder
 * @param {(done: number, total: number) => void} [onProgress]
 */
export function createEmoji(db, emoji, encoder, onProgress) {
  db.transaction(() => {
    db.exec(SCHEMA);
    const insertEmoji = db.prepare("insert into emoji values (?, ?, ?, ?)");
    const insertKeyword = db.prepare(
      "insert or ignore into keyword values (?, ?)",
    );
    const insertVector = db.prepare(
      "insert into emoji_search(rowid, embedding, category, version, skin_tones) values (?, ?, ?, ?, ?)",
    );
    emoji.forEach((item, i) => {
      const id = i + 1;
      insertEmoji.run([id, item.symbol, item.name, item.keywords.join(", ")]);
      for (const word of item.keywords) insertKeyword.run([id, word]);
      insertVector.run([
        id,
        encoder.encode(fieldsOf(item)),
        item.category,
        item.version,
        item.skin,
      ]);
      if (i % 64 === 63) onProgress?.(i + 1, emoji.length);
    });
    for (const statement of [insertEmoji, insertKeyword, insertVector])
      statement.finalize();
  })();
  onProgress?.(emoji.length, emoji.length);
}
