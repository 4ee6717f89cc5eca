// Search by HTTP in Deno, from a database file. It answers /?q=sea%20animals&since=2017-01-01
//   deno run -A demo/deno/server.js articles.db
/* global Deno */
import { open } from "vss-wasm";
import { createArticles, searchArticles } from "../shared/newsroom.js";

const db = await open(`file:${Deno.args[0] ?? "articles.db"}`);
const articles = createArticles(db);

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8000) }, (request) => {
  try {
    return Response.json(
      searchArticles(articles, new URL(request.url).searchParams),
    );
  } catch (error) {
    return Response.json({ error: error.message }, { status: 400 });
  }
});
