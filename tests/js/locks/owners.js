// Who has a lock: processes, containers, threads, and what was dropped; and who has it no more.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { equal, ok, rejects, skip, spec } from "../lib/harness.js";
import {
  command,
  count,
  create,
  eventually,
  locksOf,
  need,
  pause,
  start,
  startThread,
} from "./lib.js";

spec(
  "processes: one writes or many read, and each is named",
  async ({ api, env }) => {
    const path = env.path();
    await create(api, path);
    const writer = start(command(env, "hold", path));
    equal(await writer.next(), "open");
    for (const options of [{}, { readonly: true }])
      await rejects(api.open(`file:${path}`, options), {
        code: "SQLITE_BUSY",
        message: `${path} is open for writing in process ${writer.pid}`,
      });
    await writer.kill();
    equal(locksOf(path).length, 1, "a killed process leaves its claim");
    const reader = start(
      command(env, "hold", path, { options: { readonly: true } }),
    );
    equal(await reader.next(), "open");
    const mine = await api.open(`file:${path}`, { readonly: true });
    equal(count(mine), 1);
    await rejects(api.open(`file:${path}`), {
      code: "SQLITE_BUSY",
      message:
        /is open for reading in (process \d+|this process: keep one connection for all of it \(on globalThis\))$/,
    });
    mine.close();
    await reader.kill();
    (await api.open(`file:${path}`)).close();
    equal(locksOf(path), []);
  },
);

const container = [
  "unshare",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
];

spec(
  "containers: the second is refused, and told whose the lock is",
  async ({ api, env }) => {
    need(...container, "true");
    const path = env.path();
    await create(api, path);
    const first = start([...container, ...command(env, "hold", path)]);
    equal(await first.next(), "open");
    const second = start([...container, ...command(env, "hold", path)]);
    const { code, message } = await second.next();
    equal(code, "SQLITE_BUSY");
    const [file] = locksOf(path);
    ok(
      /is open for writing in process \d+ of another container or machine \(host .+\), which cannot be seen from here; if it is certainly gone, remove /.test(
        message,
      ) && message.endsWith(join(dirname(path), file)),
      message,
    );
    await first.kill();
    await second.kill();
    // A claim that cannot be judged from here stays, even for a process outside every container.
    await rejects(api.open(`file:${path}`), { code: "SQLITE_BUSY" });
    equal(locksOf(path), [file]);
    rmSync(join(dirname(path), file));
    const db = await api.open(`file:${path}`);
    equal(count(db), 1);
    db.close();
  },
);

spec(
  "containers: two with 500 commits each, nothing is lost",
  async ({ api, env }) => {
    need(...container, "true");
    const path = env.path();
    await create(api, path);
    const runs = ["a", "b"].map((name) =>
      start([
        ...container,
        ...command(env, "commit", path, { name, times: 500, each: 25 }),
      ]),
    );
    for (const run of runs) ok((await run.next()).refused >= 0);
    await Promise.all(runs.map((run) => run.ended));
    const db = await api.open(`file:${path}`);
    equal(count(db), 1001);
    equal(db.prepare("select count(distinct v) from t").pluck().get(), 1001);
    equal(db.prepare("pragma integrity_check").pluck().get(), "ok");
    db.close();
    equal(locksOf(path), []);
  },
);

spec("threads: readers in one process share", async ({ api, env }) => {
  const path = env.path();
  await create(api, path);
  const given = { options: { readonly: true } };
  const threads = [1, 2, 3, 4].map(() => startThread(env, "hold", path, given));
  for (const thread of threads) equal(await thread.next(), "open");
  await rejects(api.open(`file:${path}`), {
    code: "SQLITE_BUSY",
    message: /for reading in another thread of this process$/,
  });
  await Promise.all(threads.map((thread) => thread.terminate()));
  await eventually(async () => (await api.open(`file:${path}`)).close());
  equal(locksOf(path), []);
});

spec(
  "threads: one that is terminated, and one that ended, have no lock",
  async ({ api, env }) => {
    if (!existsSync("/proc/thread-self"))
      skip("this system tells nothing of threads");
    const path = env.path();
    await create(api, path);
    const terminated = startThread(env, "hold", path);
    equal(await terminated.next(), "open");
    await rejects(api.open(`file:${path}`), {
      message: /another thread of this process$/,
    });
    await terminated.terminate();
    await eventually(async () => (await api.open(`file:${path}`)).close());
    const left = startThread(env, "leave", path);
    equal(await left.next(), "open");
    // Deno keeps a worker that listens: it is ended here as well.
    if (env.runtime.startsWith("Deno")) await left.terminate();
    await left.ended;
    await eventually(async () => (await api.open(`file:${path}`)).close());
  },
);

/** Collect garbage, and let what waits for that run. */
async function collect() {
  const { Bun, gc } = /** @type {any} */ (globalThis);
  if (!Bun && !gc) skip("the runtime was not started with --expose-gc");
  if (Bun) Bun.gc(true);
  else gc();
  await pause(20);
}

spec("a database that is dropped lets go of its file", async ({ api, env }) => {
  const path = env.path();
  await create(api, path);
  // The runtime may collect it as soon as nobody has it.
  const holder = { db: undefined };
  const hold = async () => {
    holder.db = await api.open(`file:${path}`);
    holder.db.exec("begin; insert into t values ('never committed')");
  };
  await hold();
  await rejects(api.open(`file:${path}`), {
    message:
      /in this process: keep one connection for all of it \(on globalThis\)$/,
  });
  holder.db = undefined;
  const db = await eventually(async () => {
    await collect();
    return api.open(`file:${path}`);
  });
  equal(count(db), 1);
  db.close();
  equal(locksOf(path), []);
});

spec("a zombie counts as gone", async ({ api, env }) => {
  need("sh", "-c", "true");
  const path = env.path();
  await create(api, path);
  // The shell becomes a program that never asks how its child ended.
  const quoted = command(env, "hold", path).map((word) => `'${word}'`);
  const parent = start([
    "sh",
    "-c",
    `${quoted.join(" ")} & echo $!; exec sleep 1000`,
  ]);
  const said = [await parent.next(), await parent.next()];
  ok(said.includes("open"), String(said));
  const pid = said.find((word) => word !== "open");
  process.kill(pid, "SIGKILL");
  await eventually(() =>
    ok(readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ")),
  );
  (await api.open(`file:${path}`)).close();
  await parent.kill();
});

spec(
  "a process of another user that cannot be seen runs all the same",
  async ({ api, env }) => {
    need(
      "unshare",
      "--mount",
      "sh",
      "-c",
      "mount -t proc -o hidepid=2 proc /proc && setpriv --reuid 65534 --regid 65534 --clear-groups true",
    );
    const path = env.path();
    await create(api, path);
    const db = await api.open(`file:${path}`);
    const quoted = command(env, "hold", path, { options: { readonly: true } })
      .map((word) => `'${word}'`)
      .join(" ");
    const hidden = start([
      "unshare",
      "--mount",
      "sh",
      "-c",
      `mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups ${quoted}`,
    ]);
    const { message } = await hidden.next();
    ok(
      message?.includes(`is open for writing in process ${process.pid}`),
      message,
    );
    await hidden.kill();
    db.close();
  },
);
