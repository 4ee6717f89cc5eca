// open(at, { from }): databases from an address, and all that can go wrong on the way.
import {
  bothSpecs,
  equal,
  isError,
  ok,
  rejects,
  skip,
  spec,
} from "../lib/harness.js";

let keys = 1;

/** A database of `n` rows at an address; `at(manner)` says how it is sent. */
async function published(api, env, n = 2000) {
  if (!env.source) skip("no server of databases here");
  const key = `${Date.now()}-${keys++}`;
  const publish = async (rows) => {
    const db = await api.open();
    const table = await db.vss0("t", { v: 2 });
    await table.insertMany({
      v: Float32Array.from({ length: 2 * rows }, (_, i) => i),
    });
    const bytes = await db.serialize();
    await db.close();
    const { status } = await fetch(`${env.source}/${key}`, {
      method: "PUT",
      body: bytes,
    });
    equal(status, 204);
    return bytes;
  };
  const bytes = await publish(n);
  return {
    bytes,
    publish,
    at: (manner = "well") => `${env.source}/${key}/${manner}`,
    count: async () =>
      Number(await (await fetch(`${env.source}/${key}/count`)).text()),
  };
}

/** How many rows the database has that is open; it is closed. */
async function rowsOf(db) {
  const statement = await db.prepare("select count(*) from t");
  const n = await (await statement.pluck()).get();
  await db.close();
  return n;
}

