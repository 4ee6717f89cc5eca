// demo/sharded in workerd: four objects and 20,000 vectors answer as one database does, also after
// every object was thrown away.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Miniflare } from "miniflare";
import { open } from "vss-wasm";
import { seededRandom } from "../../demo/encoder/matrix.js";
import { shardOf } from "../../demo/sharded/hash.js";
import { workerModules } from "./lib/worker-bundle.mjs";

const ROWS = Number(process.env.SHARDED_ROWS ?? 20_000);
const DIMENSIONS = 32;
const SHARDS = 4;
const SEED = 20_26;
const COLUMNS = { embedding: DIMENSIONS, topic: "text", year: "integer" };

let folder;
let worker;
let modules;
let whole;
let rows;

const random = seededRandom(SEED);
const asJson = (row) => ({ ...row, embedding: [...row.embedding] });
const vector = () =>
  Float32Array.from({ length: DIMENSIONS }, () => random() * 2 - 1);

function start() {
  worker = new Miniflare({
    modules,
    compatibilityDate: "2026-05-01",
    bindings: { SHARDS: String(SHARDS), COLUMNS: JSON.stringify(COLUMNS) },
    durableObjects: { SHARD: { className: "Shard", useSQLite: true } },
    durableObjectsPersist: folder,
  });
}

async function ask(method, path, body) {
  const response = await worker.dispatchFetch(`http://localhost${path}`, {
    method,
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  return answer;
}

async function assertSame(queries, options = {}) {
  for (const query of queries) {
    const expected = whole.search(query, { k: 10, ...options });
    const found = await ask("POST", "/search", {
      query: [...query],
      k: 10,
      ...options,
    });
    assert.deepEqual(
      found,
      expected,
      `seed ${SEED}, ${JSON.stringify(options)}`,
    );
  }
}

const queries = (n) => Array.from({ length: n }, vector);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "vss-sharded-"));
  modules = await workerModules("sharded/worker.js");
  rows = Array.from({ length: ROWS }, (_, i) => ({
    rowid: i + 1,
    embedding: vector(),
    topic: ["sea", "bread", "trains"][i % 3],
    year: 1990 + (i % 37),
  }));
  whole = (await open(":memory:")).vss0("item", COLUMNS);
  whole.insertMany(rows);
  start();
});

