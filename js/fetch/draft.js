// What all places have in common where copies are made.

const RETRY_MS = 100;

/** The names beside a database: its copy while it is made, and what the server said of it. */
export const besideOf = (/** @type {string} */ name) => ({
  draft: `${name}-vss-download`,
  note: `${name}-vss-source`,
});

/** The error where there is a database by now that may not be replaced. */
export const appeared = () =>
  new Error("somebody else has created it meanwhile");

/**
 * What `open` gives, once nobody else has it open.
 * @template T
 * @param {() => T | undefined} open throws SQLITE_BUSY, or gives nothing, where it is to be tried
 *   again
 * @returns {Promise<T>}
 */
export async function whenFree(open) {
  for (;;) {
    try {
      const opened = open();
      if (opened !== undefined) return opened;
    } catch (error) {
      if (/** @type {any} */ (error).code !== "SQLITE_BUSY") throw error;
    }
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
}
