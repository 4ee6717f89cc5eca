// Random operations against plain arrays: inserts in every form, updates, deletes, savepoints and
// transactions that fail, and searches with every operator. Both clients, in memory and in storage;
// the worker client also with many calls at once.
//
// Each act draws what it does, asks, and changes the arrays before its first `await`. So acts that
// are started together are expected to run in the order in which they were started.
import { KEEP } from "../lib/conditions.js";
import { randomNumbers, show, spec } from "../lib/harness.js";

const COLUMNS = { e: 2, s: "text", n: "integer" };
const TEXTS = ["", "a", "ab", "B", "日本", "a%", "x\0y", "5", null];
/** Pieces of patterns, for texts and for numbers. */
const LIKE = ["%", "_", "a", "A", "b", "B", "日", "x", "5", "1", "\0"];
const GLOB = ["*", "?", "[ab]", "[^a]", "a", "b", "B", "本", "%", "5", "1"];
const UNDO = "undo";

class Run {
  /** @type {Map<number, any>} */ rows = new Map();

  constructor(db, t, facts) {
    Object.assign(this, { db, t, step: 0, ...facts });
    this.random = randomNumbers(this.seed);
  }

  int(n) {
    return Math.floor(this.random() * n);
  }
  pick(list) {
    return list[this.int(list.length)];
  }
  row() {
    const e = this.int(12) ? [this.int(9), this.int(9)] : null;
    return { e, s: this.pick(TEXTS), n: this.int(5) ? this.int(40) : null };
  }
  freeRowid() {
    let id;
    do id = 1 + this.int(1e6);
    while (this.rows.has(id));
    return id;
  }
  someRowid() {
    return this.pick([...this.rows.keys()]) ?? 1;
  }
  /** The vector in one of the forms that the API takes. */
  form(e) {
    return e && this.pick([e, new Float32Array(e), `[${e}]`]);
  }

  async insert() {
    const row = this.row();
    const free = this.int(2) ? this.freeRowid() : undefined;
    const id = free ?? Math.max(0, ...this.rows.keys()) + 1;
    const given = free === undefined ? row : { rowid: free, ...row };
    const asked = this.t.insert({ ...given, e: this.form(row.e) });
    this.rows.set(id, row);
    this.same(await asked, id, "insert");
  }

  async insertMany(counts = [0, 1, 3, 999, 1000, 1001]) {
    const count = this.pick(counts);
    const rows = Array.from({ length: count }, () => this.row());
    const ids = new Set();
    while (ids.size < count) ids.add(this.freeRowid());
    const rowids = [...ids];
    let asked;
    if (this.int(2)) {
      const list = rows.map((row, i) => ({
        rowid: rowids[i],
        ...row,
        e: this.form(row.e),
      }));
      asked = this.t.insertMany(this.int(2) ? list : new Set(list));
    } else {
      for (const row of rows) row.e ??= [0, 0];
      asked = this.t.insertMany({
        rowids: this.int(2) ? rowids : BigInt64Array.from(rowids, BigInt),
        e: this.int(2)
          ? Float32Array.from(rows.flatMap((row) => row.e))
          : rows.map((row) => row.e),
        s: rows.map((row) => row.s),
        n: rows.map((row) => row.n),
      });
    }
    rows.forEach((row, i) => this.rows.set(rowids[i], row));
    this.same(await asked, count, "insertMany");
  }

  async insertManyThatFails() {
    const rows = Array.from({ length: this.pick([1, 1500, 1500]) }, () =>
      this.row(),
    );
    const at = this.pick([this.int(rows.length), rows.length - 1]);
    const isVector = this.int(2);
    rows[at] = { ...rows[at], ...(isVector ? { e: [1, 2, 3] } : { n: NaN }) };
    await this.fails(
      () => this.t.insertMany(rows),
      `row ${at}: ${isVector ? "vss0 t.e: vector has 3 components, expected 2" : "n is NaN, which SQL cannot hold (use null)"}`,
      "insertMany that fails",
    );
  }

  async delete() {
    const id = this.int(9) ? this.someRowid() : this.freeRowid();
    const asked = this.t.delete(id);
    const isThere = this.rows.delete(id);
    this.same(await asked, isThere, "delete");
  }

  async update() {
    const id = this.someRowid();
    const { s, n } = this.row();
    const asked = this.statement.run(s, n, id);
    const row = this.rows.get(id);
    if (row) this.rows.set(id, { ...row, s, n });
    this.same((await asked).changes, row ? 1 : 0, "update");
  }

