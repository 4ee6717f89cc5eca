// One file under several names, several files under one name one after the other, and which journal
// belongs to which file.
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { equal, ok, rejects, skip, spec, throws } from "../lib/harness.js";
import { command, count, create, locksOf, start } from "./lib.js";

const READONLY_DBMOVED = 1032;

spec("symbolic links: ATTACH and open() see one file", async ({ api, env }) => {
  const path = env.path();
  await create(api, path);
  const links = [`${path}-link`, `${path}-link2`];
  symlinkSync(path, links[0]);
  symlinkSync(basename(links[0]), links[1]);
  const db = await api.open(`file:${path}`);
  const other = await api.open(":memory:");
  for (const link of links) {
    throws(() => other.exec(`attach '${link}' as x`), {
      code: "SQLITE_BUSY",
      message: "is open for writing in this process",
    });
    await rejects(api.open(`file:${link}`), { code: "SQLITE_BUSY" });
  }
  db.close();
  // A journal lies beside the file and not beside the link: a crash is undone under either name.
  other.exec(`attach '${links[1]}' as x; begin; insert into x.t values (1)`);
  ok(existsSync(`${path}-journal`) && !existsSync(`${links[1]}-journal`));
  other.exec("commit");
  other.close();
});

spec(
  "a symbolic link to a file that is still to be created",
  async ({ api, env }) => {
    const path = env.path();
    symlinkSync(path, `${path}-link`);
    const db = await api.open(`file:${path}-link`);
    await rejects(api.open(`file:${path}`), { code: "SQLITE_BUSY" });
    db.exec("create table t(v)");
    db.close();
    ok(existsSync(path));
  },
);

spec(
  "hard links: one writer, whatever the name and the folder",
  async ({ api, env }) => {
    const path = env.path();
    await create(api, path);
    const beside = `${path}-hard`;
    const elsewhere = join(env.folder, "elsewhere");
    mkdirSync(elsewhere, { recursive: true });
    const far = join(elsewhere, basename(path));
    linkSync(path, beside);
    linkSync(path, far);
    for (const [first, second] of [
      [path, beside],
      [beside, far],
      [far, path],
    ]) {
      const holder = start(command(env, "hold", first));
      equal(await holder.next(), "open");
      await rejects(api.open(`file:${second}`), {
        code: "SQLITE_BUSY",
        message: `${second} is open for writing in process ${holder.pid}`,
      });
      await holder.kill();
      const db = await api.open(`file:${second}`);
      equal(db.prepare("pragma integrity_check").pluck().get(), "ok");
      db.close();
    }
    // Linked while it is open.
    const db = await api.open(`file:${path}`);
    linkSync(path, `${path}-late`);
    await rejects(api.open(`file:${path}-late`), { code: "SQLITE_BUSY" });
    db.close();
  },
);

spec(
  "hard links: a crash is undone under the name that has the journal",
  async ({ api, env }) => {
    const path = env.path();
    await create(api, path);
    linkSync(path, `${path}-hard`);
    const writer = start(command(env, "write", path, { mode: "delete" }));
    equal(await writer.next(), "open");
    await writer.kill();
    ok(readFileSync(`${path}-journal`)[0] !== 0, "the journal is hot");
    await rejects(api.open(`file:${path}-hard`), {
      code: "SQLITE_CANTOPEN",
      message: `${path}-hard is the same file as ${path} (a hard link), which a process left with ${basename(path)}-journal: open it under that name first`,
    });
    for (const name of [path, `${path}-hard`]) {
      const db = await api.open(`file:${name}`);
      equal(db.prepare("select v from t").pluck().all(), ["kept"]);
      db.close();
    }
  },
);

for (const mode of ["delete", "truncate", "persist", "memory", "off", "wal"]) {
  spec(`replaced: writes are refused in mode ${mode}`, async ({ api, env }) => {
    for (const first of [false, true]) {
      const [path, other] = [env.path(), env.path()];
      await create(api, path);
      await create(api, other);
      const bytes = readFileSync(other);
      const run = start(command(env, "replace", path, { mode, first, other }));
      const refusal = await run.next();
      equal(refusal.errcode, READONLY_DBMOVED, `${mode} ${first}`);
      ok(
        refusal.message.startsWith("attempt to write a readonly database"),
        refusal.message,
      );
      // With an older journal SQLite does not ask: the store does, and says more.
      if (first)
        ok(
          refusal.message.includes(
            `${path} was replaced or removed while it was open here: what is written now would be lost`,
          ),
          refusal.message,
        );
      // SQLite cannot take back a change that it made without a journal.
      const rows = await run.next();
      if (mode !== "off") equal(rows, first ? 2 : 1);
      equal(await run.next(), true);
      await run.ended;
      ok(readFileSync(path).equals(bytes), "the new file is as it was");
      const db = await api.open(`file:${path}`);
      equal(db.prepare("select v from t").pluck().all(), ["kept"]);
      db.close();
      equal(locksOf(path), []);
    }
  });
}

