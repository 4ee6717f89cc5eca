// db.function(): SQL functions written in JavaScript.
import { equal, ok, spec, throws } from "../lib/harness.js";

spec("function: arguments and results of every type", async ({ api }) => {
  const db = await api.open();
  db.function("same", (v) => v);
  const statement = db.prepare(
    "select same(?1) as v, typeof(same(?1)) as type",
  );
  for (const [value, type] of [
    [null, "null"],
    [1, "integer"],
    [1.5, "real"],
    ["é", "text"],
    [2n ** 60n, "integer"],
  ]) {
    equal(statement.get(value), { v: value, type });
  }
  equal(statement.get(new Uint8Array([1, 2])).v, new Uint8Array([1, 2]));
  db.function("void", () => undefined);
  db.function("yes", () => true);
  db.function("vector", () => new Float32Array([1, 2]));
  db.function("no", () => false);
  equal(db.prepare("select void(), yes(), no(), hex(vector())").raw().get(), [
    null,
    1,
    0,
    "0000803F00000040",
  ]);
  db.close();
});

spec("function: number of arguments", async ({ api }) => {
  const db = await api.open();
  db.function("pair", (a, b) => `${a}-${b}`);
  throws(() => db.prepare("select pair(1)"), {
    message: "wrong number of arguments",
  });
  db.function("count_args", { varargs: true }, (...args) => args.length);
  equal(
    db.prepare("select count_args(), count_args(1, 2, 3)").raw().get(),
    [0, 3],
  );
  db.close();
});

spec("function: its error is the cause of the statement’s", async ({ api }) => {
  const db = await api.open();
  const cause = new RangeError("too far");
  db.function("far", () => {
    throw cause;
  });
  const error = throws(() => db.prepare("select far()").get(), {
    name: "VssError",
    message: "too far",
    code: "SQLITE_ERROR",
  });
  ok(error.cause === cause, "cause");
  db.function("later", () => Promise.resolve(1));
  throws(() => db.prepare("select later()").get(), {
    message: "must not return a promise",
  });
  db.function("strange", () => Symbol("x"));
  throws(() => db.prepare("select strange()").get(), {
    message: "the result is a symbol",
  });
  db.function("not_a_number", () => NaN);
  throws(() => db.prepare("select not_a_number()").get(), { message: "NaN" });
  equal(db.prepare("select 1").pluck().get(), 1);
  db.close();
});

spec(
  "function: may use the database, but not what is running",
  async ({ api }) => {
    const db = await api.open();
    db.exec("create table t(v); insert into t values (1), (2)");
    db.function("total", () =>
      db.prepare("select sum(v) from t").pluck().get(),
    );
    equal(db.prepare("select total()").pluck().get(), 3);
    let running;
    db.function("again", () => running.get());
    running = db.prepare("select again()");
    throws(() => running.get(), { message: "this statement is running" });
    db.function("shut", () => db.close());
    throws(() => db.prepare("select shut()").get(), {
      message: "a user function is running",
    });
    db.function("drop_it", () => running.finalize());
    running = db.prepare("select drop_it()");
    throws(() => running.get(), { message: "a user function is running" });
    ok(db.open, "still open");
    db.close();
  },
);

spec("function: options", async ({ api }) => {
  const db = await api.open();
  db.function("plain", () => 1);
  db.exec("create view v as select plain()");
  throws(() => db.prepare("select * from v").get(), {
    message: "unsafe use of plain()",
  });
  db.function("harmless", { deterministic: true, innocuous: true }, (x) => x);
  db.exec(
    "create table t(a); create index i on t(harmless(a)); create view w as select harmless(5) as five",
  );
  equal(db.prepare("select five from w").pluck().get(), 5);
  throws(() => db.function("f", { determinstic: true }, () => 1), {
    name: "TypeError",
    message: 'did you mean "deterministic"?',
  });
  throws(() => db.function("f", 1), {
    name: "TypeError",
    message: "expected a function",
  });
  throws(() => db.function(1, () => 1), {
    name: "TypeError",
    message: "name is 1",
  });
  db.close();
});
