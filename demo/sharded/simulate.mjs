// Simulates the time of a search over many shards, which the slowest shard decides. Prints the
// tables of docs/scale.md.
//   node demo/sharded/simulate.mjs
import { seededRandom } from "../encoder/matrix.js";

const random = seededRandom(11);
const TRIALS = 4000;
const ROWS_PER_SHARD = 200_000;
/**
 * Milliseconds: the scan of a shard of 200,000 x 384, and a hop between machines of data centres.
 */
const SCAN_MS = 10;
const HOP_MS = 4;

/**
 * A log-normal wait: most are near the median, and one in a hundred is about five times as long.
 */
function hop() {
  const normal =
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return HOP_MS * Math.exp(0.7 * normal);
}

/** One search over `shards`, through a tree of routers that each ask at most `fan` others. */
function search(shards, fan) {
  if (shards === 1) return hop() + SCAN_MS;
  const children = Math.min(fan, shards);
  let slowest = 0;
  for (let i = 0; i < children; i++) {
    const below =
      Math.floor(((i + 1) * shards) / children) -
      Math.floor((i * shards) / children);
    slowest = Math.max(
      slowest,
      below === 1 ? hop() + SCAN_MS : hop() + search(below, fan),
    );
  }
  return slowest;
}

function quantiles(shards, fan) {
  const trials = Math.max(40, Math.min(TRIALS, Math.floor(2_000_000 / shards)));
  const times = Array.from({ length: trials }, () => search(shards, fan)).sort(
    (a, b) => a - b,
  );
  return [0.5, 0.99].map((q) => times[Math.floor(q * (trials - 1))]);
}

console.log(
  "rows            shards   fan-out   median     99 %   hits merged (k = 10)",
);
for (const rows of [
  200_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
]) {
  const shards = Math.ceil(rows / ROWS_PER_SHARD);
  // A Worker may ask some hundreds of objects in one request. For more, routers stand in between.
  const fan = shards <= 250 ? shards : Math.ceil(Math.sqrt(shards));
  const [median, slow] = quantiles(shards, fan);
  const cells = [
    rows.toLocaleString("en").padStart(13),
    String(shards).padStart(8),
    String(fan).padStart(9),
    `${median.toFixed(0)} ms`.padStart(8),
    `${slow.toFixed(0)} ms`.padStart(8),
    (shards * 10).toLocaleString("en").padStart(8),
  ];
  console.log(cells.join(" "));
}
