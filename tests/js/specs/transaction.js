// transaction(): all or nothing; a nested one is a savepoint; a promise is refused.
import { equal, ok, spec, throws } from "../lib/harness.js";

async function counter(api) {
  const db = await api.open();
  db.exec("create table t(v)");
  const insert = db.prepare("insert into t values (?)");
  const values = () => db.prepare("select v from t order by v").pluck().all();
  return { db, insert: (v) => insert.run(v), values };
}

spec(
  "transaction: commits, passes arguments and this, gives the result",
  async ({ api }) => {
    const { db, insert, values } = await counter(api);
    const add = db.transaction(function (a, b) {
      ok(db.inTransaction, "inside");
      insert(a);
      insert(b);
      return this.name;
    });
    equal(add.call({ name: "me" }, 1, 2), "me");
    equal(values(), [1, 2]);
    ok(!db.inTransaction, "outside");
    for (const kind of ["deferred", "immediate", "exclusive"])
      add[kind].call({}, kind, kind);
    equal(values().length, 8);
    db.close();
  },
);

spec("transaction: an error takes everything back", async ({ api }) => {
  const { db, insert, values } = await counter(api);
  const add = db.transaction(() => {
    insert(1);
    throw new Error("no");
  });
  throws(add, { message: "no" });
  equal(values(), []);
  ok(!db.inTransaction, "over");
  db.close();
});

spec("transaction: nested ones are savepoints", async ({ api }) => {
  const { db, insert, values } = await counter(api);
  const inner = db.transaction((v, fail) => {
    insert(v);
    if (fail) throw new Error("inner");
  });
  db.transaction(() => {
    insert(1);
    inner(2, false);
    throws(() => inner(3, true), { message: "inner" });
    ok(db.inTransaction, "the outer one goes on");
    insert(4);
  })();
  equal(values(), [1, 2, 4]);
  db.close();
});

spec("transaction: one that failed leaves no savepoint", async ({ api }) => {
  const { db, insert, values } = await counter(api);
  const failing = db.transaction((v, then) => {
    insert(v);
    then?.();
    throw new Error("undo");
  });
  const fails = (v, then) =>
    throws(() => failing(v, then), { message: "undo" });
  db.transaction(() => {
    insert(1);
    // The middle one takes back its own row, although the inner one was taken back before.
    fails(2, () => fails(3));
    insert(4);
    throws(() => db.exec("release vss"), { message: "no such savepoint: vss" });
  })();
  equal(values(), [1, 4]);
  db.close();
});

spec("transaction: refuses promises", async ({ api }) => {
  const { db, insert, values } = await counter(api);
  throws(() => db.transaction(async () => 1), {
    name: "TypeError",
    message: "must not return a promise",
  });
  const sneaky = db.transaction(() => {
    insert(1);
    return Promise.reject(new Error("unseen"));
  });
  throws(sneaky, { name: "TypeError", message: "must not return a promise" });
  equal(values(), []);
  throws(() => db.transaction(1), {
    name: "TypeError",
    message: "the function is 1, expected a function",
  });
  db.close();
});

spec("transaction: one that SQLite rolled back by itself", async ({ api }) => {
  const { db, insert, values } = await counter(api);
  db.exec(
    "create table u(a unique on conflict rollback); insert into u values (1)",
  );
  const fail = db.transaction(() => {
    insert(1);
    db.exec("insert into u values (1)");
  });
  throws(fail, { code: "SQLITE_CONSTRAINT_UNIQUE" });
  equal(values(), []);
  db.close();
  throws(fail, { name: "VssError", message: "this database is closed" });
});
