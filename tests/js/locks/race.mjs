// Processes that take and leave one lock, and now and then die with it: never do two have it.
//
//   node tests/js/locks/race.mjs [acquisitions] [seed]      default 2000; the long run: 100000
//
// The holder of the lock also creates a file of its own beside it. A file that already
// exists there must be of a process that died.
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockFile } from "../../../js/files/lock-node.js";
import { randomNumbers } from "../lib/harness.js";

const PROCESSES = 6;
/** How often one dies with the lock, and how often it only reads. */
const DEATHS = 0.002;
const READS = 0.1;
const [, script, first, second = String(Date.now() % 1e6), folder = ""] =
  process.argv;

/** Field 22 of /proc/<pid>/stat: a pid is used again, and soon where many processes die. */
const startOf = (/** @type {string | number} */ pid) => {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return /[ZX]/.test(fields[0]) ? undefined : fields[19];
  } catch {
    return undefined;
  }
};

/** The other processes that are in the lock now, by the files that they put there. */
function othersInside(inside) {
  return fs.readdirSync(inside).filter((name) => {
    const [, pid, started] = name.split("-");
    return pid !== String(process.pid) && startOf(pid) === started;
  });
}

/** One process: until it is killed, or kills itself. */
function compete(seed) {
  const random = randomNumbers(seed);
  const path = join(folder, "x.db");
  const inside = join(folder, "inside");
  for (;;) {
    const readonly = random() < READS;
    let lock;
    try {
      lock = lockFile(path, fs.statSync(path, { bigint: true }), readonly);
    } catch (/** @type {any} */ error) {
      if (error.code !== "SQLITE_BUSY") throw error;
      Atomics.wait(
        new Int32Array(new SharedArrayBuffer(4)),
        0,
        0,
        random() * 4,
      );
      continue;
    }
    const mine = join(
      inside,
      `${readonly ? "r" : "w"}-${process.pid}-${startOf(process.pid)}`,
    );
    fs.writeFileSync(mine, "");
    const others = othersInside(inside).filter(
      (name) => !readonly || name.startsWith("w"),
    );
    if (others.length > 0) fs.writeSync(1, `DOUBLE ${mine} ${others}\n`);
    if (random() < DEATHS) process.kill(process.pid, "SIGKILL");
    fs.unlinkSync(mine);
    lock.unlock();
    fs.writeSync(1, "+\n");
  }
}

/** Start processes and replace the dead, until all acquisitions are made. */
async function supervise() {
  const [wanted, seed] = [Number(first ?? 2000), Number(second)];
  const place = fs.mkdtempSync(
    join(fs.existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "vss-race-"),
  );
  fs.writeFileSync(join(place, "x.db"), "");
  fs.mkdirSync(join(place, "inside"));
  let [acquired, doubles, deaths, started] = [0, 0, 0, 0];
  const began = Date.now();
  const running = new Set();
  await new Promise((done) => {
    const begin = () => {
      const child = spawn(
        process.execPath,
        [script, "compete", String(seed + 7919 * ++started), place],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      running.add(child);
      child.stdout.on("data", (chunk) => {
        const text = String(chunk);
        acquired += text.split("+").length - 1;
        if (text.includes("DOUBLE")) {
          doubles++;
          if (doubles < 10) console.log(text);
        }
        if (acquired >= wanted) done(undefined);
      });
      child.on("close", () => {
        running.delete(child);
        if (acquired >= wanted) return;
        deaths++;
        begin();
      });
    };
    for (let i = 0; i < PROCESSES; i++) begin();
  });
  const ends = [...running].map(
    (child) => new Promise((end) => child.on("close", end)),
  );
  for (const child of running) child.kill("SIGKILL");
  await Promise.all(ends);
  // Whoever comes last finds the lock free, and nothing of the dead remains.
  const path = join(place, "x.db");
  lockFile(path, fs.statSync(path, { bigint: true }), false).unlock();
  const left = fs
    .readdirSync(place)
    .filter((name) => name.includes("-vss-lock-"));
  fs.rmSync(place, { recursive: true });
  console.log(
    `race: ${acquired} acquisitions, ${deaths} deaths with the lock, ${doubles} double owners, ${left.length} claims left, ${Math.round((Date.now() - began) / 1000)} s; seed ${seed}`,
  );
  if (doubles > 0 || left.length > 0) process.exitCode = 1;
}

if (first === "compete") compete(Number(second));
else await supervise();
