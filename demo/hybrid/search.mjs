// Words and vectors together: FTS5 and vss0 rank the same articles, and reciprocal rank fusion
// joins the two lists in one statement.
//   node demo/hybrid/search.mjs "bread" "baking at home"
import { open } from "vss-wasm";
import { embed } from "../shared/embed.js";
import { createArticles } from "../shared/newsroom.js";

const [words = "bread", meaning = words] = process.argv.slice(2);
const db = await open(":memory:");
createArticles(db);
db.exec(`create virtual table article_words using fts5(headline, content='');
  insert into article_words(rowid, headline) select rowid, headline from article`);

const FUSED = `
with by_words as (
  select rowid, row_number() over (order by rank) as place
    from article_words where article_words match :words limit 20
), by_meaning as (
  select rowid, row_number() over (order by distance) as place
    from article where vss_search(embedding, :query) limit 20
)
select a.headline, round(sum(1.0 / (60 + place)), 5) as score, group_concat(found, ' + ') as found
  from (select rowid, place, 'words' as found from by_words
        union all select rowid, place, 'meaning' from by_meaning) f
  join article a on a.rowid = f.rowid
 group by a.rowid order by score desc, a.rowid limit 5`;

for (const row of db.prepare(FUSED).all({ words, query: embed(meaning) }))
  console.log(`${row.score.toFixed(5)}  ${row.headline}  (${row.found})`);
db.close();
