// js/module/sqlite-codes.js says what sqlite3.h of the pinned SQLite says.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { OPEN, SQLITE, codeName } from "../../js/module/sqlite-codes.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
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

test("a code goes by its own name, else by its primary code's", async () => {
  assert.equal(codeName(SQLITE.READONLY_DBMOVED), "SQLITE_READONLY_DBMOVED");
  assert.equal(codeName(200), "SQLITE_ERROR");
  // The module names the codes that SQLite gives: all of them here, from a copy of its table.
  const table = readFileSync(join(root, "wasm/code_names.c"), "utf8");
  const named = [...table.matchAll(/NAMED\(SQLITE_(\w+)\)/g)].map(
    ([, name]) => name,
  );
  assert.ok(named.length > 50);
  for (const name of Object.keys(SQLITE).filter(
    (name) => !["ROW", "DONE"].includes(name),
  ))
    assert.ok(named.includes(name), name);
  const module = new WebAssembly.Module(
    readFileSync(join(root, "dist/vss.wasm")),
  );
  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module))
    if (kind === "function") (imports[from] ??= {})[name] = () => 0;
  const { exports } = new WebAssembly.Instance(module, imports);
  const nameOf = (code) => {
    const at = exports.vss_js_code_name(code);
    const bytes = new Uint8Array(exports.memory.buffer);
    return String.fromCharCode(...bytes.subarray(at, bytes.indexOf(0, at)));
  };
  assert.equal(nameOf(1555), "SQLITE_CONSTRAINT_PRIMARYKEY");
  assert.equal(nameOf(SQLITE.IOERR + 77 * 256), "SQLITE_IOERR");
  assert.equal(nameOf(200), "SQLITE_ERROR");
});
