// vss-wasm/text: a collection of texts. Its answers are compared with the SQL of docs/text.md, and
// with plain arrays.
import { equal, ok, rejects, skip, spec } from "../lib/harness.js";

const topics = ["weather", "food", "animals"];
const vocabulary = {
  weather: ["cold", "snow", "rain", "storm", "frost", "sunny"],
  food: ["soup", "bread", "cheese", "apple", "spicy", "sweet"],
  animals: ["cat", "spider", "horse", "whale", "falcon", "hamster"],
};
const words = topics.flatMap((topic) => vocabulary[topic]);

/** Words near in meaning are near here: a word counts for itself and a little for its topic. */
function vectorOf(text) {
  const vector = words.map(() => 0.001);
  for (const [at, word] of words.entries()) {
    if (!text.includes(word)) continue;
    vector[at] += 1;
    const first = Math.floor(at / 6) * 6;
    for (let i = first; i < first + 6; i++) vector[i] += 0.3;
  }
  return vector;
}

/** An encoder that counts what it is asked for. */
function encoder() {
  const seen = [];
  const embed = async (texts, { kind }) => {
    seen.push({ kind, texts });
    return texts.map(vectorOf);
  };
  const count = (kind) =>
    seen
      .filter((call) => call.kind === kind)
      .reduce((sum, call) => sum + call.texts.length, 0);
  return { embed, seen, count };
}

const options = (embed) => ({
  embed,
  model: "words-18",
  text: "body",
  filters: { topic: "text", stars: "integer" },
  columns: { url: "text" },
  batch: 4,
});
const rows = () =>
  words.map((word, i) => ({
    id: i + 1,
    body: `a note about ${word} and ${words[(i * 7) % 18]}`,
    topic: topics[Math.floor(i / 6)],
    stars: i % 5,
    url: `/${word}`,
  }));

/** Once with a Database, once with the client of a Worker where there is one. */
function both(name, run) {
  spec(`text: ${name}`, (context) =>
    run({ ...context, open: context.api.open }),
  );
  spec(`text, worker client: ${name}`, (context) => {
    if (!context.env.client) skip("run on pages only");
    return run({ ...context, open: context.env.client.open });
  });
}

async function all(db, sql, params = {}) {
  const statement = await db.prepare(sql);
  try {
    return await statement.all(params);
  } finally {
    await statement.finalize();
  }
}

both("the three lines", async ({ env, open }) => {
  const db = await open();
  const { embed } = encoder();
  const notes = await env.text.collection(db, "notes", {
    embed,
    model: "words-18",
    text: "body",
    filters: { topic: "text" },
  });
  equal([notes.name, notes.database === db], ["notes", true]);
  equal(await notes.search("cold weather"), []);
  equal(
    await notes.add([
      { body: "snow and frost", topic: "weather" },
      { body: "a sweet apple", topic: "food" },
      { body: "cold soup", topic: "food" },
    ]),
    [1, 2, 3],
  );
  const hits = await notes.search("cold weather", {
    k: 2,
    where: { topic: "food" },
  });
  equal(
    hits.map(({ id, body, topic, meaning, words, snippet }) => [
      id,
      body,
      topic,
      meaning,
      words,
      snippet,
    ]),
    [
      [3, "cold soup", "food", 1, 1, "cold soup"],
      [2, "a sweet apple", "food", 2, null, "a sweet apple"],
    ],
  );
  ok(hits[0].distance < hits[1].distance, "distances");
  await db.close();
});

both("nothing is asked for twice", async ({ env, open }) => {
  const db = await open();
  const { embed, count, seen } = encoder();
  const notes = await env.text.collection(db, "notes", options(embed));
  const progress = [];
  await notes.add(rows(), { onProgress: (...at) => progress.push(at) });
  const different = new Set(rows().map((row) => row.body)).size;
  equal(count("text"), different);
  ok(
    seen.every(({ texts }) => texts.length <= 4),
    "batches of four",
  );
  equal(progress.at(-1), [different, different]);
  // Texts that a row has, that a deleted row had, and that stand twice in a call.
  await notes.add([{ body: rows()[3].body }]);
  await db.exec("delete from notes where topic = 'food'");
  await notes.add([{ body: rows()[8].body }, { body: rows()[8].body }]);
  equal(count("text"), different);
  await notes.search("cold");
  await notes.search("cold", { mode: "meaning" });
  equal(count("query"), 1);
  // Another object, which knows nothing but the database.
  const again = encoder();
  const same = await env.text.collection(db, "notes", options(again.embed));
  await same.add(rows().map(({ body }) => ({ body })));
  equal(again.count("text"), 0);
  await db.close();
});

