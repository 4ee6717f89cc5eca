// js/module/sqlite-codes.js says what sqlite3.h of the pinned SQLite says.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { OPEN, SQLITE, codeName } from "../../js/module/sqlite-codes.js";

const folder =
  process.env.VSS_SQLITE_DIR ??
  fileURLToPath(new URL("../../build/deps/sqlite", import.meta.url));
const header = join(folder, "sqlite3.h");
const skip = existsSync(header) ? false : `${header} is not there`;

/** The number of a #define: "5", "0x00000004", or "(SQLITE_IOERR | (3<<8))". */
function valueOf(text, name) {
  const found = new RegExp(`^#define SQLITE_${name}\\s+([^/\\n]+)`, "m").exec(
    text,
  );
  assert.ok(found, `sqlite3.h defines SQLITE_${name}`);
  const extended = /\(SQLITE_(\w+) *\| *\((\d+)<<8\)\)/.exec(found[1]);
  return extended
    ? valueOf(text, extended[1]) + Number(extended[2]) * 256
    : Number(found[1]);
}

test("result codes and flags have SQLite's values", { skip }, () => {
  const text = readFileSync(header, "utf8");
  for (const [name, code] of Object.entries(SQLITE))
    assert.equal(code, valueOf(text, name), name);
  for (const [name, flag] of Object.entries(OPEN))
    assert.equal(flag, valueOf(text, `OPEN_${name}`), `OPEN_${name}`);
});

test("a code goes by its own name, else by its primary code's", () => {
  assert.equal(codeName(1555), "SQLITE_CONSTRAINT_PRIMARYKEY");
  assert.equal(codeName(SQLITE.IOERR + 77 * 256), "SQLITE_IOERR");
  assert.equal(codeName(200), "SQLITE_ERROR");
});
