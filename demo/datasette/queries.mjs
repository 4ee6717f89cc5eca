// The SQL functions of Datasette's faiss plugin, over an ordinary table of a blog. The index
// follows the table: a row that is inserted later is found at once.
//   node demo/datasette/queries.mjs
import { open } from "vss-wasm";
import { ARTICLES } from "../shared/articles.js";
import { embed } from "../shared/embed.js";

const db = await open(":memory:");
db.exec(`attach ':memory:' as blog;
  create table blog.entry(id integer primary key, title text, section text, embedding blob)`);
const insert = db.prepare(
  "insert into blog.entry(title, section, embedding) values (?, ?, ?)",
);
for (const { headline, newsroom } of ARTICLES)
  insert.run([headline, newsroom, embed(headline)]);

const show = (title, sql) => {
  console.log(`\n-- ${title}\n${sql.trim()}`);
  for (const row of db.prepare(sql).all())
    console.log(Object.values(row).join("  |  "));
};

show(
  "Related entries, as a list of ids",
  `select faiss_search('blog', 'entry', (select embedding from blog.entry where id = 4), 4) as ids`,
);
show(
  "The same with their distances, joined back to the table",
  `with related as (
  select value from json_each(faiss_search_with_scores('blog', 'entry',
    (select embedding from blog.entry where id = 4), 4))
)
select json_extract(value, '$[0]') as id, round(json_extract(value, '$[1]'), 3) as distance, title
from related join blog.entry on blog.entry.id = json_extract(value, '$[0]')`,
);
show(
  "The nearest of each section, by an aggregate",
  `select section, faiss_agg(id, embedding, (select embedding from blog.entry where id = 4), 2) as nearest
from blog.entry group by section`,
);
db.exec(
  `insert into blog.entry(title, section, embedding)
   select 'A second octopus', 'science', embedding from blog.entry where id = 4`,
);
show(
  "An entry that was added a moment ago is there",
  `select faiss_search('blog', 'entry', (select embedding from blog.entry where id = 4), 2) as ids`,
);
db.close();
