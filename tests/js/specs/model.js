// Random operations against plain arrays: inserts in every form, updates, deletes, transactions
// that fail, and searches with every operator. Both clients, in memory and in storage.
import { randomNumbers, show, spec } from "../lib/harness.js";

const COLUMNS = { e: 2, s: "text", n: "integer" };
const TEXTS = ["", "a", "ab", "B", "日本", "a%", "x\0y", "5", null];

/** What a condition keeps; SQL's comparisons with NULL keep nothing. */
const KEEP = {
  eq: (a, b) => (b === null ? a === null : a !== null && a === b),
  ne: (a, b) => (b === null ? a !== null : a !== null && a !== b),
  gt: (a, b) => a !== null && a > b,
  gte: (a, b) => a !== null && a >= b,
  lt: (a, b) => a !== null && a < b,
  lte: (a, b) => a !== null && a <= b,
  in: (a, list) => list.includes(a),
  notIn: (a, list) => !list.includes(a) && (a !== null || list.length === 0),
  isNull: (a, b) => (a === null) === b,
};

class Run {
  /** @type {Map<number, any>} */ rows = new Map();

  constructor(db, t, random) {
    Object.assign(this, { db, t, random });
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
  /** The vector in one of the forms that the API takes. */
  form(e) {
    return e && this.pick([e, new Float32Array(e), `[${e}]`]);
  }

  async insert() {
    const row = this.row();
    const id = await this.t.insert({ ...row, e: this.form(row.e) });
    this.rows.set(id, row);
  }

  async insertMany() {
    const count = this.pick([0, 1, 3, 999, 1000, 1001]);
    const rows = Array.from({ length: count }, () => this.row());
    const ids = new Set();
    while (ids.size < count) ids.add(this.freeRowid());
    const rowids = [...ids];
    let done;
    if (this.int(2)) {
      const list = rows.map((row, i) => ({
        rowid: rowids[i],
        ...row,
        e: this.form(row.e),
      }));
      done = await this.t.insertMany(this.int(2) ? list : new Set(list));
    } else {
      for (const row of rows) row.e ??= [0, 0];
      done = await this.t.insertMany({
        rowids: this.int(2) ? rowids : BigInt64Array.from(rowids, BigInt),
        e: this.int(2)
          ? Float32Array.from(rows.flatMap((row) => row.e))
          : rows.map((row) => row.e),
        s: rows.map((row) => row.s),
        n: rows.map((row) => row.n),
      });
    }
    this.same(done, count, "insertMany");
    rows.forEach((row, i) => this.rows.set(rowids[i], row));
  }

  async insertManyThatFails() {
    const rows = Array.from({ length: this.pick([1, 1500, 1500]) }, () =>
      this.row(),
    );
    const at = this.pick([this.int(rows.length), rows.length - 1]);
    const isVector = this.int(2);
    rows[at] = { ...rows[at], ...(isVector ? { e: [1, 2, 3] } : { n: NaN }) };
    let message = "no error";
    await (async () => this.t.insertMany(rows))().catch(
      (error) => (message = error.message),
    );
    this.same(
      message,
      `row ${at}: ${isVector ? "vss0 t.e: vector has 3 components, expected 2" : "n is NaN, which SQL cannot hold (use null)"}`,
      "row",
    );
  }

  async updateOrDelete() {
    const id = this.pick([...this.rows.keys()]) ?? 1;
    if (this.int(2)) {
      this.same(await this.t.delete(id), this.rows.delete(id), "delete");
      return;
    }
    const row = this.row();
    const statement = await this.db.prepare(
      "update t set s = ?, n = ? where rowid = ?",
    );
    await statement.run(row.s, row.n, id);
    await statement.finalize();
    if (this.rows.has(id))
      this.rows.set(id, { ...this.rows.get(id), s: row.s, n: row.n });
  }

  where() {
    const where = {};
    for (const column of ["s", "n", "rowid"]) {
      if (this.int(3)) continue;
      const value = () =>
        column === "s"
          ? this.pick(TEXTS.slice(0, -1))
          : column === "n"
            ? this.int(40)
            : (this.pick([...this.rows.keys()]) ?? 1);
      const operator = this.pick(
        column === "s"
          ? ["eq", "ne", "in", "notIn", "isNull"]
          : Object.keys(KEEP),
      );
      const list = Array.from(
        { length: this.pick([0, 1, 1, 5, 64, 70]) },
        () => (column !== "rowid" && !this.int(3) ? null : value()),
      );
      where[column] = {
        [operator]:
          operator === "isNull"
            ? !this.int(2)
            : /in$/i.test(operator)
              ? list
              : value(),
      };
    }
    return where;
  }

  async search() {
    const where = this.where();
    const query = [this.int(9), this.int(9)];
    const k = this.pick([0, 1, 5, 5000]);
    const offset = this.int(3) ? 0 : this.int(9);
    const maxDistance = this.int(3) ? undefined : this.int(60);
    const expected = [...this.rows]
      .filter(
        ([rowid, row]) =>
          row.e !== null &&
          Object.entries(where).every(([column, test]) =>
            Object.entries(test).every(([operator, operand]) =>
              KEEP[operator](column === "rowid" ? rowid : row[column], operand),
            ),
          ),
      )
      .map(([rowid, { e, s }]) => ({
        rowid,
        distance: (e[0] - query[0]) ** 2 + (e[1] - query[1]) ** 2,
        s,
      }))
      .filter((hit) => hit.distance <= (maxDistance ?? Infinity))
      .sort((a, b) => a.distance - b.distance || a.rowid - b.rowid)
      .slice(offset, offset + k);
    const hits = await this.t.search(new Float32Array(query), {
      k,
      offset,
      where,
      maxDistance,
      select: ["s"],
    });
    this.same(
      hits,
      expected,
      `search ${show({ where, query, k, offset, maxDistance })}`,
    );
  }

  async transactionThatFails() {
    const before = new Map(this.rows);
    // The synchronous client wants a function that returns no promise.
    const body = this.isAsync
      ? async () => {
          await this.t.insert({ e: [1, 1] });
          await this.t.insertMany([{ e: [2, 2] }]);
          throw new Error("undo");
        }
      : () => {
          this.t.insert({ e: [1, 1] });
          this.t.insertMany([{ e: [2, 2] }]);
          throw new Error("undo");
        };
    let message = "no error";
    await (async () => this.db.transaction(body)())().catch(
      (error) => (message = error.message),
    );
    this.same(message, "undo", "transaction");
    this.rows = before;
  }

  same(actual, expected, what) {
    if (show(actual) !== show(expected))
      throw new Error(
        `seed ${this.seed}, step ${this.step}, ${what}: got ${show(actual).slice(0, 500)}, expected ${show(expected).slice(0, 500)}`,
      );
  }

  async all(seed, isAsync, steps) {
    Object.assign(this, { seed, isAsync });
    const acts = [
      "insert",
      "insertMany",
      "insertManyThatFails",
      "updateOrDelete",
      "updateOrDelete",
      "search",
      "search",
      "search",
      "search",
      "transactionThatFails",
    ];
    for (this.step = 0; this.step < steps; this.step++) {
      await this[this.pick(acts)]();
      this.same(await this.t.count, this.rows.size, "count");
    }
    for (const [rowid, row] of [...this.rows].slice(0, 50))
      this.same(
        await this.t.get(rowid),
        { rowid, ...row, e: row.e && new Float32Array(row.e) },
        "get",
      );
  }
}

spec("model: both clients against plain arrays", async ({ api, env }) => {
  const seed = 1 + (Date.now() % 1e9);
  const location = env.location?.();
  for (const [client, place] of [
    [api, ":memory:"],
    [api, location],
    [env.client, ":memory:"],
  ]) {
    if (!client || !place) continue;
    const db = await client.open(place);
    const run = new Run(db, await db.vss0("t", COLUMNS), randomNumbers(seed));
    try {
      await run.all(seed, client === env.client, env.long ? 2000 : 80);
    } finally {
      await db.close();
    }
    if (place === location) await env.remove(location);
  }
});
