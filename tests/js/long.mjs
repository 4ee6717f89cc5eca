// The specs that repeat something, repeated more often than npm test has time for. In Node.
//
//   node --expose-gc tests/js/long.mjs [word in a spec's name ...]
//
// Without a word it runs the specs of leaks, memory and interrupts.
//
// A million calls, a thousand databases in memory and as many in files; memory that ends at 100
// points of each operation, and at 110 sizes of the module's. At the end, no file is open and no
// instance is kept.
import { readdirSync, readlinkSync } from "node:fs";

const words = process.argv.slice(2);
/** What this process has open, by descriptor: Node's own pipes and events have no path. */
function openFiles() {
  const folder = "/proc/self/fd";
  const open = [];
  for (const fd of process.platform === "linux" ? readdirSync(folder) : []) {
    try {
      const path = readlinkSync(`${folder}/${fd}`);
      if (path.startsWith("/") && !path.startsWith("/dev/"))
        open.push(`${fd} ${path}`);
    } catch {
      // The descriptor of the folder itself.
    }
  }
  return open;
}

process.env.VSS_LONG = "1";
const before = openFiles();
for (const word of words.length ? words : ["leaks", "memory", "interrupt"]) {
  process.argv[2] = word;
  // Each time a new copy of the module, since it runs when it is loaded.
  await import(`./run-node.mjs?${word}`);
}
const left = openFiles().filter((file) => !before.includes(file));
globalThis.gc?.();
await new Promise((done) => setTimeout(done, 200));
globalThis.gc?.();
const { external, arrayBuffers, rss } = process.memoryUsage();
const mb = (/** @type {number} */ bytes) => Math.round(bytes / 1e6);
console.log(
  `long: ${left.length} files left open, ${mb(external + arrayBuffers)} MB outside of the heap, ${mb(rss)} MB resident`,
);
if (left.length) {
  console.log(left.join("\n"));
  process.exitCode = 1;
}
