// How long untrusted SQL runs inside one call of a function of SQLite's. The deadline is 200 ms.
//
//   node tests/js/worst-calls.mjs [word in the function's name]     after npm run build
import { LINEAR, QUADRATIC } from "./lib/worst-calls.js";
import { open } from "../../dist/index.node.js";

const DEADLINE_MS = 200;
const word = process.argv[2] ?? "";
for (const [name, sql] of Object.entries({ ...QUADRATIC, ...LINEAR })) {
  if (!name.includes(word)) continue;
  const db = await open(":memory:", { untrusted: true, deadline: DEADLINE_MS });
  const from = performance.now();
  let end = "answered";
  try {
    db.prepare(sql).pluck().get();
  } catch (error) {
    end = `${error.code} ${error.message}`;
  }
  const ms = performance.now() - from;
  const late = Math.max(0, ms - DEADLINE_MS);
  console.log(
    `${name.padEnd(22)} ${ms.toFixed(0).padStart(6)} ms, ${late.toFixed(0).padStart(4)} late   ${end}`,
  );
  db.close();
}
