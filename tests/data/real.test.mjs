// Real vectors, searched and compared with brute force: every query, with and without filters.
//
// The sets are not part of the repository. They are looked for in the folder that VSS_DATA names.
// Where a set is missing, its test is skipped and says so.
//   tldr_lsa384   7,425 help pages as LSA vectors of 384 dimensions, with three filters
//   sift5k        5,000 SIFT descriptors of 128 dimensions
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "vss-wasm";

const folder =
  process.env.VSS_DATA ??
  fileURLToPath(new URL("../../../shared/data", import.meta.url));
const missing = (set) =>
  existsSync(join(folder, set, "base.fvecs"))
    ? false
    : `${set} is not in ${folder}`;

/** .fvecs: a vector is an int32 dimension and that many little-endian float32. */
function readFvecs(...path) {
  const bytes = readFileSync(join(folder, ...path));
  const dim = bytes.readInt32LE(0);
  const size = 4 + 4 * dim;
  return Array.from(
    { length: bytes.length / size },
    (_, i) =>
      new Float32Array(
        bytes.buffer.slice(
          bytes.byteOffset + i * size + 4,
          bytes.byteOffset + (i + 1) * size,
        ),
      ),
  );
}

/** The same rows in a vss0 table `v` and in an ordinary table `plain`. */
async function load(vectors, columns, rows) {
  const db = await open();
  const names = Object.keys(columns);
  const table = db.vss0("v", { e: vectors[0].length, ...columns });
  table.insertMany(vectors.map((e, i) => ({ rowid: i + 1, e, ...rows[i] })));
  const types = names.map((name) => `, ${name} ${columns[name]}`).join("");
  db.exec(`create table plain(id integer primary key, e blob${types}); begin`);
  const insert = db.prepare(
    `insert into plain values (?, ?${", ?".repeat(names.length)})`,
  );
  vectors.forEach((e, i) =>
    insert.run(i + 1, e, ...names.map((name) => rows[i][name])),
  );
  db.exec("commit");
  return db;
}

/** Both sides of one question; the counters tell how many vectors the search fetched. */
function compare(db, queries, where, k) {
  const search = db.prepare(
    `select rowid as id, distance from v where vss_search(e, ?) and (${where}) limit ${k}`,
  );
  const brute = db.prepare(
    `select id, vss_distance_l2(e, ?) as distance from plain where ${where} order by distance, id limit ${k}`,
  );
  const refined = () =>
    JSON.parse(db.prepare("select vss_table_stats('v')").pluck().get()).refined;
  let most = 0;
  for (const query of queries) {
    const before = refined();
    const found = search.all(query);
    most = Math.max(most, refined() - before);
    assert.deepEqual(found, brute.all(query), `k = ${k}, where ${where}`);
  }
  return most;
}

/** Squared L2 in float64, rounded to float32: independent of everything in the module. */
function nearestInJavaScript(vectors, query, k) {
  return vectors
    .map((v, i) => ({
      id: i + 1,
      distance: v.reduce((sum, x, j) => sum + (x - query[j]) ** 2, 0),
    }))
    .sort((a, b) => a.distance - b.distance || a.id - b.id)
    .slice(0, k);
}

test(
  "tldr: every query, filters on platform, year and translations",
  { skip: missing("tldr_lsa384") },
  async () => {
    const vectors = readFvecs("tldr_lsa384", "base.fvecs");
    const queries = readFvecs("tldr_lsa384", "query.fvecs");
    const meta = JSON.parse(
      readFileSync(join(folder, "tldr_lsa384", "meta.json"), "utf8"),
    );
    const rows = meta.map(({ platform, year, translations }) => ({
      platform,
      year,
      translations,
    }));
    const columns = {
      platform: "text",
      year: "integer",
      translations: "integer",
    };
    const db = await load(vectors, columns, rows);

    const filters = [
      "true",
      "platform = 'osx'",
      "platform in ('windows', 'dos')",
      "platform like '%bsd'",
      "year between 2018 and 2020",
      "year = 2016 and platform = 'common'",
      "translations >= 20",
      "translations = 0 and year < 2022 and platform <> 'linux'",
      "platform = 'osx' or translations > 30",
      "length(platform) = 3 or year % 5 = 0",
      "not (platform = 'common' or year > 2017)",
      "year = 1999",
    ];
    for (const where of filters) compare(db, queries, where, 20);
    const most = compare(db, queries, "true", 10);
    assert.ok(
      most < 5 * 10 + 200,
      `at most 250 vectors refined for k = 10, got ${most}`,
    );

    const search = db.prepare(
      "select rowid as id, distance from v where vss_search(e, ?) limit 10",
    );
    for (const query of queries) {
      const expected = nearestInJavaScript(vectors, query, 10);
      search.all(query).forEach(({ id, distance }, i) => {
        assert.equal(id, expected[i].id);
        assert.ok(Math.abs(distance - expected[i].distance) < 1e-6);
      });
    }
    db.close();
  },
);

test(
  "SIFT: integers make ties, which go by rowid",
  { skip: missing("sift5k") },
  async () => {
    const vectors = readFvecs("sift5k", "base.fvecs");
    const queries = readFvecs("sift5k", "query.fvecs");
    const meta = JSON.parse(
      readFileSync(join(folder, "sift5k", "meta_columns.json"), "utf8"),
    );
    const rows = vectors.map((_, i) => ({
      argmax: meta.argmax[i],
      total: meta.total[i],
    }));
    const db = await load(vectors, { argmax: "integer", total: "real" }, rows);
    for (const where of [
      "true",
      "argmax < 40",
      "total > 4500.5",
      "argmax = 40 and total between 4000 and 4400",
    ]) {
      compare(db, queries, where, 10);
    }
    const most = compare(db, queries, "true", 10);
    assert.ok(
      most < 5 * 10 + 200,
      `at most 250 vectors refined for k = 10, got ${most}`,
    );
    db.close();
  },
);
