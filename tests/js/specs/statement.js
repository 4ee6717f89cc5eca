// prepare(), run, get, all, iterate, raw, pluck, columns, finalize.
import { equal, ok, spec, throws } from "../lib/harness.js";

async function people(api) {
  const db = await api.open();
  db.exec(`create table people(id integer primary key, name text, born date);
    insert into people values (1, 'Ada', '1815-12-10'), (2, 'Alan', '1912-06-23'), (3, 'Grace', '1906-12-09')`);
  return db;
}

spec("statement: run, get, all", async ({ api }) => {
  const db = await people(api);
  equal(
    db.prepare("update people set name = upper(name) where id > ?").run(1),
    { changes: 2, lastInsertRowid: 3 },
  );
  equal(db.prepare("select name from people where id = ?").get(2), {
    name: "ALAN",
  });
  equal(db.prepare("select name from people where id = ?").get(9), undefined);
  equal(db.prepare("select id, name from people order by id limit 2").all(), [
    { id: 1, name: "Ada" },
    { id: 2, name: "ALAN" },
  ]);
  equal(db.prepare("select * from people where 0").all(), []);
  equal(
    db
      .prepare("insert into people(name) values (?) returning id")
      .get("Edsger"),
    { id: 4 },
  );
  db.close();
});

spec("statement: parameters by position and by name", async ({ api }) => {
  const db = await people(api);
  equal(db.prepare("select ? + ?").pluck().get(1, 2), 3);
  equal(db.prepare("select ? + ?").pluck().get([1, 2]), 3);
  equal(db.prepare("select ?2 - ?1").pluck().get(1, 5), 4);
  const named = db.prepare("select :a || @b || $c").pluck();
  equal(named.get({ a: "x", b: "y", c: "z" }), "xyz");
  equal(named.get({ ":a": "x", "@b": "y", $c: "z" }), "xyz");
  throws(() => named.get({ a: 1, b: 2 }), {
    name: "TypeError",
    message: "parameter $c has no value",
  });
  throws(() => named.get({ a: 1, b: 2, c: 3, d: 4 }), {
    name: "TypeError",
    message: 'unknown parameter "d"',
  });
  throws(() => db.prepare("select :first").get({ frist: 1 }), {
    name: "TypeError",
    message: 'did you mean "first"?',
  });
  throws(() => db.prepare("select ?").get({ a: 1 }), {
    name: "TypeError",
    message: "no named parameters",
  });
  throws(() => db.prepare("select ?").get(), {
    name: "RangeError",
    message: "got 0 values, the statement has 1 parameters",
  });
  throws(() => db.prepare("select ?").get(1, 2), {
    name: "RangeError",
    message: "got 2 values",
  });
  throws(() => db.prepare("select 1").get(1), { name: "RangeError" });
  db.close();
});

spec(
  "statement: values of one run do not stay for the next",
  async ({ api }) => {
    const db = await people(api);
    const statement = db.prepare("select :a");
    statement.get({ a: 1 });
    throws(() => statement.get({}), {
      name: "TypeError",
      message: "parameter :a has no value",
    });
    db.close();
  },
);

spec("statement: iterate", async ({ api }) => {
  const db = await people(api);
  const statement = db.prepare("select name from people order by id").pluck();
  equal([...statement.iterate()], ["Ada", "Alan", "Grace"]);
  const given = db.prepare("select ? as a, ? as b");
  equal([...given.iterate(1, "x")], [{ a: 1, b: "x" }]);
  equal([...given.iterate([2, "y"])], [{ a: 2, b: "y" }]);
  for (const name of statement.iterate()) {
    equal(name, "Ada");
    throws(() => statement.get(), {
      name: "VssError",
      message: "this statement is being iterated",
    });
    break;
  }
  equal(statement.get(), "Ada");
  const rows = statement.iterate();
  rows.next();
  db.close();
  throws(() => rows.next(), {
    name: "VssError",
    message: "this database is closed",
  });
});

spec(
  "statement: an error in the middle of an iteration ends it",
  async ({ api }) => {
    const db = await people(api);
    db.function("fail_at", (id, at) => {
      if (id === at) throw new Error("that one");
      return id;
    });
    const statement = db
      .prepare("select fail_at(id, 2) from people order by id")
      .pluck();
    const rows = statement.iterate();
    equal(rows.next(), { done: false, value: 1 });
    throws(() => rows.next(), { name: "VssError", message: "that one" });
    equal(rows.next().done, true);
    throws(() => statement.all(), { message: "that one" });
    db.close();
  },
);

