// What runs in the page: contest(task) with vss-wasm and the peers that need a browser.
import * as vss from "/dist/index.js";
import { contest } from "../lib/contest.mjs";
import { makeData } from "../lib/data.mjs";
import { createStream } from "../lib/stream.mjs";
import { createHnswlib } from "../engines/hnswlib-wasm.mjs";
import { createSqliteVec } from "../engines/sqlite-vec-wasm.mjs";
import { createVss } from "../engines/vss.mjs";

const paddedBytes = ({ n, d }) => n * Math.ceil(d / 64) * 64;

function makers(data, versions) {
  const hnswlib = async (flat) => {
    const { loadHnswlib } = await import("/peers/hnswlib-wasm/dist/hnswlib.js");
    return createHnswlib(loadHnswlib, versions["hnswlib-wasm"], { flat });
  };
  return {
    vss: () => createVss(vss),
    "sqlite-vec": async () => {
      const { default: init } =
        await import("/peers/sqlite-vec-wasm-demo/sqlite3.mjs");
      return createSqliteVec(init, versions["sqlite-vec-wasm-demo"]);
    },
    "hnswlib-wasm HNSW": () => hnswlib(false),
    "hnswlib-wasm brute force": () => hnswlib(true),
    stream: () => createStream(paddedBytes(data)),
  };
}

globalThis.contest = async ({ spec, engines, cases, runs, versions }) => {
  const data = makeData(spec);
  const all = makers(data, versions);
  const chosen = Object.fromEntries(engines.map((name) => [name, all[name]]));
  return contest(chosen, data, cases, runs);
};