spec(
  "replaced amid a transaction: it can still be taken back",
  async ({ api, env }) => {
    for (const mode of ["delete", "truncate", "persist", "memory", "wal"]) {
      const [path, other] = [env.path(), env.path()];
      await create(api, path);
      await create(api, other);
      const given = { mode, first: true, amid: true, other, end: "rollback" };
      const run = start(command(env, "replace", path, given));
      // The journal has the page already: nothing is refused before the commit.
      equal(await run.next(), "written");
      equal(await run.next(), 2, mode);
      equal(await run.next(), true);
      await run.ended;
      const db = await api.open(`file:${path}`);
      equal(db.prepare("select v from t").pluck().all(), ["kept"]);
      db.close();
      equal(locksOf(path), []);
    }
  },
);

spec(
  "removed: writes are refused, and the name stays free",
  async ({ api, env }) => {
    const path = env.path();
    await create(api, path);
    const run = start(
      command(env, "replace", path, { mode: "delete", first: true }),
    );
    equal((await run.next()).errcode, READONLY_DBMOVED);
    equal(await run.next(), 2);
    equal(await run.next(), false);
    await run.ended;
    equal(locksOf(path), []);
    // The journal of the file that was removed waits for nobody.
    const db = await api.open(`file:${path}`);
    db.exec("create table t(v)");
    equal(count(db), 0);
    db.close();
  },
);

for (const mode of ["delete", "truncate", "persist", "wal"]) {
  spec(
    `replaced amid a transaction, then kill -9: no ${mode} journal is played into the new file`,
    async ({ api, env }) => {
      const [path, other] = [env.path(), env.path()];
      await create(api, path);
      const make = await api.open(`file:${other}`);
      make.exec("create table t(v); insert into t values ('of the new file')");
      make.close();
      const writer = start(command(env, "write", path, { mode }));
      equal(await writer.next(), "open");
      renameSync(path, `${path}-old`);
      renameSync(other, path);
      await rejects(api.open(`file:${path}`), { code: "SQLITE_BUSY" });
      await writer.kill();
      const side = mode === "wal" ? "-wal" : "-journal";
      ok(existsSync(path + side));
      await rejects(api.open(`file:${path}`, { readonly: true }), {
        code: "SQLITE_CANTOPEN",
        message: `${path} has replaced a file that was open, and its journal is still there: open it for writing once`,
      });
      const db = await api.open(`file:${path}`);
      equal(db.prepare("select v from t").pluck().all(), ["of the new file"]);
      equal(db.prepare("pragma integrity_check").pluck().get(), "ok");
      db.close();
      equal(locksOf(path), []);
      // Nothing was thrown away: the old file and its journal are a whole database still.
      const aside = readdirSync(dirname(path)).find((name) =>
        name.startsWith(`${basename(path)}${side}-of-replaced-`),
      );
      if (!aside) throw new Error("the old file's journal is gone");
      renameSync(join(dirname(path), aside), `${path}-old${side}`);
      const old = await api.open(`file:${path}-old`);
      equal(old.prepare("select v from t").pluck().all(), ["kept"]);
      old.close();
    },
  );
}

spec(
  "a journal that belongs to the file is played back after kill -9",
  async ({ api, env }) => {
    if (!existsSync("/proc/self"))
      skip("this system tells nothing of processes");
    for (const mode of ["delete", "wal"]) {
      const path = env.path();
      await create(api, path);
      const writer = start(command(env, "write", path, { mode }));
      equal(await writer.next(), "open");
      await writer.kill();
      const db = await api.open(`file:${path}`);
      equal(db.prepare("select v from t").pluck().all(), ["kept"]);
      db.close();
    }
  },
);
