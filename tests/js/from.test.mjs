// open("file:...", { from }) in processes that are killed, in several at once, and with a file that
// is larger than the memory that it may take.
//
//   node --test tests/js/from.test.mjs       VSS_DIST: the package's folder
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { serve } from "./lib/server.mjs";

const dist = resolve(
  process.env.VSS_DIST ?? new URL("../../dist", import.meta.url).pathname,
);
const entry = pathToFileURL(join(dist, "index.node.js")).href;
const { open } = await import(entry);
const folder = mkdtempSync(join(tmpdir(), "vss-from-"));
const server = await serve({});
after(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A process that runs this program; `open` is there. */
function run(program) {
  const child = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { open } from ${JSON.stringify(entry)};\n${program}`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  const ended = new Promise((done) => child.on("close", () => done(output)));
  const said = (word) =>
    new Promise((done) => {
      const look = () => output.includes(word) && done(undefined);
      child.stdout.on("data", look);
      look();
    });
  return { child, ended, said };
}

async function databaseOf(rows) {
  const db = await open();
  db.exec(`create table t(v); with recursive n(i) as (select 1 union all select i + 1 from n limit ${rows})
    insert into t select randomblob(100) from n`);
  const bytes = db.serialize();
  db.close();
  return bytes;
}

async function publish(key, bytes) {
  const address = `${server.origin}/source/${key}`;
  await fetch(address, { method: "PUT", body: bytes });
  return address;
}

const leftIn = (name) =>
  readdirSync(folder).filter((file) => file.startsWith(name));

test("a process that is killed while it copies leaves nothing in the way", async () => {
  const address = await publish("killed", await databaseOf(1000));
  const at = `file:${join(folder, "killed.db")}`;
  const { child, ended, said } = run(
    `await open(${JSON.stringify(at)}, { from: "${address}/stalled", onProgress: () => console.log("amid") });`,
  );
  await said("amid");
  child.kill("SIGKILL");
  await ended;
  assert.ok(leftIn("killed.db").includes("killed.db-vss-download"));
  assert.ok(!leftIn("killed.db").includes("killed.db"));
  const db = await open(at, { from: `${address}/well` });
  assert.equal(db.prepare("select count(*) from t").pluck().get(), 1000);
  db.close();
  assert.deepEqual(leftIn("killed.db"), ["killed.db", "killed.db-vss-source"]);
});

test("five processes at once copy once", async () => {
  const address = await publish("many", await databaseOf(1000));
  const at = `file:${join(folder, "many.db")}`;
  const all = Array.from({ length: 5 }, () =>
    run(
      `const db = await open(${JSON.stringify(at)}, { from: "${address}/well", readonly: true });
       console.log(db.prepare("select count(*) from t").pluck().get());
       db.close();`,
    ),
  );
  for (const { ended } of all) assert.equal(await ended, "1000\n");
  assert.equal(await (await fetch(`${address}/count`)).text(), "1");
  assert.deepEqual(leftIn("many.db"), ["many.db", "many.db-vss-source"]);
});

test("a file of 300 MB is never whole in memory", async () => {
  // A small database, and pages of zeros that it does not use.
  const pageBytes = 8192;
  const pages = 36_000;
  const small = Buffer.from(await databaseOf(10));
  small.writeUInt32BE(pages, 28);
  const zeros = Buffer.alloc(1 << 20);
  const big = createServer((_, response) => {
    response.writeHead(200, { "content-length": pages * pageBytes });
    response.write(small);
    let left = pages * pageBytes - small.length;
    const more = () => {
      while (left > 0) {
        const piece = zeros.subarray(0, Math.min(left, zeros.length));
        left -= piece.length;
        if (!response.write(piece)) return response.once("drain", more);
      }
      response.end();
    };
    more();
  });
  await new Promise((done) =>
    big.listen(0, "127.0.0.1", () => done(undefined)),
  );
  const { port } = /** @type {any} */ (big.address());
  const at = `file:${join(folder, "big.db")}`;
  const { ended } = run(
    `const before = process.resourceUsage().maxRSS;
     const db = await open(${JSON.stringify(at)}, { from: "http://127.0.0.1:${port}/" });
     console.log(db.prepare("select count(*) from t").pluck().get(), process.resourceUsage().maxRSS - before);`,
  );
  const [rows, kilobytes] = (await ended).split(" ").map(Number);
  big.close();
  assert.equal(rows, 10);
  assert.ok(kilobytes < 150_000, `it took ${kilobytes} KB of memory`);
});
