// Runs the specs in a browser: in the page itself or in a dedicated Worker. This file is loaded by
// both.
const inWorker = typeof document === "undefined";

async function run(filter) {
  const [api, { runSpecs }] = await Promise.all([
    import("/dist/index.js"),
    import("./harness.js"),
    import("../specs/all.js"),
  ]);
  const wasm = new Uint8Array(
    await (await fetch("/dist/vss.wasm")).arrayBuffer(),
  );
  // Some browsers have it and refuse it (WebKitGTK here, private windows): then one spec looks at
  // how that is said.
  const hasOpfs = await navigator.storage.getDirectory().then(
    () => true,
    () => false,
  );
  let next = 1;
  const prefix = `spec-${Date.now()}-`;
  const env = {
    runtime: inWorker ? "browser worker" : "browser page",
    wasm,
    text: await import("/dist/text.js"),
    async relaxed() {
      const response = await fetch("/dist/vss-relaxed.wasm");
      const bytes = new Uint8Array(await response.arrayBuffer());
      return bytes.length > 8 && WebAssembly.validate(bytes)
        ? WebAssembly.compile(bytes)
        : undefined;
    },
    client: inWorker ? undefined : await import("/dist/worker.js"),
    freshApi: async () =>
      (await import("/dist/core.js")).createApi({ wasm: () => wasm }),
    hasOpfs,
    gc: globalThis.collectGarbage,
    realm: inWorker
      ? undefined
      : () =>
          document.body.appendChild(document.createElement("iframe"))
            .contentWindow,
    source: `${location.origin}/source`,
    location: () =>
      inWorker && hasOpfs ? `opfs:${prefix}${next++}.db` : undefined,
    /** The same for the worker client. */
    clientLocation: () => (hasOpfs ? `opfs:${prefix}${next++}.db` : undefined),
    async remove(location) {
      const root = await navigator.storage.getDirectory();
      const name = location.slice("opfs:".length);
      for await (const key of root.keys())
        if (key.startsWith(name))
          await root.removeEntry(key, { recursive: true });
    },
  };
  return runSpecs({ api, env }, filter);
}

if (inWorker) {
  globalThis.onmessage = async ({ data }) => {
    try {
      globalThis.postMessage(await run(data));
    } catch (error) {
      globalThis.postMessage([
        {
          name: "load",
          status: "failed",
          ms: 0,
          detail: String(error?.stack ?? error),
        },
      ]);
    }
  };
} else {
  globalThis.runIn = (where, filter) => {
    if (where === "page") return run(filter);
    const worker = new Worker(new URL("./browser.js", import.meta.url), {
      type: "module",
    });
    return new Promise((done, fail) => {
      worker.onmessage = ({ data }) => done(data);
      worker.onerror = (event) =>
        fail(new Error(event.message ?? "the worker could not start"));
      worker.postMessage(filter);
    }).finally(() => worker.terminate());
  };
}