  async get() {
    const id = this.int(9) ? this.someRowid() : this.freeRowid();
    const asked = this.t.get(id);
    const expected = this.expectedRow(id);
    this.same(await asked, expected, "get");
  }

  async count() {
    const asked = this.t.count;
    const expected = this.rows.size;
    this.same(await asked, expected, "count");
  }

  expectedRow(rowid) {
    const row = this.rows.get(rowid);
    return row && { rowid, ...row, e: row.e && new Float32Array(row.e) };
  }

  pattern(pieces) {
    return Array.from({ length: this.int(4) }, () => this.pick(pieces)).join(
      "",
    );
  }

  /** An operand of this operator, for this column. */
  operand(operator, column) {
    const value = () =>
      column === "s"
        ? this.pick(TEXTS.slice(0, -1))
        : column === "n"
          ? this.int(40)
          : this.someRowid();
    if (operator === "isNull") return !this.int(2);
    if (operator === "like") return this.pattern(LIKE);
    if (operator === "glob") return this.pattern(GLOB);
    if (!/in$/i.test(operator)) return value();
    return Array.from({ length: this.pick([0, 1, 1, 5, 64, 70]) }, () =>
      column !== "rowid" && !this.int(3) ? null : value(),
    );
  }

  where() {
    const where = {};
    for (const column of ["s", "n", "rowid"]) {
      if (this.int(3)) continue;
      const operators = Object.keys(KEEP).filter(
        // Texts are ordered by their bytes, and JavaScript orders them by half words.
        (name) => column !== "s" || !/^[gl]te?$/.test(name),
      );
      where[column] = {};
      for (let i = this.pick([1, 1, 2]); i > 0; i--) {
        const operator = this.pick(operators);
        where[column][operator] = this.operand(operator, column);
      }
    }
    return where;
  }

  /** The hits by the arrays, nearest first. */
  hits(query, { where, k, offset, maxDistance = Infinity }) {
    return [...this.rows]
      .filter(
        ([rowid, row]) =>
          row.e !== null &&
          Object.entries(where).every(([column, tests]) =>
            Object.entries(tests).every(([operator, operand]) =>
              KEEP[operator](column === "rowid" ? rowid : row[column], operand),
            ),
          ),
      )
      .map(([rowid, { e, s }]) => ({
        rowid,
        distance: (e[0] - query[0]) ** 2 + (e[1] - query[1]) ** 2,
        s,
      }))
      .filter((hit) => hit.distance <= maxDistance)
      .sort((a, b) => a.distance - b.distance || a.rowid - b.rowid)
      .slice(offset, offset + k);
  }

  how() {
    return {
      k: this.pick([0, 1, 5, 5000]),
      offset: this.int(3) ? 0 : this.int(9),
      where: this.where(),
      maxDistance: this.int(3) ? undefined : this.int(60),
      select: ["s"],
    };
  }

  async search() {
    const query = [this.int(9), this.int(9)];
    const how = this.how();
    const expected = this.hits(query, how);
    const hits = await this.t.search(new Float32Array(query), how);
    this.same(hits, expected, `search ${show({ query, ...how })}`);
  }

  /** One search may give its hits or the reason; it must not touch anything else. */
  async searchThatIsAborted() {
    const query = [this.int(9), this.int(9)];
    const how = this.how();
    const expected = this.hits(query, how);
    const controller = new AbortController();
    const asked = this.t.search(query, { ...how, signal: controller.signal });
    const hits = asked.catch((error) => error.message);
    await new Promise((done) => setTimeout(done, this.int(3)));
    controller.abort(new Error(UNDO));
    const got = await hits;
    if (got !== UNDO) this.same(got, expected, "search that is aborted");
  }

  async searchMany() {
    const count = this.pick([0, 1, 2, 40]);
    const queries = Array.from({ length: count }, () => [
      this.int(9),
      this.int(9),
    ]);
    const how = this.how();
    const expected = queries.map((query) => this.hits(query, how));
    const hits = await this.t.searchMany(queries, how);
    this.same(hits, expected, `searchMany ${show({ queries, ...how })}`);
  }

