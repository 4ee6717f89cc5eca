// Search by HTTP in Bun, from a database file. It answers /?q=sea%20animals&since=2017-01-01
//   bun demo/bun/server.js articles.db
/* global Bun */
import { open } from "vss-wasm";
import { createArticles, searchArticles } from "../shared/newsroom.js";

const db = await open(`file:${Bun.argv[2] ?? "articles.db"}`);
const articles = createArticles(db);

const server = Bun.serve({
  port: Number(process.env.PORT ?? 8000),
  fetch(request) {
    try {
      return Response.json(
        searchArticles(articles, new URL(request.url).searchParams),
      );
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
});
console.log(`Listening on ${server.url}`);
