// What the stores' tests do until the power is cut, and what must be found afterwards. This file
// knows no store.
//
// Commit n adds row n to `log` and to a vss0 table, in one database or in two at once. Afterwards
// every acknowledged commit must be there. The commit under way may be there, and nothing else is.
import { equal, ok } from "../lib/harness.js";

const SCHEMA = `create table log(n integer primary key, note text);
  create virtual table vectors using vss0(v(2))`;

/** The commits' journal modes in turn: each change of mode removes what the one before has left. */
export const MODES = ["delete", "wal", "delete", "truncate", "persist", "wal"];

export class Workload {
  /** The last commit that was acknowledged. */ done = 0;
  #db;
  #schemas;

  /**
   * @param {any} db
   * @param {string[]} schemas "main", and what is attached
   */
  constructor(db, schemas) {
    this.#db = db;
    this.#schemas = schemas;
  }

  begin() {
    for (const schema of this.#schemas)
      this.#db.exec(
        SCHEMA.replace("table log", `table ${schema}.log`).replace(
          "table vectors",
          `table ${schema}.vectors`,
        ),
      );
    // Pages reach the file amid transactions too.
    this.#db.exec("pragma cache_size = 3");
  }

  /** @param {string} mode */
  setMode(mode) {
    for (const schema of this.#schemas)
      equal(
        this.#db
          .prepare(`pragma ${schema}.journal_mode = ${mode}`)
          .pluck()
          .get(),
        mode,
      );
  }

  commit() {
    const n = this.done + 1;
    this.#db.transaction(() => {
      for (const schema of this.#schemas) {
        this.#db
          .prepare(`insert into ${schema}.log values (?, ?)`)
          .run(n, "x".repeat((n * 7919) % 3000));
        this.#db
          .prepare(`insert into ${schema}.vectors(rowid, v) values (?, ?)`)
          .run(n, new Float32Array([n, -n]));
        if (n % 4 === 0)
          this.#db
            .prepare(`update ${schema}.log set note = ? where n < ?`)
            .run(`changed by ${n}`, n);
      }
    })();
    this.done = n;
  }
}

/** The notes after commit n. */
const noteOf = (row, n) => {
  const changed = n - (n % 4);
  return row < changed
    ? `changed by ${changed}`
    : "x".repeat((row * 7919) % 3000);
};

/**
 * The content is that after commit `from`, or after one up to `to`; gives which.
 * @param {any} db
 * @param {string} schema
 * @param {number} from
 * @param {number} to
 */
export function verify(db, schema, from, to) {
  equal(db.prepare(`pragma ${schema}.integrity_check`).pluck().all(), ["ok"]);
  const has = db
    .prepare(
      `select count(*) from ${schema}.sqlite_schema where name in ('log', 'vectors')`,
    )
    .pluck()
    .get();
  if (has < 2) {
    equal(from, 0, "a database without its tables");
    return 0;
  }
  const rows = db
    .prepare(`select n, note from ${schema}.log order by n`)
    .raw()
    .all();
  const n = rows.length;
  ok(
    n >= from && n <= to,
    `commit ${from} was acknowledged, ${n} found in ${schema}`,
  );
  equal(
    rows,
    Array.from({ length: n }, (_, i) => [i + 1, noteOf(i + 1, n)]),
  );
  const near = db
    .prepare(
      `select rowid, distance from ${schema}.vectors where vss_search(v, '[1,-1]') limit 1000`,
    )
    .raw()
    .all();
  equal(
    near,
    Array.from({ length: n }, (_, i) => [i + 1, 2 * i * i]),
  );
  return n;
}
