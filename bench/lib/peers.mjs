// This engine beside its peers: one row per peer, from the largest table of 384 dimensions on which
// the two took turns.
import { BEFORE, number, OURS, select } from "./lines.mjs";

// Nobody could use these instead: our own other builds, and two loops that set a pace.
const NOT_PEERS = [
  OURS,
  BEFORE,
  "vss-wasm, baseline SIMD",
  "one pass over 8-bit codes",
  "vss0.so (native)",
  "streaming read",
  "float scan (native)",
];
const PLACES = { page: "a Chromium page", node: "Node" };

/** "6.9 ms against 82 ms: 12 x"; "-" where one of the two was not measured. */
const times = (ours, theirs) =>
  ours && theirs
    ? `${number(ours.median_ms)} ms against ${number(theirs.median_ms)} ms: **${number(theirs.median_ms / ours.median_ms)} x**`
    : "-";

/** Whether the answers were right: the worst recall, and the case in which it was measured. */
function answersOf(lines) {
  const compared = lines.filter(({ recall }) => recall !== undefined);
  if (compared.length === 0) return "not compared";
  const worst = compared.reduce((a, b) => (b.recall < a.recall ? b : a));
  if (worst.recall === 1) return "right in every case";
  const part = `${Number((100 * worst.selectivity).toPrecision(3))} %`;
  const where = worst.filter ? `a filter that leaves ${part}` : "no filter";
  return `recall down to ${worst.recall.toFixed(2)}, at ${where}`;
}

function peerRow(searches, engine, place) {
  const theirs = select(searches, { engine });
  const n = Math.max(...theirs.map((l) => l.n));
  const [{ data, version }] = select(theirs, { n });
  const [all, some] = [
    { n, data, filter: null, selectivity: 1 },
    { n, data, filter: "r", selectivity: 0.01 },
  ].map((wanted) =>
    times(
      select(searches, { engine: OURS, ...wanted })[0],
      select(theirs, wanted)[0],
    ),
  );
  return [
    `${engine} ${version}`.trim(),
    place,
    n.toLocaleString("en"),
    all,
    some,
    answersOf(select(theirs, { n })),
  ];
}

/**
 * @param {any[]} lines of a run
 * @returns {string[][]} peer, place, rows, without a filter, with a filter that leaves 1 %, answers
 */
export function peerRows(lines) {
  return Object.entries(PLACES).flatMap(([suite, place]) => {
    const searches = select(lines, { suite, what: "search", d: 384, k: 10 });
    return [...new Set(searches.map((l) => l.engine))]
      .filter((engine) => !NOT_PEERS.includes(engine))
      .map((engine) => peerRow(searches, engine, place));
  });
}
