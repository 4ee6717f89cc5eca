// The JavaScript stores: power cuts, counted syncs, and what every file object must do.
//
//   node --test tests/js/stores.test.mjs
//
// The environment variable SEED repeats a run, and CUTS sets the cuts per store (default 90).
//
// The stores are taken from js/, the module from dist/ (VSS_DIST).
import assert from "node:assert/strict";
import fs, { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { durableStore } from "../../js/files/store-durable.js";
import { nodeStore } from "../../js/files/store-node.js";
import { openOpfs } from "../../js/files/store-opfs.js";
import { OPEN, SQLITE } from "../../js/module/sqlite-codes.js";
import { beginsTransaction, MemoryFile } from "../../js/module/vfs.js";
import { randomNumbers } from "./lib/harness.js";
import { FakeStorage } from "./stores/durable.js";
import { restore, watch } from "./stores/node.js";
import { FakeOpfs } from "./stores/opfs.js";
import { MODES, verify, Workload } from "./stores/workload.js";

const seed = Number(process.env.SEED ?? Date.now() % 1e6);
const CUTS = Number(process.env.CUTS ?? 90);
const dist =
  process.env.VSS_DIST ?? new URL("../../dist", import.meta.url).pathname;
const bytes = readFileSync(join(resolve(dist), "vss.wasm"));
// The build puts these in; nobody asks for them here.
Object.assign(globalThis, { VSS_VERSION: "", SQLITE_VERSION: "" });
const { createApi } = await import("../../js/entries/core.js");
const { open, openIn } = createApi({ wasm: () => bytes });
const folder = mkdtempSync(join(tmpdir(), "vss-stores-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let next = 1;
const READWRITE = OPEN.READWRITE | OPEN.CREATE | OPEN.MAIN_DB;

/**
 * Keep what a cut leaves at some of the changes. Each change has the same chance, so that the cuts
 * are spread over the whole run.
 * @param {() => number} random
 * @param {() => Workload} workload
 * @param {() => unknown} image
 */
function cutter(random, workload, image) {
  /** @type {{ image: any, from: number }[]} */
  const kept = [];
  return {
    kept,
    beforeChange() {
      // Later changes take the place of earlier ones: an even sample of unknown length.
      const i =
        this.seen++ < CUTS ? kept.length : Math.floor(random() * this.seen);
      if (i < CUTS) kept[i] = { image: image(), from: workload().done };
    },
    seen: 0,
  };
}

/**
 * @param {Workload} workload
 * @param {number} each commits per mode
 */
function work(workload, each) {
  workload.begin();
  for (const mode of MODES) {
    workload.setMode(mode);
    for (let i = 0; i < each; i++) workload.commit();
  }
}

test(`node: power cuts, one database and two in one transaction; seed ${seed}`, async (t) => {
  for (const schemas of [["main"], ["main", "other"]]) {
    const random = randomNumbers(seed + schemas.length);
    const place = join(folder, `node-${schemas.length}`);
    fs.mkdirSync(place);
    const { disk, end } = watch(place);
    /** @type {any} */
    let workload;
    const cuts = cutter(
      random,
      () => workload,
      () => disk.cut(random),
    );
    try {
      const db = await openIn(
        `file:${join(place, "main.db")}`,
        nodeStore(),
        {},
      );
      if (schemas.length > 1)
        db.exec(`attach '${join(place, "other.db")}' as other`);
      workload = new Workload(db, schemas);
      disk.beforeChange = () => cuts.beforeChange();
      work(workload, 5);
      db.close();
    } finally {
      end();
    }
    assert.equal(cuts.kept.length, CUTS);
    const last = workload.done;
    cuts.kept.push({ image: disk.cut(random), from: last });
    for (const { image, from } of cuts.kept) {
      restore(place, image);
      const db = await openIn(
        `file:${join(place, "main.db")}`,
        nodeStore(),
        {},
      );
      if (schemas.length > 1)
        db.exec(`attach '${join(place, "other.db")}' as other`);
      const found = schemas.map((schema) =>
        verify(db, schema, from, Math.min(from + 1, last)),
      );
      db.close();
      // With logs, a transaction over two databases is whole in each and may be cut between them.
      if (schemas.length > 1 && !/-wal/.test([...image.keys()].join()))
        assert.equal(found[0], found[1], `after ${from}, in both`);
    }
    t.diagnostic(
      `${schemas.join()}: ${last} commits, ${cuts.seen} changes, ${CUTS} cuts, all whole`,
    );
  }
});

test("node: a commit syncs what it must, and no more", async () => {
  const place = join(folder, "syncs");
  fs.mkdirSync(place);
  const { disk, end } = watch(place);
  try {
    const db = await openIn(`file:${join(place, "x.db")}`, nodeStore(), {});
    db.exec("create table t(v)");
    // The names of the database and of its journal are new: each has its folder synced once.
    assert.deepEqual(disk.takeSyncs(), {
      folder: 2,
      "x.db-journal": 3,
      "x.db": 1,
    });
    for (const [mode, switched, expected] of [
      ["delete", {}, { "x.db-journal": 3, "x.db": 1 }],
      ["truncate", {}, { "x.db-journal": 3, "x.db": 1 }],
      ["wal", undefined, { "x.db-wal": 1 }],
    ]) {
      db.exec(`pragma journal_mode = ${mode}`);
      db.exec("insert into t values (0)");
      const first = disk.takeSyncs();
      if (switched) assert.equal(first.folder, undefined, mode);
      db.exec("insert into t values (1)");
      assert.deepEqual(disk.takeSyncs(), expected, mode);
    }
    db.close();
    // The log is copied into the database and deleted, for certain.
    assert.deepEqual(disk.takeSyncs(), { "x.db-wal": 1, "x.db": 1, folder: 1 });
    assert.deepEqual([...disk.names.keys()], ["x.db"]);
  } finally {
    end();
  }
});

test("node: a file system that takes nothing more is SQLITE_FULL", async () => {
  const path = join(folder, `${next++}.db`);
  const db = await openIn(`file:${path}`, nodeStore(), {});
  db.exec("create table t(v); insert into t values (1)");
  const { writeSync } = fs;
  fs.writeSync = () => 0;
  syncBuiltinESMExports();
  try {
    assert.throws(() => db.exec("insert into t values (2)"), {
      code: "SQLITE_FULL",
      message: /nothing more can be written/,
    });
  } finally {
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
  }
  assert.equal(db.prepare("select count(*) from t").pluck().get(), 1);
  db.close();
});

const openInOpfs = async (name = "x.db", how = {}) => {
  const { store, path } = await openOpfs(name, {
    readonly: false,
    create: true,
    ...how,
  });
  return openIn(`opfs:${path}`, store, {});
};

test(`opfs: power cuts; seed ${seed}`, async (t) => {
  const random = randomNumbers(seed + 3);
  const origin = new FakeOpfs().install();
  /** @type {any} */
  let workload;
  const { disk } = origin;
  const cuts = cutter(
    random,
    () => workload,
    () => disk.cut(random),
  );
  const db = await openInOpfs();
  workload = new Workload(db, ["main"]);
  disk.beforeChange = () => cuts.beforeChange();
  work(workload, 6);
  db.close();
  assert.equal(origin.openNames.size, 0, "every handle is closed");
  const last = workload.done;
  cuts.kept.push({ image: disk.cut(random), from: last });
  for (const { image, from } of cuts.kept) {
    FakeOpfs.after(image).install();
    const again = await openInOpfs();
    verify(again, "main", from, Math.min(from + 1, last));
    again.close();
  }
  t.diagnostic(
    `${last} commits, ${cuts.seen} changes, ${CUTS} cuts, all whole`,
  );
});

test("opfs: a commit syncs what it must, and no more", async () => {
  const { disk } = new FakeOpfs().install();
  const db = await openInOpfs();
  db.exec("create table t(v)");
  disk.takeSyncs();
  db.exec("insert into t values (1)");
  assert.deepEqual(disk.takeSyncs(), { "x.db-journal": 3, "x.db": 1 });
  db.exec("pragma journal_mode = wal; insert into t values (2)");
  disk.takeSyncs();
  db.exec("insert into t values (3)");
  assert.deepEqual(disk.takeSyncs(), { "x.db-wal": 1 });
  db.close();
});

test("opfs: a write that the quota cuts short is SQLITE_FULL, and changes nothing", async () => {
  const origin = new FakeOpfs().install();
  const db = await openInOpfs();
  db.exec("create table t(v); insert into t values (1)");
  for (let more = 0; more < 60_000; more += 997) {
    origin.quota = origin.used() + more;
    assert.throws(() => db.exec("insert into t select hex(zeroblob(40000))"), {
      code: "SQLITE_FULL",
      message: /the storage quota is used up/,
    });
    origin.quota = Infinity;
    assert.equal(db.prepare("pragma integrity_check").pluck().get(), "ok");
    assert.equal(db.prepare("select count(*) from t").pluck().get(), 1);
  }
  db.exec("insert into t values (2)");
  db.close();
});

test("opfs: site data that was cleared under an open database is noticed", async () => {
  for (const mode of ["delete", "memory", "wal"]) {
    const origin = new FakeOpfs().install();
    const db = await openInOpfs();
    db.exec(`pragma journal_mode = ${mode}; create table t(v)`);
    db.exec("begin; insert into t values (1)");
    origin.clear();
    await new Promise((done) => setTimeout(done, 1200));
    db.exec("rollback");
    assert.throws(() => db.exec("insert into t values (2)"), {
      code: "SQLITE_READONLY_DBMOVED",
      message:
        /x\.db(-journal|-wal)? was removed while it was open here \(this site's data was cleared\): what is written now would be lost/,
    });
    assert.equal(db.prepare("select count(*) from t").pluck().get(), 0);
    db.close();
    const again = await openInOpfs();
    again.exec("create table t(v); insert into t values (3)");
    again.close();
  }
});

test(`durable: an object that ends at any moment; seed ${seed}`, async (t) => {
  const random = randomNumbers(seed + 4);
  const storage = new FakeStorage(await open());
  /** @type {any} */
  let workload;
  const cuts = cutter(
    random,
    () => workload,
    () => storage.bytes(),
  );
  const db = await openIn("durable:x", durableStore(storage, "x", {}), {});
  workload = new Workload(db, ["main"]);
  storage.beforeChange = () => cuts.beforeChange();
  work(workload, 6);
  db.close();
  const last = workload.done;
  cuts.kept.push({ image: storage.bytes(), from: last });
  for (const { image, from } of cuts.kept) {
    const left = new FakeStorage(await open(image));
    const again = await openIn("durable:x", durableStore(left, "x", {}), {});
    verify(again, "main", from, Math.min(from + 1, last));
    again.close();
    left.close();
  }
  t.diagnostic(
    `${last} commits, ${cuts.seen} changes, ${cuts.kept.length} ends, all whole`,
  );
});

test("durable: what is not the storage of a Durable Object is refused", () => {
  for (const [storage, words] of [
    [undefined, "undefined"],
    [{ sql: { exec() {} } }, "an Object"],
  ])
    assert.throws(() => durableStore(storage, "a.db", {}), {
      name: "TypeError",
      message: `openDurable: storage is ${words}, expected ctx.storage of a Durable Object with SQLite storage (new_sqlite_classes)`,
    });
});

test("durable: what is stored is what the database holds", async () => {
  const inner = await open();
  const storage = new FakeStorage(inner);
  const pages = (name) =>
    inner
      .prepare("select count(*), max(number) from vss_page where name = ?")
      .raw()
      .get(name);
  const size = (name) =>
    inner.prepare("select size from vss_file where name = ?").pluck().get(name);
  for (const name of ["x", "y"]) {
    const db = await openIn(
      `durable:${name}`,
      durableStore(storage, name, {}),
      {},
    );
    db.exec(
      "create table t(v); with recursive n(i) as (select 1 union all select i + 1 from n where i < 50) insert into t select hex(zeroblob(4000)) from n",
    );
    const full = size(name);
    assert.equal(full, db.serialize().length);
    assert.deepEqual(pages(name), [full / 8192, full / 8192 - 1]);
    // A commit writes the pages that it changed.
    let writes = 0;
    storage.beforeChange = () => writes++;
    db.exec("insert into t values (1)");
    storage.beforeChange = () => {};
    assert.equal(writes, 1, "one transaction of the storage");
    db.exec("delete from t; vacuum");
    assert.ok(size(name) < full);
    assert.deepEqual(pages(name), [size(name) / 8192, size(name) / 8192 - 1]);
    db.exec("pragma journal_mode = wal; insert into t values (2)");
    assert.ok(size(`${name}-wal`) > 0, "a log is stored as well");
    db.close();
    assert.equal(size(`${name}-wal`), undefined, "and is gone after it");
    assert.deepEqual(pages(`${name}-wal`), [0, null]);
  }
  for (const name of ["x", "y"]) {
    const db = await openIn(
      `durable:${name}`,
      durableStore(storage, name, { create: false }),
      {},
    );
    assert.deepEqual(db.prepare("select v from t").pluck().all(), [2]);
    db.close();
  }
  storage.close();
});

test("durable: a storage that was emptied under an open database is noticed", async () => {
  const inner = await open();
  const db = await openIn(
    "durable:x",
    durableStore(new FakeStorage(inner), "x", {}),
    {},
  );
  db.exec("create table t(v); insert into t values (1)");
  // ctx.storage.deleteAll()
  inner.exec("drop table vss_page; drop table vss_file");
  assert.throws(() => db.exec("insert into t values (2)"), {
    code: /^SQLITE_IOERR/,
    message: /no such table: vss_page/,
  });
  db.close();
  inner.close();
});

/** @type {Record<string, () => Promise<any>>} */
const files = {
  memory: async () => new MemoryFile(),
  node: async () => nodeStore().open(join(folder, `${next++}.db`), READWRITE),
  opfs: async () => {
    new FakeOpfs().install();
    const { store, path } = await openOpfs(`${next++}.db`, {
      readonly: false,
      create: true,
    });
    return store.open(path, READWRITE);
  },
  durable: async () =>
    durableStore(new FakeStorage(await open()), "x", {}).open("x", READWRITE),
};

for (const [name, make] of Object.entries(files)) {
  test(`${name}: a file object against an array of bytes; seed ${seed}`, async () => {
    const random = randomNumbers(seed + name.length);
    const file = await make();
    let expected = new Uint8Array(0);
    const resize = (size) => {
      const resized = new Uint8Array(size);
      resized.set(expected.subarray(0, size));
      expected = resized;
    };
    for (let i = 0; i < 400; i++) {
      const at = Math.floor(random() * 40_000);
      const size = 1 + Math.floor(random() * 20_000);
      const kind = random();
      if (kind < 0.4) {
        const source = Uint8Array.from(
          { length: size },
          () => 1 + Math.floor(random() * 255),
        );
        file.write(source, at);
        if (at + size > expected.length) resize(at + size);
        expected.set(source, at);
      } else if (kind < 0.55) {
        // SQLite shortens files, and never lengthens one by this call.
        const shorter = Math.min(at, expected.length);
        file.truncate(shorter);
        resize(shorter);
      } else if (kind < 0.65) file.flush();
      const target = new Uint8Array(size).fill(7);
      const n = file.read(target, at);
      const there = expected.subarray(at, at + size);
      assert.equal(n, there.length, `step ${i}`);
      assert.deepEqual(target.subarray(0, n), there.slice(), `step ${i}`);
      assert.ok(
        target.subarray(n).every((byte) => byte === 7),
        "and no byte more",
      );
      assert.equal(file.size(), expected.length, `step ${i}`);
    }
    file.close();
  });
}

test("which writes begin a transaction", () => {
  const magic = Uint8Array.of(0xd9, 0xd5, 0x05, 0xf9);
  const page = new Uint8Array(512).fill(1);
  for (const [path, bytes, at, expected] of [
    ["x.db-journal", magic, 0, true],
    ["x.db-journal", magic, 512, false],
    // What ends a transaction or takes it back, also in a file that was replaced.
    ["x.db-journal", new Uint8Array(28), 0, false],
    ["x.db-wal", new Uint8Array(32), 0, true],
    ["x.db-wal", new Uint8Array(24), 4152, true],
    ["x.db-wal", page, 56, false],
    ["x.db", page, 0, false],
    ["x.db-mj0A1B2C", magic, 0, false],
  ])
    assert.equal(beginsTransaction(path, bytes, at), expected, `${path} ${at}`);
});

test("errors of files become SQLite's codes", async () => {
  const codes = {
    ENOSPC: "FULL",
    EDQUOT: "FULL",
    EROFS: "READONLY",
    EBUSY: "BUSY",
    EIO: "IOERR_WRITE",
  };
  for (const [code, name] of Object.entries(codes)) {
    const path = join(folder, `${next++}.db`);
    const db = await openIn(`file:${path}`, nodeStore(), {});
    db.exec("create table t(v)");
    const { writeSync } = fs;
    fs.writeSync = () => {
      throw Object.assign(new Error(`${code}: made up`), { code });
    };
    syncBuiltinESMExports();
    try {
      assert.throws(() => db.exec("insert into t values (2)"), {
        errcode: SQLITE[name],
        message: new RegExp(`${code}: made up`),
      });
    } finally {
      fs.writeSync = writeSync;
      syncBuiltinESMExports();
    }
    db.close();
  }
});
