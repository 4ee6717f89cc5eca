// A page built by Vite: the database lives in a Worker, and in the browser's own file system
// (OPFS), so that it is there again after a reload and the page never waits.
import { open } from "vss-wasm/worker";
import { ARTICLES } from "../shared/articles.js";
import { DIMENSIONS, embed } from "../shared/embed.js";

const db = await open("opfs:articles.db");
const articles = await db.vss0("article", {
  embedding: DIMENSIONS,
  headline: "text",
  newsroom: "text",
});
if ((await articles.count) === 0) {
  await articles.insertMany(
    ARTICLES.map(({ headline, newsroom }) => ({
      embedding: embed(headline),
      headline,
      newsroom,
    })),
  );
}

const query = document.querySelector("#query");
const list = document.querySelector("#list");

async function search() {
  const hits = await articles.search(embed(query.value), {
    k: 5,
    where: "newsroom <> 'food'",
    select: ["headline"],
  });
  list.replaceChildren(
    ...hits.map(({ headline }) => {
      const item = document.createElement("li");
      item.textContent = headline;
      return item;
    }),
  );
}

query.addEventListener("input", search);
await search();
