// Folders that may not be written, full disks, files with other names, and who may read a journal.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { equal, ok, rejects, skip, spec } from "../lib/harness.js";
import { command, count, create, locksOf, need, start } from "./lib.js";

const NOBODY = 65534;
const asNobody = { uid: NOBODY, gid: NOBODY };
const needRoot = () =>
  process.geteuid?.() === 0 || skip("only root can be somebody else");

spec(
  "a reader that may not write in the folder reads one state, or says that it cannot",
  async ({ api, env }) => {
    needRoot();
    const path = env.path();
    const folder = `${path}-closed`;
    mkdirSync(folder, { mode: 0o755 });
    const file = join(folder, "x.db");
    const db = await api.open(`file:${file}`);
    db.exec(
      "create table t(v); with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) insert into t select hex(zeroblob(200)) from n",
    );
    db.close();
    // While somebody writes, it is refused as every reader is.
    const first = await api.open(`file:${file}`);
    const refused = start(command(env, "read", file), asNobody);
    equal((await refused.next()).code, "SQLITE_BUSY");
    await refused.kill();
    first.close();
    const reader = start(command(env, "read", file), asNobody);
    equal(await reader.next(), 5000);
    equal(locksOf(file), [], "it could not put a claim");
    const writer = await api.open(`file:${file}`);
    writer.exec("delete from t where rowid > 300");
    reader.tell("count");
    const seen = await reader.next();
    if (seen !== 5000) {
      equal(seen.code, "SQLITE_BUSY");
      ok(
        seen.message.includes(
          `${file} was changed by another process while it was read here without a lock, which this process may not create in its folder: open it again`,
        ),
        seen.message,
      );
    }
    writer.close();
    await reader.kill();
    const again = start(command(env, "read", file), asNobody);
    equal(await again.next(), 300);
    await again.kill();
  },
);

spec(
  "a writer that may not write in the folder is refused, and told the way out",
  async ({ api, env }) => {
    needRoot();
    const path = env.path();
    const folder = `${path}-closed`;
    mkdirSync(folder, { mode: 0o755 });
    const file = join(folder, "x.db");
    await create(api, file);
    chownSync(file, NOBODY, NOBODY);
    const run = start(command(env, "hold", file), asNobody);
    const { code, message } = await run.next();
    equal(code, "SQLITE_READONLY_DIRECTORY");
    ok(
      message.includes(
        `${file} cannot be opened for writing: its folder takes no new files from this process (EACCES), and its lock and its journal would be there; { readonly: true } opens it`,
      ),
      message,
    );
    await run.kill();
  },
);

spec(
  "files of the user's own are never deleted, and lock nothing",
  async ({ api, env }) => {
    const path = env.path();
    await create(api, path);
    const db = await api.open(`file:${path}`);
    const [claim] = locksOf(path);
    db.close();
    const own = {
      [`${path}-lock`]: "mine",
      [`${path}-lock-notes`]: "mine, too",
      [`${path}-lock-99-1`]: '{"pid": 1, "started": "1"}',
      [`${path}-vss-lock`]: "",
      [`${path}-vss-lock-notes`]: "",
      // A name like ours, down to the last digit, and another content.
      [join(dirname(path), claim)]: "notes about locks",
    };
    for (const [name, text] of Object.entries(own)) writeFileSync(name, text);
    for (const options of [{}, { readonly: true }, {}])
      (await api.open(`file:${path}`, options)).close();
    for (const [name, text] of Object.entries(own))
      equal(readFileSync(name, "utf8"), text, name);
  },
);

spec("a name as long as a file system takes", async ({ api, env }) => {
  const path = join(env.folder, `${"ä".repeat(118)}.db`);
  const db = await api.open(`file:${path}`);
  db.exec("create table t(v)");
  await rejects(api.open(`file:${path}`), { code: "SQLITE_BUSY" });
  const claims = () =>
    readdirSync(env.folder).filter((name) =>
      /^[0-9a-f]{32}-vss-lock-/.test(name),
    );
  equal(claims().length, 1);
  db.close();
  equal(claims(), []);
});

spec(
  "journals have the database's permissions, and none is left",
  async ({ api, env }) => {
    for (const [mode, umask] of [
      [0o600, 0o022],
      [0o640, 0o077],
      [0o666, 0o022],
    ]) {
      for (const journal of ["delete", "persist", "truncate", "wal"]) {
        const path = env.path();
        await create(api, path);
        chmodSync(path, mode);
        if (process.geteuid?.() === 0) chownSync(path, NOBODY, NOBODY);
        const before = process.umask(umask);
        const db = await api.open(`file:${path}`);
        db.exec(`pragma journal_mode = ${journal}; insert into t values (2)`);
        process.umask(before);
        const side = `${path}${journal === "wal" ? "-wal" : "-journal"}`;
        equal(
          (statSync(side).mode & 0o777).toString(8),
          mode.toString(8),
          side,
        );
        equal(statSync(side).uid, statSync(path).uid);
        const [claim] = locksOf(path);
        const open = statSync(join(dirname(path), claim)).mode & 0o777 & ~mode;
        equal(open, 0, "a claim is open to nobody to whom the database is not");
        db.close();
        equal(
          readdirSync(dirname(path)).filter((name) =>
            name.startsWith(`${basename(path)}-`),
          ),
          [],
        );
      }
    }
  },
);

spec("a journal that holds something stays", async ({ api, env }) => {
  const path = env.path();
  await create(api, path);
  const writer = start(command(env, "write", path, { mode: "persist" }));
  equal(await writer.next(), "open");
  await writer.kill();
  const reader = api.open(`file:${path}`, { readonly: true });
  await rejects(reader, { code: "SQLITE_READONLY_ROLLBACK" });
  ok(existsSync(`${path}-journal`));
  const db = await api.open(`file:${path}`);
  equal(count(db), 1);
  db.close();
});

spec(
  "a full disk: a reader opens, a writer is told, nothing is left",
  async ({ env }) => {
    need(
      "unshare",
      "--mount",
      "mount",
      "-t",
      "tmpfs",
      "-o",
      "size=1m",
      "none",
      env.folder,
    );
    const path = join(env.folder, "full", "x.db");
    mkdirSync(dirname(path), { recursive: true });
    for (const size of ["size=1m", "size=1m,nr_inodes=40"]) {
      const quoted = command(env, "full", path).map((word) => `'${word}'`);
      const run = start([
        "unshare",
        "--mount",
        "sh",
        "-c",
        `mount -t tmpfs -o ${size} none '${dirname(path)}' && exec ${quoted.join(" ")}`,
      ]);
      equal(await run.next(), "ENOSPC");
      equal(await run.next(), 1);
      equal(await run.next(), ["x.db"]);
      await run.ended;
    }
  },
);
