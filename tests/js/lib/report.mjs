// Prints the results of a run of the specs; the last line sums up.
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * @param {string} runtime
 * @param {{ name: string, status: string, ms: number, detail?: string }[]} results
 */
export function report(runtime, results) {
  for (const { name, status, detail } of results) {
    if (status === "failed")
      console.log(
        `FAILED  ${name}\n        ${String(detail).replaceAll("\n", "\n        ")}`,
      );
    if (status === "skipped" && process.env.VERBOSE)
      console.log(`skipped ${name}: ${detail}`);
  }
  const count = (/** @type {string} */ status) =>
    results.filter((result) => result.status === status).length;
  const [passed, failed, skipped] = ["ok", "failed", "skipped"].map(count);
  console.log(
    `${runtime}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
  );
  if (failed || !passed) process.exitCode = 1;
  // One line per runtime, for the table in docs/runtimes.md.
  const file = process.env.VSS_RESULTS;
  if (file) {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(
      file,
      `${JSON.stringify({ runtime, passed, failed, skipped })}\n`,
    );
  }
}
