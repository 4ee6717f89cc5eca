// The size of a file with the same rows: a vector and one integer each, by dimension, element type
// and whether the cache is stored, beside the files of sqlite-vec and PGlite.
//
// A figure is the bytes of the whole file by its rows. That of PGlite is the table with its TOAST
// and the index of its primary key, without the 25 MB that an empty database takes there.
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  createNative,
  nativeSqliteVec,
  writeData,
} from "../engines/native.mjs";
import { makeData } from "../lib/data.mjs";

const DIMENSIONS = [384, 768, 1024, 1536];

/** The bytes of a component, our column, sqlite-vec's, and PGlite's type. */
const ELEMENTS = {
  float32: {
    bytes: 4,
    vss: (d) => `e float[${d}]`,
    vec: (d) => `e float[${d}]`,
    pg: (d) => `vector(${d})`,
  },
  float16: {
    bytes: 2,
    vss: (d) => `e float16[${d}]`,
    pg: (d) => `halfvec(${d})`,
  },
  int8: {
    bytes: 1,
    vss: (d) => `e int8[${d}] scale=127`,
    vec: (d) => `e int8[${d}]`,
    put: "vec_quantize_int8(?2, 'unit')",
  },
  bit: {
    bytes: 1 / 8,
    vss: (d) => `e bit[${d}]`,
    vec: (d) => `e bit[${d}]`,
    put: "vec_quantize_binary(?2)",
    pg: (d) => `bit(${d})`,
  },
};

/** Vectors of length 1, as most models give them: int8 then has one scale for all. */
function unitData(n, d) {
  const data = makeData({ n, d });
  for (let i = 0; i < n; i++) {
    const row = data.vectors.subarray(i * d, (i + 1) * d);
    const length = Math.hypot(...row);
    row.forEach((x, j) => (row[j] = x / length));
  }
  return data;
}

async function ourSize(vss, path, column, { vectors, r }, cache) {
  rmSync(path, { force: true });
  const db = await vss.open(`file:${path}`);
  db.exec(
    `create virtual table v using vss0(${column}, r integer, cache=${cache})`,
  );
  db.vss0("v").insertMany({ e: vectors, r: Array.from(r) });
  db.close();
  const size = statSync(path).size;
  rmSync(path);
  return size;
}

async function vecSize({ setup }, path, { vec, put = "?2" }, data) {
  const so = join(setup.peers, "sqlite-vec-linux-x64", "vec0.so");
  const file = `${path}.data`;
  rmSync(path, { force: true });
  const host = await createNative({
    ...nativeSqliteVec(so),
    host: setup.host,
    dataFile: writeData(file, data),
    create: (d) => `create virtual table v using vec0(${vec(d)}, r integer)`,
    insert: `insert into v(rowid, e, r) values(?1, ${put}, ?3)`,
  });
  await host.fill(data);
  await host.exec(`vacuum into '${path}'`);
  host.close();
  const size = statSync(path).size;
  rmSync(path);
  rmSync(file);
  return size;
}

/** The values of floats do not change their size, so that PGlite may make them itself. */
async function pgSizes(n) {
  const { PGlite } = await import("@electric-sql/pglite");
  const { vector } = await import("@electric-sql/pglite-pgvector");
  const db = await PGlite.create({ extensions: { vector } });
  await db.exec("create extension vector");
  const sizes = {};
  for (const d of DIMENSIONS)
    for (const [element, { pg }] of Object.entries(ELEMENTS)) {
      if (!pg) continue;
      const value =
        element === "bit"
          ? `repeat('10', ${d / 2})::bit(${d})`
          : `array_fill(random()::real, array[${d}])::${pg(d)}`;
      await db.exec(`drop table if exists v; create table v(id int primary key, e ${pg(d)}, r int);
        insert into v select i, ${value}, i % 1000 from generate_series(1, ${n}) i`);
      const { rows } = await db.query(
        "select pg_total_relation_size('v') as size",
      );
      sizes[`${d} ${element}`] = Number(rows[0].size);
    }
  await db.close();
  return sizes;
}

/** One line per dimension, element type and engine. */
export async function sizes(context, report) {
  const { vss, setup, quick } = context;
  const n = quick ? 2000 : 10_000;
  const path = join(setup.work, "sizes.db");
  const table = [];
  const attempt = async (engine, measure) => {
    try {
      return await measure();
    } catch (error) {
      report({
        suite: "sizes",
        what: "cannot run",
        engine,
        error: String(error.message ?? error),
      });
    }
  };
  const pg = await attempt("PGlite + pgvector", () => pgSizes(n));
  for (const d of DIMENSIONS) {
    const data = unitData(n, d);
    for (const [element, how] of Object.entries(ELEMENTS)) {
      const column = how.vss(d);
      const found = {
        vectors: n * d * how.bytes,
        "with cache": await ourSize(vss, path, column, data, "on"),
        "without cache": await ourSize(vss, path, column, data, "off"),
        "sqlite-vec":
          how.vec &&
          (await attempt("sqlite-vec (native)", () =>
            vecSize(context, path, how, data),
          )),
        PGlite: pg?.[`${d} ${element}`],
      };
      const row = { dimensions: d, element };
      for (const [engine, bytes] of Object.entries(found)) {
        row[engine] = bytes && Math.round(bytes / n);
        if (bytes)
          report({
            suite: "sizes",
            what: "bytes per row",
            engine,
            n,
            d,
            element,
            bytes_per_row: row[engine],
          });
      }
      table.push(row);
    }
  }
  console.table(table);
}
