// How long untrusted SQL runs inside one call of a function, or in one instruction of SQLite's
// machine. The deadline is 200 ms.
//
//   node tests/js/worst-calls.mjs [word in the call's name]     after npm run build
//
// First the calls of lib/worst-calls.js, then each function that the connection has with the
// longest arguments: of these, the ones that run past the deadline and the ten that ask last.
// "unasked" is the longest time of the processor between two questions whether to go on, which a
// busy machine does not change.
import {
  OTHERS,
  QUADRATIC,
  TABLES,
  callEach,
  errorOf,
} from "./lib/worst-calls.js";
import { open } from "../../dist/index.node.js";

const DEADLINE_MS = 200;
const word = process.argv[2] ?? "";

async function openTables() {
  const maker = await open();
  maker.exec(TABLES);
  const bytes = maker.serialize();
  maker.close();
  return await open(bytes, { untrusted: true, deadline: DEADLINE_MS });
}

/** How long the call took, how long it asked nobody, and how it ended. */
function measure(db, sql, ...parameters) {
  const { now } = Date;
  let asked = process.cpuUsage();
  let unasked = 0;
  const look = () => {
    const { user, system } = process.cpuUsage(asked);
    asked = process.cpuUsage();
    unasked = Math.max(unasked, (user + system) / 1000);
  };
  // A question is a look at the clock.
  Date.now = () => (look(), now());
  const from = performance.now();
  const error = errorOf(db, sql, ...parameters);
  const ms = performance.now() - from;
  look();
  Date.now = now;
  const end = error ? `${error.code} ${error.message}` : "answered";
  return { ms, unasked, end };
}

function print(name, { ms, unasked, end }) {
  const late = Math.max(0, ms - DEADLINE_MS)
    .toFixed(0)
    .padStart(4);
  console.log(
    `${name.padEnd(30)} ${ms.toFixed(0).padStart(6)} ms, ${late} late, ${unasked.toFixed(0).padStart(3)} unasked   ${end.slice(0, 70)}`,
  );
}

for (const [name, sql] of Object.entries({ ...QUADRATIC, ...OTHERS })) {
  if (!name.includes(word)) continue;
  const db = await openTables();
  print(name, measure(db, sql));
  db.close();
}

const db = await openTables();
const slowest = new Map();
let calls = 0;
callEach(db, 990_000, (sql, argument, name) => {
  if (!name.includes(word)) return;
  const now = measure(db, sql, argument);
  calls++;
  if (now.unasked > (slowest.get(name)?.unasked ?? 0)) slowest.set(name, now);
});
const ordered = [...slowest].sort(([, a], [, b]) => b.unasked - a.unasked);
console.log(
  `\n${slowest.size} functions, ${calls} calls; the longest unasked:`,
);
for (const [i, [name, call]] of ordered.entries())
  if (i < 10 || call.ms > DEADLINE_MS) print(name, call);
db.close();
