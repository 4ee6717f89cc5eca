// Search by HTTP in a Cloudflare Worker. The database is a file of the bundle or, where a bucket is
// bound as BUCKET, the object articles.db in R2. It answers /?q=sea%20animals&since=2017-01-01
import { open } from "vss-wasm";
import bundled from "./articles.db";
import { searchArticles } from "../shared/newsroom.js";

let opened;

/** Opened once per isolate, at its first request. */
async function openArticles({ BUCKET }) {
  const object = await BUCKET?.get("articles.db");
  const db = await open(object ? await object.arrayBuffer() : bundled, {
    readonly: true,
  });
  return db.vss0("article");
}

export default {
  async fetch(request, env) {
    try {
      opened ??= openArticles(env).catch((error) => {
        opened = undefined;
        throw error;
      });
      const { searchParams } = new URL(request.url);
      return Response.json(searchArticles(await opened, searchParams));
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
};