  async transactionThatFails() {
    // The synchronous client wants a function that returns no promise.
    const body = this.isAsync
      ? async () => {
          await this.t.insert({ e: [1, 1] });
          await this.t.insertMany([{ e: [2, 2] }]);
          throw new Error(UNDO);
        }
      : () => {
          this.t.insert({ e: [1, 1] });
          this.t.insertMany([{ e: [2, 2] }]);
          throw new Error(UNDO);
        };
    await this.fails(this.db.transaction(body), UNDO, "transaction");
  }

  /** Functions of transaction() in each other; those that throw take back what they did. */
  nest(depth = 0) {
    const before = new Map(this.rows);
    const isLost = this.int(2) === 1;
    const body = () => {
      for (let i = this.int(3); i > 0; i--) {
        const [id, row] = [this.freeRowid(), this.row()];
        this.t.insertMany([{ rowid: id, ...row }]);
        this.rows.set(id, row);
        if (depth < 3) this.nest(depth + 1);
        const gone = this.someRowid();
        this.t.delete(gone);
        this.rows.delete(gone);
      }
      if (isLost) throw new Error(UNDO);
      return depth;
    };
    let result;
    try {
      result = this.db.transaction(body)();
    } catch (error) {
      if (error.message !== UNDO) throw error;
      result = UNDO;
      this.rows = before;
    }
    this.same(result, isLost ? UNDO : depth, "transaction in a transaction");
  }

  /** Any acts in savepoints, which lie in each other. */
  async savepoints(depth = 0) {
    const name = `s${depth}`;
    const before = new Map(this.rows);
    await this.db.exec(`savepoint ${name}`);
    for (let i = this.int(4); i > 0; i--) {
      if (depth < 3 && !this.int(3)) await this.savepoints(depth + 1);
      else await this[this.pick(TOGETHER)]();
    }
    if (this.int(2)) {
      this.rows = before;
      await this.db.exec(`rollback to ${name}`);
    }
    await this.db.exec(`release ${name}`);
    await this.count();
    this.same(await this.db.inTransaction, depth > 0, "in a transaction");
  }

  /** Many calls at once, none of which waits for another. */
  async together() {
    const asked = [];
    for (let i = 2 + this.int(12); i > 0; i--) {
      const act = this.pick(this.isAsync ? AT_ONCE : TOGETHER);
      asked.push(act === "insertMany" ? this[act]([1, 1001]) : this[act]());
    }
    await Promise.all(asked);
  }

  async fails(run, message, what) {
    let got = "no error";
    await (async () => run())().catch((error) => (got = error.message));
    this.same(got, message, what);
  }

  same(actual, expected, what) {
    if (show(actual) !== show(expected))
      throw new Error(
        `seed ${this.seed}, step ${this.step}, ${what}: got ${show(actual).slice(0, 500)}, expected ${show(expected).slice(0, 500)}`,
      );
  }

  async all(steps) {
    this.statement = await this.db.prepare(
      "update t set s = ?, n = ? where rowid = ?",
    );
    const acts = [
      ...TOGETHER,
      "insertMany",
      "search",
      "search",
      "transactionThatFails",
      "savepoints",
      "together",
      this.isAsync ? "together" : "nest",
      this.isAsync ? "together" : "nest",
    ];
    for (this.step = 0; this.step < steps; this.step++) {
      await this[this.pick(acts)]();
      await this.count();
    }
    for (const rowid of [...this.rows.keys()].slice(0, 50))
      this.same(await this.t.get(rowid), this.expectedRow(rowid), "get");
  }
}

/** The acts that are one call each. */
const TOGETHER = [
  "insert",
  "insertMany",
  "insertManyThatFails",
  "delete",
  "update",
  "get",
  "count",
  "search",
  "search",
  "searchMany",
];
const AT_ONCE = [...TOGETHER, "searchThatIsAborted"];

spec("model: both clients against plain arrays", async ({ api, env }) => {
  const seed = Number(env.seed ?? 1 + (Date.now() % 1e9));
  const location = env.location?.();
  for (const [client, place] of [
    [api, ":memory:"],
    [api, location],
    [env.client, ":memory:"],
  ]) {
    if (!client || !place) continue;
    const db = await client.open(place);
    const isAsync = client === env.client;
    const run = new Run(db, await db.vss0("t", COLUMNS), { seed, isAsync });
    try {
      await run.all(env.long ? 2000 : 80);
    } finally {
      await db.close();
    }
    if (place === location) await env.remove(location);
  }
});
