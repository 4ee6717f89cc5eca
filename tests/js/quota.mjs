// OPFS with its quota used up, in Chromium: SQLITE_FULL, nothing lost, and the database goes on
// once there is room.
//
//   node tests/js/quota.mjs        VSS_DIST: the package's folder; CHROMIUM
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "./lib/server.mjs";

const here = new URL(".", import.meta.url).pathname;
const dist = resolve(process.env.VSS_DIST ?? join(here, "../../dist"));
const server = await serve({
  "/dist": dist,
  "/page": () => "<!doctype html><title>quota</title>",
});
const profile = mkdtempSync(join(tmpdir(), "vss-quota-"));
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  args: ["--no-sandbox"],
});
try {
  const page = await context.newPage();
  await page.goto(`${server.origin}/page`);
  const devtools = await context.newCDPSession(page);
  const quota = (quotaSize) =>
    devtools.send("Storage.overrideQuotaForOrigin", {
      origin: server.origin,
      quotaSize,
    });
  await quota(3 << 20);
  const filled = await page.evaluate(async () => {
    const { open } = await import("/dist/worker.js");
    const db = (globalThis.db = await open("opfs:quota.db"));
    const table = await db.vss0("t", { v: 256 });
    let rows = 0;
    try {
      for (;;)
        rows += await table.insertMany({
          v: new Float32Array(256 * 100).fill(rows),
        });
    } catch (error) {
      const check = await (await db.prepare("pragma integrity_check")).get();
      return {
        rows,
        code: error.code,
        message: error.message,
        count: await table.count,
        check,
        busy: await db.inTransaction,
      };
    }
  });
  assert.equal(filled.code, "SQLITE_FULL", filled.message);
  assert.deepEqual([filled.count, filled.busy], [filled.rows, false]);
  assert.equal(filled.check.integrity_check, "ok");
  assert.ok(filled.rows > 0);
  await quota(100 << 20);
  const more = await page.evaluate(async () => {
    const table = await globalThis.db.vss0("t");
    await table.insertMany({ v: new Float32Array(256 * 500).fill(-1) });
    await globalThis.db.close();
    const { open } = await import("/dist/worker.js");
    const again = await open("opfs:quota.db");
    const hits = await (
      await again.vss0("t")
    ).search(new Float32Array(256).fill(-1), { k: 3 });
    return {
      count: await (await again.vss0("t")).count,
      nearest: hits.map((hit) => hit.distance),
    };
  });
  assert.deepEqual(more, { count: filled.rows + 500, nearest: [0, 0, 0] });
  console.log(
    `quota: ${filled.rows} rows fitted, then SQLITE_FULL ("${filled.message}"), then 500 more with more room`,
  );
} finally {
  await context.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
