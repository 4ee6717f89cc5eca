/**
 * A database that stays: in the origin's private file system (OPFS) where the browser has one, else
 * as a snapshot in IndexedDB, else in memory. It also says in words which of these it is, and why.
 */

import { open } from "vss-wasm";

/**
 * @typedef {"opfs" | "indexeddb" | "memory"} Kind
 * @typedef {{ db: import("vss-wasm").Database, kind: Kind, why: string, save: () => Promise<void>,
 *   forget: () => Promise<void> }} Kept
 */

/**
 * @param {string} name of the database
 * @param {Kind} [only] the first kind to try; each falls back to the next
 * @returns {Promise<Kept>}
 */
export async function openKept(name, only = "opfs") {
  let why = "";
  if (only === "opfs") {
    try {
      return await openOpfs(name);
    } catch (error) {
      why = reason(error);
      // Another tab owns the file, so this tab must not save a snapshot of its own beside it.
      if (await isHeldElsewhere(error))
        return inMemory(
          `This database is open in another tab. Here it lives in memory until the tab is closed.`,
        );
    }
  }
  if (only !== "memory") {
    try {
      return await openSnapshot(name, why);
    } catch (error) {
      why = [why, reason(error)].filter(Boolean).join(" ");
    }
  }
  return inMemory(why);
}

const reason = (error) => String(error?.message ?? error);

async function isHeldElsewhere(error) {
  return /another tab|locked|in use|busy/i.test(
    `${error?.code} ${error?.message}`,
  );
}

async function openOpfs(name) {
  const db = await open(`opfs:${name}`);
  return {
    db,
    kind: "opfs",
    why: "",
    save: async () => {},
    forget: async () => {},
  };
}

async function inMemory(why) {
  return {
    db: await open(":memory:"),
    kind: "memory",
    why,
    save: async () => {},
    forget: async () => {},
  };
}

const STORE = "databases";

function request(make) {
  return new Promise((resolve, reject) => {
    const asked = make();
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function openSnapshot(name, why) {
  if (!globalThis.indexedDB)
    throw new Error("This browser has no IndexedDB either.");
  const shelf = await request(() => {
    const asked = indexedDB.open("vss-demo", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    return asked;
  });
  const store = (mode) => shelf.transaction(STORE, mode).objectStore(STORE);
  const bytes = await request(() => store("readonly").get(name));
  const db = await open(bytes ?? ":memory:");
  return {
    db,
    kind: "indexeddb",
    why,
    save: () =>
      request(() => store("readwrite").put(db.serialize(), name)).then(
        () => {},
      ),
    forget: () => request(() => store("readwrite").delete(name)).then(() => {}),
  };
}