const hexOf = async (bytes) =>
  Array.from(
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");

bothSpecs("from an address")("into memory, with progress", async (api, env) => {
  const { at, bytes } = await published(api, env);
  for (const [location, options] of [
    [at(), {}],
    [new URL(at()), {}],
    [":memory:", { from: at() }],
    [":memory:", { from: new URL(at()) }],
  ]) {
    const told = [];
    const db = await api.open(location, {
      ...options,
      onProgress: (received, total) => told.push([received, total]),
    });
    equal(db.location, ":memory:");
    equal(await rowsOf(db), 2000);
    equal(told.at(-1), [bytes.length, bytes.length]);
  }
  for (const manner of [
    "without-length",
    "without-tags",
    "as-gzip-file",
    "packed-on-the-way",
  ])
    equal(await rowsOf(await api.open(at(manner))), 2000, manner);
});

/** What is sent in this manner is refused with these words. */
const REFUSED = {
  cut: /the connection ended after [\d,]+ of [\d,]+ bytes/,
  stalled: /no (answer|byte) came for 300 ms/,
  silent: /no answer came for 300 ms/,
  "half-of-it": /it has [\d,]+ bytes, and its header says [\d,]+/,
  "broken-gzip": /could not be unpacked|the connection ended/,
  "as-a-page":
    /it is not an SQLite database: content type text\/html, 36 bytes that begin with "<!doctype html>/,
  missing: /HTTP status 404, content type text\/plain/,
  failing: /HTTP status 503, content type none/,
  empty: /it is not an SQLite database: .*, 0 bytes/,
};

/** Where nothing comes, it is not waited for long; the others may take their time. */
const patience = (manner) =>
  manner === "stalled" || manner === "silent" ? { idleTimeout: 300 } : {};

bothSpecs("from an address")("what is refused", async (api, env) => {
  const { at } = await published(api, env);
  for (const [manner, message] of Object.entries(REFUSED)) {
    const error = await rejects(api.open(at(manner), patience(manner)), {
      name: "VssError",
      code: "SQLITE_CANTOPEN",
    });
    ok(message.test(error.message), `${manner}: ${error.message}`);
    ok(error.message.startsWith(`open: ${at(manner)}: `), error.message);
  }
  const hash = "0".repeat(64);
  await rejects(api.open(at(), { sha256: hash }), {
    message: `, expected ${hash}`,
  });
  await rejects(api.open(at("damaged"), { untrusted: true }), {
    name: "VssError",
    message: "is damaged",
  });
  await rejects(api.open("http://127.0.0.1:1/a.db"), {
    name: "VssError",
    code: "SQLITE_CANTOPEN",
    message: "open: http://127.0.0.1:1/a.db: ",
  });
});

bothSpecs("from an address")("wrong options", async (api, env) => {
  const { at } = await published(api, env);
  for (const [options, message] of [
    [
      { sha256: "abc" },
      'open: sha256 is "abc", expected 64 hexadecimal digits',
    ],
    [{ revalidate: 1 }, "open: revalidate is 1, expected true or false"],
    [{ idleTimeout: 0 }, "open: idleTimeout is 0, expected milliseconds"],
    [{ from: at() }, 'expected ":memory:" or where to keep what comes from'],
  ])
    await rejects(api.open(at(), options), { name: "TypeError", message });
  await rejects(api.open(":memory:", { sha256: "0".repeat(64) }), {
    name: "TypeError",
    message: "open: from names no source",
  });
});

/** Run with a location where copies can be kept, with each client that has one. */
const keptSpecs = (name, run) =>
  spec(`from an address: ${name}`, async ({ api, env }) => {
    const places = [
      [api, env.location?.()],
      [env.client, env.client && env.clientLocation?.()],
    ].filter(([, location]) => location);
    if (places.length === 0) skip("no persistent storage here");
    for (const [client, location] of places) {
      try {
        await run(client, env, location);
      } finally {
        await env.remove(location);
      }
    }
  });

keptSpecs("kept, and asked again only on demand", async (api, env, at) => {
  const source = await published(api, env);
  const open = (options) => api.open(at, { from: source.at(), ...options });
  equal(await rowsOf(await open()), 2000);
  equal(await source.count(), 1);
  // What is written here stays.
  const db = await open();
  await db.exec("insert into t(rowid, v) values (5000, '[1, 2]')");
  equal(await rowsOf(db), 2001);
  equal(await rowsOf(await open({ revalidate: true })), 2001, "not changed");
  equal(await source.count(), 1, "bodies sent");
  await source.publish(300);
  equal(await rowsOf(await open()), 2001, "not asked");
  equal(await rowsOf(await open({ revalidate: true })), 300, "changed");
  equal(await rowsOf(await open({ revalidate: true, readonly: true })), 300);
  // Offline, or as good as that.
  const away = { from: "http://127.0.0.1:1/a.db", revalidate: true };
  equal(await rowsOf(await api.open(at, away)), 300, "offline");
});

keptSpecs("a hash names a version", async (api, env, at) => {
  const source = await published(api, env);
  const open = (sha256) => api.open(at, { from: source.at(), sha256 });
  const first = await hexOf(source.bytes);
  equal(await rowsOf(await open(first)), 2000);
  equal(await rowsOf(await open(first.toUpperCase())), 2000);
  equal(await source.count(), 1);
  const second = await hexOf(await source.publish(300));
  equal(await rowsOf(await open(second)), 300);
  await rejects(open(first), { message: `expected ${first}` });
  equal(await rowsOf(await open(second)), 300, "the kept one");
});

keptSpecs("failures leave what was there", async (api, env, at) => {
  const source = await published(api, env);
  const there = `there is no ${at} yet`;
  for (const manner of Object.keys(REFUSED)) {
    const options = { from: source.at(manner), ...patience(manner) };
    await rejects(api.open(at, options), { message: there });
  }
  await rejects(api.open(at, { create: false, from: source.at() }), {
    code: "SQLITE_CANTOPEN",
  });
  equal(await rowsOf(await api.open(at, { from: source.at() })), 2000);
  await source.publish(300);
  for (const manner of Object.keys(REFUSED)) {
    // A server that does not answer is as good as none: the kept copy is opened.
    if (patience(manner).idleTimeout) continue;
    const options = { from: source.at(manner), revalidate: true };
    await rejects(api.open(at, options), { message: " bytes) is as it was" });
    equal(await rowsOf(await api.open(at)), 2000, manner);
  }
  const options = { untrusted: true, revalidate: true };
  await rejects(api.open(at, { from: source.at("damaged"), ...options }), {
    message: "is damaged",
  });
  equal(await rowsOf(await api.open(at)), 2000);
  equal(
    await rowsOf(await api.open(at, { from: source.at(), ...options })),
    300,
    "untrusted, and well",
  );
});

keptSpecs("two at once copy once", async (api, env, at) => {
  const source = await published(api, env);
  const open = () => api.open(at, { from: source.at(), readonly: true });
  const results = await Promise.allSettled([open(), open()]);
  equal(await source.count(), 1, "bodies sent");
  const opened = results.filter(({ status }) => status === "fulfilled");
  ok(opened.length > 0, results[0].reason?.message);
  for (const { value } of opened) equal(await rowsOf(value), 2000);
  for (const { reason } of results)
    if (reason) isError(reason, { code: "SQLITE_BUSY" });
});

keptSpecs("an open database is not replaced", async (api, env, at) => {
  const source = await published(api, env);
  const db = await api.open(at, { from: source.at() });
  await source.publish(300);
  const again = { from: source.at(), revalidate: true };
  await rejects(api.open(at, again), { name: "VssError", message: "open" });
  await db.exec("insert into t(rowid, v) values (5000, '[1, 2]')");
  equal(await rowsOf(db), 2001);
});

spec("from an address: other sources", async ({ api, env }) => {
  const { at, bytes } = await published(api, env);
  const answer = await fetch(at());
  for (const from of [
    answer,
    new Blob([bytes]).stream(),
    { body: new Blob([bytes]).stream(), size: bytes.length },
    () => fetch(at()),
    async (headers) => {
      equal(headers, {});
      return fetch(at("without-length"));
    },
  ])
    equal(await rowsOf(await api.open(":memory:", { from })), 2000);
  for (const from of [() => null, () => ({}), {}, 5])
    await rejects(api.open(":memory:", { from }), { message: "source" });
});

spec(
  "from an address: a store of one's own, and a full one",
  async (context) => {
    const { env, api } = context;
    if (!env.freshApi) skip("no core entry here");
    const { at, bytes } = await published(api, env);
    const core = await env.freshApi();
    /** Files in memory: enough for the copy, and for a database that is only read. */
    let kept = new Uint8Array(0);
    let noted;
    let room = Infinity;
    const draft = { bytes: new Uint8Array(1 << 20), size: 0 };
    const fileOf = (get) => ({
      read(target, from) {
        const part = get().subarray(from, from + target.length);
        target.set(part);
        return part.length;
      },
      write(source, to) {
        if (to + source.length > room) throw new Error("the shelf is full");
        draft.bytes.set(source, to);
        draft.size = Math.max(draft.size, to + source.length);
      },
      truncate: () => (draft.size = 0),
      size: () => get().length,
      flush() {},
      close() {},
    });
    const keep = async () => ({
      size: async () => kept.length,
      note: async () => noted,
      alone: async (body) => {
        draft.size = 0;
        return body(fileOf(() => draft.bytes.subarray(0, draft.size)));
      },
      async swap(note) {
        noted = note;
        kept = draft.bytes.slice(0, draft.size);
      },
    });
    const store = () => ({
      open: () => fileOf(() => kept),
      delete() {},
      exists: () => false,
      close() {},
    });
    const open = (options) =>
      core.openIn("shelf:a.db", store, { readonly: true, ...options }, keep);
    room = 10000;
    await rejects(open({ from: at() }), {
      message:
        /the shelf is full, after [\d,]+ bytes were written; there is no/,
    });
    equal(kept.length, 0);
    room = Infinity;
    equal(await rowsOf(await open({ from: at(), untrusted: true })), 2000);
    equal(
      [kept.length, typeof JSON.parse(noted).etag],
      [bytes.length, "string"],
    );
    equal(await rowsOf(await open({ from: at(), revalidate: true })), 2000);
    await rejects(core.openIn("shelf:a.db", store, { from: at() }), {
      name: "TypeError",
      message: "open: from: no copy can be kept in this kind of location",
    });
  },
);