both("an embed that fails adds nothing", async ({ env, open }) => {
  const db = await open();
  const good = encoder();
  let calls = 0;
  const failing = async (texts, how) => {
    if (++calls === 3) throw new Error("the model is gone");
    return good.embed(texts, how);
  };
  const notes = await env.text.collection(db, "notes", options(failing));
  await rejects(notes.add(rows()), { message: "the model is gone" });
  equal((await all(db, "select count(*) as n from notes"))[0].n, 0);
  equal((await all(db, "select count(*) as n from notes_vectors"))[0].n, 0);
  // What the first two batches gave is not asked for again.
  await notes.add(rows());
  equal(good.count("text"), new Set(rows().map((row) => row.body)).size);
  equal((await all(db, "select count(*) as n from notes_vectors"))[0].n, 18);
  // A row that is refused: none of its call is added.
  await rejects(notes.add([{ body: "rain" }, { id: 3, body: "bread" }]), {
    code: "SQLITE_CONSTRAINT_PRIMARYKEY",
  });
  equal((await all(db, "select count(*) as n from notes"))[0].n, 18);
  const stop = new AbortController();
  const aborted = notes.add([{ body: "storm" }, { body: "whale" }], {
    signal: stop.signal,
    onProgress: () => stop.abort(new Error("enough")),
  });
  await rejects(aborted, { message: "enough" });
  equal((await all(db, "select count(*) as n from notes"))[0].n, 18);
  await db.close();
});

both("the answers are those of plain arrays", async ({ env, open }) => {
  const db = await open();
  const { embed } = encoder();
  const notes = await env.text.collection(db, "notes", options(embed));
  await notes.add(rows());
  const conditions = [
    [undefined, () => true],
    [{ topic: "food" }, (row) => row.topic === "food"],
    [{ stars: { gte: 2, lt: 4 } }, (row) => row.stars >= 2 && row.stars < 4],
    [
      { topic: { in: ["food", "animals"] }, stars: { ne: 0 } },
      (row) => row.topic !== "weather" && row.stars !== 0,
    ],
    [
      "stars % 2 = :odd or topic = 'animals'",
      (row) => row.stars % 2 === 1 || row.topic === "animals",
      { odd: 1 },
    ],
  ];
  for (const [where, test, params] of conditions) {
    for (const mode of ["both", "meaning", "words"]) {
      const query = "cold cheese for a spider";
      const given = { where, params, mode, k: 30, constant: 7, weight: 0.5 };
      const hits = await notes.search(query, given);
      const { sql, params: bound } = await notes.toSql(query, given);
      equal(await all(db, sql, bound), hits, "toSql() is what search() runs");
      const allowed = rows().filter(test);
      const found = allowed.filter((row) =>
        ["cold", "cheese", "spider", "for", "a"].some((word) =>
          row.body.split(" ").includes(word),
        ),
      );
      equal(
        hits.map((hit) => hit.id).sort((a, b) => a - b),
        (mode === "words" ? found : allowed).map((row) => row.id),
        `${mode} ${JSON.stringify(where)}`,
      );
      const places = hits.filter((hit) => hit.meaning !== null);
      const near = [...places].sort((a, b) => a.meaning - b.meaning);
      equal(
        near.map((hit) => hit.distance),
        near.map((hit) => hit.distance).sort((a, b) => a - b),
        "places go by distance",
      );
      for (const hit of hits) {
        const score =
          (hit.meaning === null ? 0 : 1 / (7 + hit.meaning)) +
          (hit.words === null ? 0 : 0.5 / (7 + hit.words));
        ok(Math.abs(score - hit.score) < 1e-12, `score ${hit.score}`);
        equal(hit.url, rows()[hit.id - 1].url);
      }
      ok(
        hits.every((hit, i) => i === 0 || hits[i - 1].score >= hit.score),
        "best first",
      );
      equal(
        (await notes.search(query, { ...given, k: 3, offset: 2 })).map(
          (hit) => hit.id,
        ),
        hits.slice(2, 5).map((hit) => hit.id),
        "a page",
      );
    }
  }
  await db.close();
});

