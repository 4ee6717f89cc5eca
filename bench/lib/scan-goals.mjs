// The goals of queries without a search: ratios to an ordinary table, within one run.
import { BESIDE, goal, ms, number, OURS, select } from "./lines.mjs";

/** Each question beside the same question of an ordinary table. */
function questions(lines) {
  const scans = select(lines, { suite: "scans" });
  return select(scans, { engine: OURS }).map((line) => {
    const [other] = select(scans, { engine: BESIDE, what: line.what });
    return {
      ...line,
      other_ms: other.median_ms,
      times: line.median_ms / other.median_ms,
    };
  });
}

/** The slowest of the questions whose names begin in one of these ways. */
function slowest(lines, heading, starts, most) {
  const found = questions(lines)
    .filter(({ what }) => starts.some((start) => what.startsWith(start)))
    .sort((a, b) => b.times - a.times);
  const [at] = found;
  return goal(
    heading,
    `at most ${most} x`,
    at?.times,
    (x) =>
      `${number(x)} x (${at.what}: ${ms(at.median_ms)}, ${ms(at.other_ms)})`,
    (x) => x <= most && found.every((line) => line.right),
  );
}

/** @param {any[]} lines of a run */
export const scanGoals = (lines) => [
  slowest(
    lines,
    "count(*) where one or two columns are compared, against an ordinary table with an index",
    ["count"],
    1.5,
  ),
  slowest(
    lines,
    "group by one or two columns, against an ordinary table with an index",
    ["group by", "facets"],
    1.5,
  ),
  slowest(lines, "join by the rowid against its CROSS JOIN", ["join"], 1.2),
  slowest(
    lines,
    "read, update and delete by a text id, against an ordinary table",
    ["read by", "update by", "delete by"],
    1.5,
  ),
];
