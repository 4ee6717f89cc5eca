// What the package writes into the module's memory stays within what it allocated: inside.js has
// guard bytes behind each allocation, and looks at them when it is freed. Texts are the ones that
// are longest in UTF-8: three bytes for each half word.
import { equal, ok, spec, throws } from "../lib/harness.js";
import { openInside } from "../lib/inside.js";

const LONGEST = "日";
const texts = [0, 1, 7, 24, 25, 333, 65_535, 65_536, 65_537].flatMap((n) => [
  LONGEST.repeat(n),
  `${"a".repeat(n)}${LONGEST}`,
  "\u{1F600}".repeat(n / 2),
]);

spec("bounds: texts and bytes wherever they go", async ({ api }) => {
  const { db, inside } = await openInside(() => api.open());
  db.function("echo", (value) => value);
  const echo = db.prepare("select echo(?)").pluck();
  const named = db.prepare("select :a || :b").pluck();
  for (const text of texts) {
    const before = inside.checked;
    equal(echo.get(text), text);
    equal(named.get({ a: text, b: "b" }), `${text}b`);
    equal(db.prepare(`select 1 as "c${text.slice(0, 98)}"`).get(), {
      [`c${text.slice(0, 98)}`]: 1,
    });
    db.exec(`select '${text}'`);
    const bytes = new TextEncoder().encode(text);
    equal(echo.get(bytes), bytes);
    // No character of this SQL has fewer than three bytes.
    throws(() => db.exec(LONGEST.repeat(1 + text.length)), {
      code: "SQLITE_ERROR",
    });
    ok(inside.checked > before, "something was looked at");
  }
  db.close();
});

spec("bounds: chunks of rows", async ({ api }) => {
  const { db, inside } = await openInside(() => api.open());
  const t = db.vss0("t", { e: 3, s: "text", b: "blob", n: "integer" });
  let rowid = 1;
  for (const text of texts) {
    const count = text.length > 1000 ? 2 : 50;
    const rows = Array.from({ length: count }, (_, i) => ({
      rowid: rowid + i,
      e: [i, 2, 3],
      s: text,
      b: new TextEncoder().encode(text.slice(0, i)),
      n: i,
    }));
    const before = inside.checked;
    t.insertMany(rows);
    equal(t.get(rowid).s, text);
    rowid += count;
    t.insertMany({
      rowids: rows.map((_, i) => rowid + i),
      e: new Float32Array(3 * count),
      s: rows.map((row) => row.s),
      b: rows.map((row) => row.b),
    });
    equal(t.get(rowid).s, text);
    rowid += count;
    ok(inside.checked > before, "something was looked at");
  }
  equal(t.count, rowid - 1);
  db.close();
});
