/**
 * One search of the page: the statement, its rows, its time, how many rows the filter left, and how
 * the facets would count.
 */

import { facetSql, filterTerms, passingSql, searchSql } from "./sql.js";

/**
 * The clocks of browsers have steps of 0.1 ms, so each batch of runs lasts several steps. The
 * fastest batch counts, because other work of the machine can only add to the time.
 */
const BATCH_MS = 1;
const BATCHES = 5;
/** A measurement takes no longer than this. */
const MOST_MS = 40;

/** @returns {{ rows: any[], milliseconds: number, runs: number }} */
export function timed(statement, params) {
  const begun = performance.now();
  const times = [];
  let rows;
  let runs = 0;
  do {
    const start = performance.now();
    let spent;
    let n = 0;
    do {
      rows = statement.all(params);
      n++;
      spent = performance.now() - start;
    } while (spent < BATCH_MS);
    times.push(spent / n);
    runs += n;
  } while (times.length < BATCHES && performance.now() - begun < MOST_MS);
  return { rows, milliseconds: Math.min(...times), runs };
}

function all(db, sql, params = {}) {
  const statement = db.prepare(sql);
  try {
    return statement.all(params);
  } finally {
    statement.finalize();
  }
}

/**
 * The rowids that pass the filter, and the counts of the facets. They stay while only the text
 * changes.
 */
export function filtered(db, collection, filters, where) {
  const ids = all(
    db,
    passingSql(collection, filterTerms(collection, filters, where)),
  ).map(({ rowid }) => Number(rowid));
  const facets = {};
  for (const { name, kind } of collection.filters) {
    if (kind !== "facet") continue;
    const rows = all(
      db,
      facetSql(collection, name, filterTerms(collection, filters, where, name)),
    );
    facets[name] = rows.map(({ value, n }) => [value, Number(n)]);
  }
  return { ids: Uint32Array.from(ids), facets };
}

/**
 * @param {import("vss-wasm").Database} db
 * @param {import("./sql.js").Collection} collection
 * @param {{ vector?: Float32Array, similarTo?: number, filters: object, where: string, limit:
 *   number }} search
 */
export function search(
  db,
  collection,
  { vector, similarTo, filters, where, limit },
) {
  const query = { vector: vector !== undefined, similarTo };
  const sql = searchSql(collection, {
    query,
    terms: filterTerms(collection, filters, where),
    limit,
  });
  const statement = db.prepare(sql);
  try {
    const { rows, milliseconds, runs } = timed(
      statement,
      vector ? { query: vector } : {},
    );
    const { symbol, title, detail } = collection.show;
    return {
      sql,
      milliseconds,
      runs,
      rows: rows.map((row) => ({
        id: Number(row.rowid),
        distance: row.distance,
        symbol: symbol && row[symbol],
        title: row[title],
        detail: detail && row[detail],
        values: Object.fromEntries(
          collection.filters.map(({ name }) => [name, row[name]]),
        ),
      })),
    };
  } finally {
    statement.finalize();
  }
}

/** The vectors of a collection side by side, for the map. */
export function allVectors(db, { table, dimensions }) {
  const rows = all(
    db,
    `select rowid, embedding from ${table} where embedding is not null order by rowid`,
  );
  const ids = new Uint32Array(rows.length);
  const vectors = new Float32Array(rows.length * dimensions);
  rows.forEach(({ rowid, embedding }, i) => {
    ids[i] = Number(rowid);
    const aligned = embedding.slice();
    vectors.set(
      new Float32Array(aligned.buffer, 0, dimensions),
      i * dimensions,
    );
  });
  return { ids, vectors };
}