after(async () => {
  await worker?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test("rows spread over the shards", async () => {
  for (let from = 0; from < ROWS; from += 2000) {
    const part = rows.slice(from, from + 2000);
    const { stored } = await ask("PUT", "/items", part.map(asJson));
    assert.equal(stored, part.length);
  }
  const { count, shards } = await ask("GET", "/count");
  assert.equal(count, ROWS);
  for (const n of shards)
    assert.ok(Math.abs(n - ROWS / SHARDS) < ROWS * 0.02, String(shards));
});

test("the merged answer is that of one database, with and without filters", async () => {
  await assertSame(queries(12));
  await assertSame(queries(6), {
    where: { topic: "sea", year: { gte: 2020 } },
    select: ["topic", "year"],
  });
  await assertSame(queries(4), {
    where: { topic: { in: ["bread", "trains"] } },
    offset: 7,
    k: 3,
  });
});

/** Everything a shard holds, read through the Worker's pages. */
async function rowsOf(shard) {
  const all = [];
  for (let after = 0; ; after = all.at(-1).rowid) {
    const part = await ask(
      "GET",
      `/items?shard=${shard}&after=${after}&limit=2000`,
    );
    all.push(...part);
    if (part.length < 2000) return all;
  }
}

test("what was acknowledged outlives the runtime, and a batch cut off is wholly there or not", async () => {
  const changed = rows.slice(0, 50).map((row) => ({ ...row, year: 2100 }));
  await ask("PUT", "/items", changed.map(asJson));
  const update = whole.database.prepare(
    "update item set year = ? where rowid = ?",
  );
  for (const { rowid, year } of changed) update.run([year, rowid]);

  // Batches are under way when the runtime is thrown away.
  const late = Array.from({ length: 1500 }, (_, i) => ({
    rowid: ROWS + 1 + i,
    embedding: vector(),
    topic: "late",
    year: 1 + Math.floor(i / 500),
  }));
  const sent = [0, 500, 1000].map((from) =>
    ask("PUT", "/items", late.slice(from, from + 500).map(asJson)).then(
      () => true,
      () => false,
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 60));
  await worker.dispose();
  const acknowledged = await Promise.all(sent);
  start();

  for (let shard = 0; shard < SHARDS; shard++) {
    const there = new Set((await rowsOf(shard)).map(({ rowid }) => rowid));
    const [old, fresh] = [rows, late].map((list) =>
      list.filter(({ rowid }) => shardOf(rowid, SHARDS) === shard),
    );
    for (const { rowid } of old) assert.ok(there.has(rowid), `row ${rowid}`);
    for (const batch of [1, 2, 3]) {
      const part = fresh.filter(({ year }) => year === batch);
      const found = part.filter(({ rowid }) => there.has(rowid));
      assert.ok(
        found.length === part.length ||
          (found.length === 0 && !acknowledged[batch - 1]),
        `shard ${shard}, batch ${batch}: ${found.length} of ${part.length}`,
      );
      if (found.length > 0) whole.insertMany(found);
    }
  }
  await assertSame(queries(6));
  await assertSame(queries(3), { where: { year: 2100 } });
  await assertSame(queries(3), { where: { topic: "late" } });
});

test("a row that is removed is found no more", async () => {
  const { embedding, rowid } = rows[7];
  assert.deepEqual(await ask("DELETE", `/items/${rowid}`), { removed: true });
  whole.delete(rowid);
  await assertSame([embedding]);
});

test("a bad request is explained", async () => {
  const response = await worker.dispatchFetch("http://localhost/search", {
    method: "POST",
    body: JSON.stringify({ query: [1, 2, 3] }),
  });
  assert.equal(response.status, 400);
  assert.match((await response.json()).error, /3 components, expected 32/);
});

test("a search request cannot bring SQL text, and what it may hold is checked", async () => {
  const query = [...vector()];
  const search = async (body) => {
    const response = await worker.dispatchFetch("http://localhost/search", {
      method: "POST",
      body: JSON.stringify(body),
    });
    return [response.status, (await response.json()).error];
  };
  const endless =
    "(with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n)";
  const refused = [
    [
      { query, where: "(select sql from sqlite_schema) like 'create%'" },
      "where is wrong, expected an object",
    ],
    [{ query, where: endless }, "where is wrong, expected an object"],
    [{ query, where: ["topic"] }, "where is wrong, expected an object"],
    [
      { query, where: "topic = ?", params: ["sea"] },
      '"params" is wrong, expected one of query, k',
    ],
    [{ query, where: { [endless]: 1 } }, "unknown column"],
    [
      { query, where: { topic: { "= 1 or 1 or ''": "x" } } },
      "unknown operator",
    ],
    [{ query, select: ["topic", endless] }, "select"],
    [
      { query, select: endless },
      "select is wrong, expected an array of column names",
    ],
    [{ query, k: 1e9 }, "k is wrong, expected a whole number of at most 1000"],
    [{ query, offset: -1 }, "offset is wrong, expected a whole number"],
    [{ query: "[1]" }, "query is wrong, expected an array of numbers"],
    [[query], "the body is wrong, expected an object"],
  ];
  for (const [body, message] of refused) {
    const [status, error] = await search(body);
    assert.equal(status, 400, JSON.stringify(body));
    assert.ok(error.includes(message), `got ${error}, expected ${message}`);
  }
  // A value is never SQL text.
  const [status] = await search({ query, where: { topic: endless } });
  assert.equal(status, 200);
  for (const [path, message] of Object.entries({
    "/items?shard=4": "shard is wrong, expected a whole number below 4",
    "/items?limit=-1": "limit is wrong, expected a whole number from 1 to 2000",
    "/items?after=x": "after is wrong, expected a whole number",
  })) {
    const response = await worker.dispatchFetch(`http://localhost${path}`);
    assert.equal(response.status, 400);
    assert.equal((await response.json()).error, message);
  }
});