both("plain SQL may write, and refresh() follows", async ({ env, open }) => {
  const db = await open();
  const { embed, count } = encoder();
  const notes = await env.text.collection(db, "notes", options(embed));
  await notes.add(rows());
  const before = count("text");
  await db.exec(
    "insert into notes(id, body, topic) values (100, 'rain on a horse', 'animals');" +
      "update notes set body = 'a falcon in the storm' where id = 1;" +
      "update notes set topic = 'rare', stars = 9 where id = 2;" +
      "update notes set id = 200 where id = 3;" +
      "delete from notes where id = 4",
  );
  equal((await notes.search("storm falcon", { mode: "words", k: 1 }))[0].id, 1);
  equal(
    (await notes.search("rain", { where: { topic: "rare" } })).map(
      ({ id }) => id,
    ),
    [2],
  );
  const stale = await all(
    db,
    "select id from notes where id not in (select rowid from notes_vectors) order by id",
  );
  equal(
    stale.map(({ id }) => id),
    [1, 100],
  );
  equal(await notes.refresh(), 2);
  equal(count("text"), before + 2);
  equal(await notes.refresh(), 0);
  const vectors = await all(
    db,
    "select n.id, n.body, vector_to_json(v.embedding) as vector from notes n join notes_vectors v on v.rowid = n.id order by n.id",
  );
  equal(vectors.length, 18);
  for (const { body, vector } of vectors)
    equal(
      JSON.parse(vector).map(Math.fround),
      vectorOf(body).map(Math.fround),
      body,
    );
  await db.exec(
    "insert into notes_words(notes_words) values ('integrity-check')",
  );
  await db.close();
});

both("rerank, and what embed may give", async ({ env, open }) => {
  const db = await open();
  const forms = [
    (texts) => texts.map((text) => Float32Array.from(vectorOf(text))),
    (texts) => ({
      data: Float32Array.from(texts.flatMap(vectorOf)),
      dims: [texts.length, 18],
    }),
    (texts) => Float32Array.from(texts.flatMap(vectorOf)),
  ];
  for (const [i, embed] of forms.entries()) {
    const notes = await env.text.collection(db, `notes${i}`, options(embed));
    await notes.add(rows());
    const asked = [];
    const hits = await notes.search("cold soup", {
      k: 2,
      offset: 1,
      rerank: async (query, some) => {
        asked.push(query, some.length);
        return some.map((hit) => -hit.id);
      },
    });
    equal(asked, ["cold soup", 18]);
    equal(
      hits.map(({ id, score }) => [id, score]),
      [
        [2, -2],
        [3, -3],
      ],
    );
    const marked = await notes.search("soup", { k: 1, marks: ["<", ">"] });
    equal(marked[0].snippet, "a note about <soup> and <soup>");
  }
  await db.close();
});

