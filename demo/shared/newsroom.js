/** The articles in a vss0 table, and a search of them by URL: ?q=words&newsroom=…&since=…&k=… */

import { ARTICLES } from "./articles.js";
import { DIMENSIONS, embed } from "./embed.js";

/** @param {import("vss-wasm").Database} db */
export function createArticles(db) {
  const table = db.vss0("article", {
    embedding: DIMENSIONS,
    headline: "text",
    newsroom: "text",
    published: "text",
  });
  if (table.count === 0)
    table.insertMany(
      ARTICLES.map((row) => ({ ...row, embedding: embed(row.headline) })),
    );
  return table;
}

/**
 * @param {import("vss-wasm").VssTable} table
 * @param {URLSearchParams} query
 */
export function searchArticles(table, query) {
  const where = {};
  if (query.has("newsroom")) where.newsroom = query.get("newsroom");
  if (query.has("since")) where.published = { gte: query.get("since") };
  return table.search(embed(query.get("q") ?? ""), {
    k: Number(query.get("k") ?? 3),
    where,
    select: ["headline", "newsroom", "published"],
  });
}
