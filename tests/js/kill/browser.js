// In the page: killRounds(times, seed) runs Workers that commit into an OPFS database and
// terminates them. In a Worker: commits until it is terminated, or verifies.
const inWorker = typeof document === "undefined";

async function inside({ location, task, reported }) {
  const [{ open }, { verify, work }] = await Promise.all([
    import("/dist/index.js"),
    import("./workload.js"),
  ]);
  const db = await open(location);
  if (task === "verify") {
    // Reports that were on their way when the Worker ended are lost.
    const last = verify(db, reported, Infinity);
    db.close();
    return { last };
  }
  db.exec("pragma cache_size = 4");
  return work(db, (n) => globalThis.postMessage({ n }));
}

if (inWorker) {
  globalThis.onmessage = async ({ data }) => {
    try {
      globalThis.postMessage(await inside(data));
    } catch (error) {
      globalThis.postMessage({ error: `${error.stack ?? error}` });
    }
  };
} else {
  const start = () =>
    new Worker(new URL("./browser.js", import.meta.url), { type: "module" });

  /**
   * Let a Worker commit, terminate it some milliseconds after its first commit; gives the last one
   * it reported.
   */
  const commitAndTerminate = (location, before, ms) =>
    new Promise((done, fail) => {
      const worker = start();
      let last = before;
      let timer;
      worker.onmessage = ({ data: { n, error } }) => {
        if (error) return fail(new Error(error));
        last = n;
        timer ??= setTimeout(() => {
          worker.terminate();
          done(last);
        }, ms);
      };
      worker.onerror = (event) => fail(new Error(event.message));
      worker.postMessage({ location, task: "work" });
    });

  const verifyIn = (location, reported) =>
    new Promise((done, fail) => {
      const worker = start();
      worker.onmessage = ({ data: { last, error } }) => {
        worker.terminate();
        if (error) fail(new Error(error));
        else done(last);
      };
      worker.postMessage({ location, task: "verify", reported });
    });

  globalThis.verifyIn = verifyIn;
  globalThis.startWorking = (location) => {
    const worker = start();
    globalThis.lastCommit = 0;
    worker.onmessage = ({ data: { n } }) => (globalThis.lastCommit = n);
    worker.postMessage({ location, task: "work" });
  };
  globalThis.killRounds = async (times, seed) => {
    const { randomNumbers } = await import("../lib/harness.js");
    const random = randomNumbers(seed);
    const location = `opfs:kill-${seed}.db`;
    let last = 0;
    for (let i = 0; i < times; i++) {
      const reported = await commitAndTerminate(location, last, random() * 100);
      last = await verifyIn(location, reported);
    }
    return last;
  };
}
