// file: locations in Node: locks between processes, and files shared with a real SQLite.
//
//   node --test tests/js/files.test.mjs       VSS_DIST: the package's folder
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

const dist = resolve(
  process.env.VSS_DIST ?? new URL("../../dist", import.meta.url).pathname,
);
const { open } = await import(pathToFileURL(join(dist, "index.node.js")).href);
const folder = mkdtempSync(join(tmpdir(), "vss-files-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let next = 1;
const freshPath = () => join(folder, `${next++}.db`);

const hasCli = !spawnSync("sqlite3", ["--version"]).error;
const cli = (path, sql) => {
  const done = spawnSync("sqlite3", [path, sql], { encoding: "utf8" });
  assert.equal(done.stderr, "");
  return done.stdout.trim();
};

/** A process that opens a database, says "open", and waits to be killed. */
function holder(path, options = {}) {
  const program = `import { open } from ${JSON.stringify(pathToFileURL(join(dist, "index.node.js")).href)};
    const db = await open('file:${path}', ${JSON.stringify(options)});
    console.log('open');
    setInterval(() => db, 1000);`;
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", program],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise((done) => child.on("close", done));
  return new Promise((done, fail) => {
    child.stdout.once("data", () =>
      done({ pid: child.pid, kill: () => (child.kill("SIGKILL"), ended) }),
    );
    child.on("error", fail);
  });
}

/** The names of the lock files beside a database. */
const locksOf = (path) =>
  readdirSync(folder).filter((name) =>
    name.startsWith(`${basename(path)}-vss-lock-`),
  );

const create = async (path) => {
  const db = await open(`file:${path}`);
  db.exec("create table t(v); insert into t values (1)");
  db.close();
};

test("a writer in another process is named, and its end frees the file", async () => {
  const path = freshPath();
  const other = await holder(path);
  await assert.rejects(open(`file:${path}`), (error) => {
    assert.equal(error.code, "SQLITE_BUSY");
    assert.match(
      error.message,
      new RegExp(`is open for writing in process ${other.pid}`),
    );
    return true;
  });
  await assert.rejects(open(`file:${path}`, { readonly: true }), {
    code: /SQLITE_(BUSY|CANTOPEN)/,
  });
  await other.kill();
  assert.equal(locksOf(path).length, 1, "the killed process left its lock");
  (await open(`file:${path}`)).close();
  assert.deepEqual(locksOf(path), []);
});

test("readers share, and keep a writer out", async () => {
  const path = freshPath();
  await create(path);
  const other = await holder(path, { readonly: true });
  const mine = await open(`file:${path}`, { readonly: true });
  assert.equal(mine.prepare("select v from t").pluck().get(), 1);
  await assert.rejects(open(`file:${path}`), {
    code: "SQLITE_BUSY",
    message: /is open for reading in/,
  });
  mine.close();
  await assert.rejects(open(`file:${path}`), {
    message: new RegExp(`for reading in process ${other.pid}`),
  });
  await other.kill();
  const writer = await open(`file:${path}`);
  await assert.rejects(open(`file:${path}`, { readonly: true }), {
    code: "SQLITE_BUSY",
    message: /this process/,
  });
  writer.close();
  assert.deepEqual(locksOf(path), []);
});

test("locks of threads that are gone and of reused numbers are taken over", async () => {
  const path = freshPath();
  await create(path);
  const db = await open(`file:${path}`);
  const [mine] = locksOf(path);
  db.close();
  const [, head, thread, started] = /^(.*)-(\d+)-(\d+)-\d+$/.exec(mine);
  const gone = [
    `${head}-4194999-1-1`,
    `${head}-${thread}-1-1`,
    `${head}-${process.ppid}-${started}-1`,
  ];
  // Whole, empty (a full disk), and cut off in the middle.
  for (const content of ['vss-wasm lock\n{"pid": 1}\n', "", "vss-wa"]) {
    for (const name of gone) {
      writeFileSync(join(folder, name), content);
      writeFileSync(
        join(folder, name.replace("-lock-w-", "-lock-r-")),
        content,
      );
      (await open(`file:${path}`)).close();
      assert.deepEqual(locksOf(path), []);
    }
  }
});

test("of many processes that come at once, one gets it", async () => {
  const path = freshPath();
  await create(path);
  const program = `import { open } from ${JSON.stringify(pathToFileURL(join(dist, "index.node.js")).href)};
    await new Promise((done) => setTimeout(done, ${Date.now() + 1500} - Date.now()));
    try { await open('file:${path}'); console.log('open'); setInterval(() => 1, 1000); }
    catch (error) { console.log(error.code); }`;
  const outputs = [];
  const ended = [];
  const children = Array.from({ length: 6 }, () => {
    const child = spawn(
      process.execPath,
      ["--input-type=module", "-e", program],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    child.stdout.on("data", (chunk) => outputs.push(String(chunk).trim()));
    ended.push(new Promise((done) => child.on("close", done)));
    return child;
  });
  while (outputs.length < children.length)
    await new Promise((done) => setTimeout(done, 20));
  // The lock of a killed process is taken over once it is gone, which under load takes its time.
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(ended);
  assert.equal(
    outputs.filter((text) => text === "open").length,
    1,
    outputs.join(),
  );
  assert.ok(
    outputs.every((text) => text === "open" || text === "SQLITE_BUSY"),
    outputs.join(),
  );
  (await open(`file:${path}`)).close();
});

test("names: links, URLs, folders, missing folders, parameters", async () => {
  const path = freshPath();
  await create(path);
  const link = `${path}-link`;
  symlinkSync(path, link);
  const db = await open(`file:${link}`);
  await assert.rejects(open(`file:${path}`), { code: "SQLITE_BUSY" });
  db.close();
  const byUrl = await open(pathToFileURL(path).href);
  assert.equal(byUrl.prepare("select v from t").pluck().get(), 1);
  byUrl.close();
  await assert.rejects(open(`file:${folder}`), {
    code: "SQLITE_CANTOPEN",
    message: /is a folder/,
  });
  await assert.rejects(open(`file:${folder}/none/x.db`), {
    code: "SQLITE_CANTOPEN",
    message: /there is no folder/,
  });
  await assert.rejects(open(`file:${path}?mode=ro`), {
    name: "TypeError",
    message: /takes no parameters/,
  });
  await assert.rejects(open(`file:${freshPath()}`, { create: false }), {
    code: "SQLITE_CANTOPEN",
    message: /there is no file/,
  });
});

test("another file can be attached, and has a lock of its own", async () => {
  const [path, second] = [freshPath(), freshPath()];
  await create(second);
  const db = await open(`file:${path}`);
  db.exec(`attach '${second}' as second; create table t(v)`);
  db.transaction(() =>
    db.exec(
      "insert into t select v from second.t; insert into second.t values (2)",
    ),
  )();
  await assert.rejects(open(`file:${second}`), { code: "SQLITE_BUSY" });
  db.exec("detach second");
  (await open(`file:${second}`)).close();
  db.close();
});

test("a file that is no database, and one that is damaged", async () => {
  const path = freshPath();
  writeFileSync(
    path,
    "this is not a database, it is a text, and long enough to be read as a header".repeat(
      10,
    ),
  );
  await assert.rejects(open(`file:${path}`), { code: "SQLITE_NOTADB" });
  assert.deepEqual(locksOf(path), []);
});

test(
  "sqlite3 reads what we write",
  { skip: !hasCli && "sqlite3 is not installed" },
  async () => {
    for (const mode of ["delete", "wal", "truncate", "persist"]) {
      const path = freshPath();
      const db = await open(`file:${path}`);
      db.exec(
        `pragma journal_mode = ${mode}; create table t(v); insert into t values ('ü')`,
      );
      db.vss0("docs", { e: 3 }).insertMany({
        e: new Float32Array([1, 2, 3, 4, 5, 6]),
      });
      db.close();
      assert.equal(
        cli(
          path,
          "pragma integrity_check; select v from t; select count(*), hex(substr(vectors, 10, 12)) from docs_rows, docs_vector0",
        ),
        "ok\nü\n2|0000803F0000004000004040",
      );
    }
  },
);

test(
  "we read what sqlite3 writes, with a log or a hot journal beside it",
  { skip: !hasCli && "sqlite3 is not installed" },
  async () => {
    const plain = freshPath();
    cli(plain, "create table t(v); insert into t values ('from sqlite3')");
    const db = await open(`file:${plain}`);
    assert.equal(db.prepare("select v from t").pluck().get(), "from sqlite3");
    db.close();

    const wal = freshPath();
    // sqlite3 tidies up when it ends: a killed one leaves its log.
    await killedCli(
      wal,
      "pragma journal_mode = wal; create table t(v); insert into t values (1); insert into t values (2);",
    );
    assert.ok(existsSync(`${wal}-wal`));
    const logged = await open(`file:${wal}`);
    assert.equal(logged.prepare("select count(*) from t").pluck().get(), 2);
    assert.equal(logged.prepare("pragma integrity_check").pluck().get(), "ok");
    logged.close();

    const hot = freshPath();
    cli(hot, "create table t(v); insert into t values ('kept')");
    await killedCli(
      hot,
      "pragma cache_spill = 1; pragma cache_size = 1; begin; update t set v = 'lost'; create table u as with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) select i, randomblob(900) from n;",
    );
    assert.ok(existsSync(`${hot}-journal`));
    const recovered = await open(`file:${hot}`);
    assert.deepEqual(recovered.prepare("select v from t").pluck().all(), [
      "kept",
    ]);
    assert.equal(
      recovered.prepare("pragma integrity_check").pluck().get(),
      "ok",
    );
    recovered.close();
  },
);

/** Feed sqlite3 some SQL and kill it before it can tidy up. */
async function killedCli(path, sql) {
  const child = spawn("sqlite3", [path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise((done) => child.on("close", done));
  child.stdin.write(`${sql}\nselect 'ready';\n`);
  await new Promise((done) => {
    let text = "";
    child.stdout.on(
      "data",
      (chunk) => (text += chunk).includes("ready") && done(undefined),
    );
  });
  child.kill("SIGKILL");
  await ended;
}
