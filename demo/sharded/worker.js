/**
 * One collection over many Durable Objects.
 *
 *   PUT /items          [{ "rowid": 1, "embedding": [...], ... }]   each goes to its rowid's shard
 *   DELETE /items/1
 *   POST /search        { "query": [...], "k": 10, "where": {...}, "select": [...] }
 *   GET /count
 *   GET /items?shard=0&after=0&limit=500    rows of one shard in order of rowid, to move or to save
 *
 * Nothing here asks who is calling: put your own authentication in front of PUT, DELETE and GET
 * /items. A search may come from anybody; request.js says what it may ask.
 *
 * Each shard gives its own k nearest, exactly; the k nearest of all are among those, so the merged
 * answer is exact too. See README.md on choosing and changing the number of shards.
 */

import { decode, mergeTopK } from "vss-wasm";
import { shardOf } from "./hash.js";
import { pageRequest, searchRequest } from "./request.js";

export { Shard } from "./shard.js";

const shardCount = ({ SHARDS }) => Number(SHARDS);
const stubOf = ({ SHARD }, n) => SHARD.get(SHARD.idFromName(`shard-${n}`));
const allStubs = (env) =>
  Array.from({ length: shardCount(env) }, (_, n) => stubOf(env, n));

async function put(env, rows) {
  const parts = new Map();
  for (const row of rows) {
    const n = shardOf(row.rowid, shardCount(env));
    if (!parts.has(n)) parts.set(n, []);
    parts.get(n).push({ ...row, embedding: Float32Array.from(row.embedding) });
  }
  const counts = await Promise.all(
    [...parts].map(([n, part]) => stubOf(env, n).put(part)),
  );
  return { stored: counts.reduce((sum, n) => sum + n, 0) };
}

async function search(env, body) {
  const { query, k, offset, options } = searchRequest(body);
  // The rows to skip may lie anywhere, so every shard answers for all k + offset.
  const lists = await Promise.all(
    allStubs(env).map((stub) =>
      stub.search(query, { ...options, k: k + offset }),
    ),
  );
  return mergeTopK(byRowid(lists), k + offset).slice(offset);
}

/**
 * Within a shard, the lower rowid wins a tie. Over the shards, the merge must see ties in that
 * order.
 */
function byRowid(lists) {
  const all = lists.flat();
  all.sort((a, b) => a.distance - b.distance || a.rowid - b.rowid);
  return [all];
}

async function count(env) {
  const counts = await Promise.all(allStubs(env).map((stub) => stub.count()));
  return { count: counts.reduce((sum, n) => sum + n, 0), shards: counts };
}

/** Vectors are answered as lists, as they were received. */
async function page(env, parameters) {
  const { shard, after, limit } = pageRequest(parameters, shardCount(env));
  const rows = await stubOf(env, shard).page(after, limit);
  return rows.map((row) => ({
    ...row,
    embedding: Array.from(decode(row.embedding)),
  }));
}

async function answer(request, env) {
  const { pathname, searchParams } = new URL(request.url);
  const route = `${request.method} ${pathname.split("/")[1]}`;
  if (route === "PUT items") return put(env, await request.json());
  if (route === "POST search") return search(env, await request.json());
  if (route === "GET count") return count(env);
  if (route === "GET items") return page(env, searchParams);
  if (route === "DELETE items") {
    const rowid = Number(pathname.split("/")[2]);
    return {
      removed: await stubOf(env, shardOf(rowid, shardCount(env))).remove(rowid),
    };
  }
  return null;
}

export default {
  async fetch(request, env) {
    try {
      const found = await answer(request, env);
      if (found === null)
        return Response.json({ error: "no such route" }, { status: 404 });
      return Response.json(found);
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
};
