// Values of another realm: an iframe, a vm context, a test runner. Their classes are not those that
// this module knows, and `instanceof` does not recognise them.
import { equal, rejects, skip, spec } from "../lib/harness.js";

/** Run with each client that this runtime has, and with the classes of another realm. */
function realmSpec(name, run) {
  spec(`realms: ${name}`, async ({ api, env }) => {
    if (!env.realm) skip("run where there is another realm");
    await run(api, env.realm(), env);
    if (env.client) await run(env.client, env.realm(), env);
  });
}

realmSpec("vectors and bytes go in everywhere", async (client, far) => {
  const db = await client.open();
  const floats = (...list) => new far.Float32Array(list);
  const t = await db.vss0("t", { e: 2, f: 2, b: "blob", n: "integer" });
  const column = { column: "e" };
  equal(floats(1) instanceof Float32Array, false, "the realm is another");

  equal(
    await t.insert({
      e: floats(1, 2),
      f: far.Array.of(1, 1),
      b: new far.Uint8Array([7]),
    }),
    1,
  );
  equal(await t.insertMany(far.Array.of({ e: floats(3, 4) }, { e: null })), 2);
  equal(
    await t.insertMany({
      rowids: new far.BigInt64Array([8n, 9n]),
      e: floats(5, 6, 7, 8),
      f: far.Array.of(floats(1, 1), null),
      b: far.Array.of(new far.Int8Array([1]), floats(1)),
      n: new far.Int32Array([3, 4]),
    }),
    2,
  );
  const row = await t.get(1);
  equal([row.e, row.b], [new Float32Array([1, 2]), new Uint8Array([7])]);
  equal((await t.get(9)).e, new Float32Array([7, 8]));
  equal((await t.get(9)).n, 4);
  const hits = await t.search(floats(5, 6), {
    ...column,
    k: 1,
    where: { b: new far.Int8Array([1]) },
  });
  equal(hits, [{ rowid: 8, distance: 0 }]);
  const where = new far.Object();
  where.rowid = new far.Object();
  where.rowid.in = far.Array.of(1, 9);
  equal((await t.search(floats(1, 2), { ...column, k: 9, where })).length, 2);

  const statement = await db.prepare("select length(?) as n, length(?) as m");
  equal(await statement.get(floats(1, 2, 3), new far.Uint8Array(5)), {
    n: 12,
    m: 5,
  });
  equal(await statement.get(far.Array.of(floats(1), floats(1))), {
    n: 4,
    m: 4,
  });
  const named = new far.Object();
  named.v = floats(1, 2);
  equal(await (await db.prepare("select length(:v) as n")).get(named), {
    n: 8,
  });

  const bytes = client.encode(floats(1, 0.5));
  equal(bytes, new Uint8Array([0, 0, 128, 63, 0, 0, 0, 63]));
  equal(client.decode(new far.Uint8Array(bytes)), new Float32Array([1, 0.5]));
  await db.close();
});

realmSpec(
  "open and init take bytes, addresses and options",
  async (client, far, env) => {
    const db = await client.open();
    await db.exec("create table t(v); insert into t values ('kept')");
    const bytes = new far.Uint8Array(await db.serialize());
    await db.close();
    for (const given of [bytes, bytes.buffer]) {
      const options = new far.Object();
      options.readonly = true;
      const copy = await client.open(given, options);
      equal(await (await copy.prepare("select v from t")).get(), { v: "kept" });
      await copy.close();
    }
    const { init } = await env.freshApi();
    await init({ wasm: new far.Uint8Array(env.wasm) });
    const { init: second } = await env.freshApi();
    await second({ wasm: new far.Uint8Array(env.wasm).buffer });
  },
);

realmSpec(
  "a bad value of another realm is named, with its cure",
  async (client, far) => {
    const db = await client.open();
    const t = await db.vss0("t", { e: 2, n: "integer" });
    const cases = [
      [
        () => t.search(new far.Float64Array(2), { k: 1 }),
        "search: query is a Float64Array, expected a Float32Array or an array of numbers (convert it: Float32Array.from(...))",
      ],
      [
        () => client.encode(new far.Uint8Array(8)),
        "vector is a Uint8Array, expected a Float32Array or an array of numbers (convert it: Float32Array.from(...))",
      ],
      [
        () => t.search([1, 2], { k: 1, where: { n: new far.Date(0) } }),
        "where.n.eq is a Date, expected null, a number, bigint, string, boolean, Uint8Array, Float32Array or Int8Array (use toISOString() or getTime())",
      ],
      [
        () => t.search([1, 2], { k: 1, where: new far.Map() }),
        "search: where is a Map, expected SQL text or an object",
      ],
      [
        () => t.insert({ e: [1, 2], n: new far.ArrayBuffer(1) }),
        "value 3 is an ArrayBuffer, expected null, a number, bigint, string, boolean, Uint8Array, Float32Array or Int8Array (use new Uint8Array(buffer))",
      ],
      [
        () =>
          t.insert({ e: [1, 2], n: new far.DataView(new far.ArrayBuffer(1)) }),
        "value 3 is a DataView, expected null, a number, bigint, string, boolean, Uint8Array, Float32Array or Int8Array",
      ],
      [
        () => client.decode(new far.Float32Array(1)),
        "decode: bytes is a Float32Array, expected a Uint8Array",
      ],
    ];
    for (const [run, message] of cases) {
      const error = await rejects((async () => run())(), { name: "TypeError" });
      equal(error.message, message);
    }
    equal(await t.count, 0);
    await db.close();
  },
);