spec("statement: raw and pluck", async ({ api }) => {
  const db = await people(api);
  const statement = db.prepare(
    "select id, name from people order by id limit 1",
  );
  equal(statement.raw().get(), [1, "Ada"]);
  equal(statement.pluck().get(), 1);
  equal(statement.pluck(false).get(), { id: 1, name: "Ada" });
  throws(() => db.prepare("delete from people").raw(), {
    name: "TypeError",
    message: "gives no rows",
  });
  throws(() => statement.raw(1), { name: "TypeError" });
  db.close();
});

spec("statement: columns and properties", async ({ api }) => {
  const db = await people(api);
  const statement = db.prepare(
    "select id, name as who, 1 + 1 as two from people",
  );
  equal(statement.columns(), [
    {
      name: "id",
      column: "id",
      table: "people",
      database: "main",
      type: "INTEGER",
    },
    {
      name: "who",
      column: "name",
      table: "people",
      database: "main",
      type: "TEXT",
    },
    { name: "two", column: null, table: null, database: null, type: null },
  ]);
  ok(statement.readonly && statement.reader, "a query");
  const change = db.prepare("delete from people");
  ok(!change.readonly && !change.reader, "a change");
  equal(statement.sql, "select id, name as who, 1 + 1 as two from people");
  ok(statement.database === db, "database");
  db.close();
});

spec("statement: columns that appear later", async ({ api }) => {
  const db = await people(api);
  const statement = db.prepare("select * from people where id = 1");
  equal(Object.keys(statement.get()), ["id", "name", "born"]);
  db.exec("alter table people add column note default 'x'");
  equal(Object.keys(statement.get()), ["id", "name", "born", "note"]);
  db.exec("alter table people rename column name to title");
  equal(Object.keys(statement.all()[0]), ["id", "title", "born", "note"]);
  db.close();
});

spec("statement: a column called __proto__ is a column", async ({ api }) => {
  const db = await api.open();
  const row = db.prepare('select 1 as "__proto__", 2 as x').get();
  equal(Object.getPrototypeOf(row), Object.prototype);
  equal(Object.entries(row), [
    ["__proto__", 1],
    ["x", 2],
  ]);
  db.close();
});

spec("statement: one statement, and only one", async ({ api }) => {
  const db = await api.open();
  throws(() => db.prepare(""), {
    name: "TypeError",
    message: "holds no SQL statement",
  });
  throws(() => db.prepare("-- nothing\n;"), {
    name: "TypeError",
    message: "holds no SQL statement",
  });
  throws(() => db.prepare("select 1; select 2"), {
    name: "TypeError",
    message: "use exec()",
  });
  throws(() => db.prepare("select 1; nonsense"), {
    name: "TypeError",
    message: "use exec()",
  });
  equal(db.prepare("select 1; -- a comment\n;;").pluck().get(), 1);
  throws(() => db.prepare("select 1\0 drop"), {
    name: "TypeError",
    message: "NUL character at offset 8",
  });
  throws(() => db.prepare(1), {
    name: "TypeError",
    message: "sql is 1, expected a string",
  });
  db.close();
});

spec("statement: errors tell the code and the place", async ({ api }) => {
  const db = await people(api);
  throws(() => db.prepare("select nme from people"), {
    name: "VssError",
    code: "SQLITE_ERROR",
    errcode: 1,
    offset: 7,
    message: "no such column: nme",
  });
  throws(() => db.prepare("select 'ü👍', nme from people"), { offset: 14 });
  throws(() => db.prepare("insert into people values (1, 'x', '')").run(), {
    code: "SQLITE_CONSTRAINT_PRIMARYKEY",
    errcode: 1555,
  });
  db.exec("create table u(a unique not null check (a <> 5))");
  db.exec("insert into u values (1)");
  throws(() => db.exec("insert into u values (1)"), {
    code: "SQLITE_CONSTRAINT_UNIQUE",
    message: "UNIQUE constraint failed: u.a",
  });
  throws(() => db.exec("insert into u values (null)"), {
    code: "SQLITE_CONSTRAINT_NOTNULL",
  });
  const error = throws(() => db.exec("insert into u values (5)"), {
    code: "SQLITE_CONSTRAINT_CHECK",
  });
  ok(error instanceof api.VssError && error instanceof Error, "its class");
  equal(error.errstr, "constraint failed");
  db.close();
});

spec("statement: finalized or closed, it says so", async ({ api }) => {
  const db = await people(api);
  const statement = db.prepare("select 1");
  statement.finalize();
  statement.finalize();
  throws(() => statement.get(), {
    name: "VssError",
    message: "this statement is finalized",
  });
  const other = db.prepare("select 1");
  db.close();
  throws(() => other.all(), {
    name: "VssError",
    message: "this database is closed",
  });
  other.finalize();
});
