// Entry for pages: the same API with every method asynchronous, the database being in a dedicated
// Worker of its own. The page never waits, and "opfs:" works.
import { createClient } from "../worker/client.js";

export * from "../api/plain-exports.js";

export const { init, open } = createClient({
  // Written out so that bundlers find the Worker's file.
  start: () =>
    new Worker(new URL("./worker-thread.js", import.meta.url), {
      type: "module",
    }),
  // Written so that they do not find it a second time.
  address: () => new URL(["worker-thread", "js"].join("."), import.meta.url),
});
