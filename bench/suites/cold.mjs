// Cold starts, each in a new process: the start-up itself, and the first answer from a file. The
// system may have the file in its cache.
import { execFileSync } from "node:child_process";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeData } from "../lib/data.mjs";
import { alternate, COLD, summary } from "../lib/measure.mjs";
import { identical, nearest } from "../lib/reference.mjs";

// Each run is a process, and fifteen of them take longer than a --quick run may.
const runs = (quick) => (quick ? 5 : 15);
/** What the cache has for each row beside its codes: the rowid, and two numbers of its bound. */
const ROW_BYTES = 16;
const child = new URL("../lib/child.mjs", import.meta.url).pathname;

/** A task of lib/child.mjs, of this build or another. */
const run = (setup, task, argument = "", dist = setup.dist) =>
  JSON.parse(
    execFileSync(process.execPath, [child, dist, task, argument], {
      encoding: "utf8",
      cwd: join(setup.peers, ".."),
    })
      .trim()
      .split("\n")
      .at(-1),
  );

async function firstAnswer({ vss, setup, quick }, report) {
  const data = makeData({ n: quick ? 20_000 : 100_000, d: 384 });
  const { n, d } = data;
  const path = join(setup.work, "cold.db");
  const task = join(setup.work, "cold.json");
  rmSync(path, { force: true });
  const db = await vss.open(`file:${path}`);
  db.vss0("v", { e: d, r: "integer" }).insertMany({
    e: data.vectors,
    r: Array.from(data.r),
  });
  db.close();
  const code_bytes = n * Math.ceil(d / 64) * 64;
  const floor_bytes = code_bytes + n * ROW_BYTES;
  writeFileSync(
    task,
    JSON.stringify({
      path,
      k: 10,
      query: Array.from(data.queries[0]),
      bytes: floor_bytes,
    }),
  );
  const last = {};
  const one = (name) => () => (last[name] = run(setup, name, task)).ms;
  const times = await alternate(
    { search: one("search"), floats: one("floats"), floor: one("floor") },
    runs(quick),
    COLD,
  );
  const right = identical(
    last.search.ids,
    nearest(data, data.queries[0], 10, null),
  );
  const facts = {
    suite: "cold",
    n,
    d,
    code_bytes,
    file_bytes: statSync(path).size,
  };
  report({
    ...facts,
    what: "open to first answer",
    bytes_read: last.search.bytes,
    identical: right,
    ...summary(times.search),
  });
  report({
    ...facts,
    what: "open and read all float32",
    bytes_read: last.floats.bytes,
    ...summary(times.floats),
  });
  report({
    ...facts,
    what: "read and copy by pages",
    bytes_read: floor_bytes,
    ...summary(times.floor),
  });
  rmSync(path, { force: true });
  rmSync(task, { force: true });
}

async function start({ setup, quick }, report) {
  const sqlite = import.meta.resolve("@sqlite.org/sqlite-wasm");
  const tasks = {
    "compile (init)": () => run(setup, "init").ms,
    "compile and open": () => run(setup, "open").ms,
    "import to first search, CPU": () => run(setup, "firstSearch").ms,
    ...(setup.before && {
      "import to first search, CPU, before": () =>
        run(setup, "firstSearch", "", setup.before).ms,
    }),
    "import to first row": () => run(setup, "row").ms,
    "import to first row, SQLite's own package": () =>
      run(setup, "sqlite", sqlite).ms,
  };
  for (const [what, list] of Object.entries(
    await alternate(tasks, runs(quick), COLD),
  ))
    report({ suite: "cold", what, ...summary(list) });
}

export async function cold(context, report) {
  await start(context, report);
  await firstAnswer(context, report);
}