both("what is refused", async ({ env, open }) => {
  const db = await open();
  const { collection, dropCollection } = env.text;
  const { embed } = encoder();
  const make = (more) =>
    collection(db, "notes", { ...options(embed), ...more });
  const notes = await make({});
  await notes.add(rows());
  for (const [run, message] of [
    [
      () => make({ model: "other" }),
      'collection notes: its vectors were made by the model "words-18", and those of "other" cannot be compared with them; open it with its own model, use another name, or remove it with dropCollection()',
    ],
    [
      () => make({ filters: { topic: "text" } }),
      'collection notes: it was made with filters {"topic":"text","stars":"integer"}, got {"topic":"text"}',
    ],
    [
      () => make({ model: undefined }),
      "collection notes: model is undefined, expected a string",
    ],
    [
      () => make({ embed: "model" }),
      'collection notes: embed is "model", expected a function',
    ],
    [
      () => make({ batch: 0 }),
      "collection notes: batch is 0, expected a number above 0",
    ],
    [
      () => make({ filter: {} }),
      'collection notes: unknown option "filter", did you mean "filters"?',
    ],
    [
      () => make({ filters: ["topic"] }),
      "collection notes: filters is an Array, expected an object such as",
    ],
    [
      () => make({ filters: { topic: "text, x" } }),
      'collection notes: filters.topic is "text, x", expected an SQL type such as "text"',
    ],
    [
      () => make({ columns: { Distance: "text" } }),
      'collection notes: the column name "Distance" is taken, choose another one',
    ],
    [
      () => make({ columns: { topic: "text" } }),
      'the column name "topic" is taken',
    ],
    [
      () => collection(db, "notes_vectors", options(embed)),
      'collection notes_vectors: the database has a table "notes_vectors" that is not a collection',
    ],
    [
      () => notes.add("text"),
      'add: rows is "text", expected a list of objects',
    ],
    [
      () => notes.add([{ body: "a" }, "b"]),
      'add: rows[1] is "b", expected an object',
    ],
    [
      () => notes.add([{ bodi: "a" }]),
      'add: rows[0] has an unknown column "bodi", did you mean "body"?',
    ],
    [
      () => notes.add([{ topic: "food" }]),
      "add: rows[0].body is undefined, expected a string",
    ],
    [
      () => notes.add(rows(), { signal: 1 }),
      "add: signal is 1, expected an AbortSignal",
    ],
    [() => notes.search(7), "search: query is 7, expected a string"],
    [
      () => notes.search("a", { mode: "word" }),
      'search: mode is "word", did you mean "words"?',
    ],
    [() => notes.search("a", { limit: 3 }), 'search: unknown option "limit"'],
    [
      () => notes.search("a", { k: 2.5 }),
      "search: k is 2.5, expected a whole number from 0 up",
    ],
    [
      () => notes.search("a", { where: { topik: 1 } }),
      'whereSql: where names an unknown column "topik", did you mean "topic"?',
    ],
    [
      () => notes.search("a", { where: { topic: {} } }),
      "whereSql: where.topic is an empty object",
    ],
    [
      () => notes.search("a", { where: "topic = ?", params: ["food"] }),
      "search: params is an Array, expected an object, since a condition that is SQL text takes its values by name",
    ],
    [
      () => notes.search("a", { params: {} }),
      "search: params go with where as SQL text",
    ],
    [() => notes.search("a", { where: " " }), "search: where is empty"],
    [
      () => notes.search("a", { constant: 0 }),
      "search: constant is 0, expected a number above 0",
    ],
    [
      () => notes.search("a", { marks: ["<"] }),
      "search: marks is an Array, expected two texts",
    ],
    [
      () => notes.search("cold", { rerank: () => [1] }),
      "search: rerank gave an Array, expected a list with a number for each of 18 hits",
    ],
    [
      () => notes.search("cold", { rerank: 1 }),
      "search: rerank is 1, expected a function",
    ],
  ])
    await rejects(run(), { message });
  equal((await all(db, "select count(*) as n from notes"))[0].n, 18);

  for (const [given, message] of [
    [
      () => [[1, 2]],
      "collection bad: embed, after 0 of 2 texts, gave 1 vectors for 2 texts",
    ],
    [
      () => [
        [1, 2],
        [1, 2, 3],
      ],
      'collection bad: embed, after 0 of 2 texts, gave a vector of 3 components for text 1 ("two"), expected 2',
    ],
    [
      () => [[], []],
      'gave a vector of 0 components for text 0 ("one"), expected at least 1',
    ],
    [
      () => [
        [1, NaN],
        [1, 2],
      ],
      "component 1 of the vector for text 0 is NaN",
    ],
    [
      () => undefined,
      "collection bad: embed, after 0 of 2 texts, gave undefined, expected a list of 2 vectors",
    ],
    [
      () => new Float32Array(3),
      "gave 3 numbers with the dimensions [2,1.5] for 2 texts",
    ],
    [() => [["1"], [2]], 'vector 0: component 0 is "1", expected a number'],
  ]) {
    const bad = await collection(db, "bad", { embed: given, model: "m" });
    await rejects(bad.add([{ text: "one" }, { text: "two" }]), { message });
    equal(
      await all(db, "select 1 from sqlite_schema where name like 'bad%'"),
      [],
    );
  }
  // Another size than that of the collection.
  const short = await make({ embed: (texts) => texts.map(() => [1, 2]) });
  await rejects(short.add([{ body: "new" }]), {
    message: "gave a vector of 2 components",
  });
  await rejects(short.search("new"), {
    message: 'gave a vector of 2 components for text 0 ("new"), expected 18',
  });

  equal(
    [await dropCollection(db, "notes"), await dropCollection(db, "notes")],
    [true, false],
  );
  equal(
    await all(db, "select name from sqlite_schema where name like 'notes%'"),
    [],
  );
  await db.close();
});

both(
  "names that need quotes, and a transaction around it",
  async ({ env, open }) => {
    const db = await open();
    const { embed } = encoder();
    const name = `my "notes" 日本's`;
    const notes = await env.text.collection(db, name, {
      embed,
      model: "it's",
      text: 'the body\'s "text"',
      filters: { "to:pic?": "text collate nocase" },
    });
    await db.exec("begin");
    await notes.add([{ [`the body's "text"`]: "cold snow", "to:pic?": "A" }]);
    await db.exec("rollback");
    const again = await env.text.collection(db, name, {
      embed,
      model: "it's",
      text: 'the body\'s "text"',
      filters: { "to:pic?": "text collate nocase" },
    });
    await again.add([{ [`the body's "text"`]: "cold snow", "to:pic?": "A" }]);
    const hits = await again.search(`"cold" AND it's NEAR`, {
      where: { "to:pic?": "a" },
    });
    equal(
      hits.map((hit) => [hit.id, hit.words]),
      [[1, 1]],
    );
    equal(await again.search("?!", { mode: "words" }), []);
    await db.close();
  },
);
