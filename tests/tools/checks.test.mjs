// The checks of tools/ find what they are made to find: each is given a planted fault.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { countInstructions } from "../../tools/lib/wasm.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const temp = mkdtempSync(join(tmpdir(), "vss-checks-"));
after(() => rmSync(temp, { recursive: true, force: true }));

let folders = 0;
/** Makes a new folder with these files, and gives its path. */
function folderWith(files) {
  const folder = join(temp, String(folders++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** { status, output } of one of the tools. */
function tool(name, ...args) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "tools", name), ...args],
    { encoding: "utf8" },
  );
  return { status, output: stdout + stderr };
}

function refused(result, ...texts) {
  assert.equal(result.status, 1, result.output);
  for (const text of texts)
    assert.ok(result.output.includes(text), result.output);
}

// A module with one function of this body: (module (memory 1) (func (export "f") ...)).
function moduleOf(body) {
  const code = [0, ...body, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0], // one type: no parameters, no results
    ...[3, 2, 1, 0], // one function of it
    ...[5, 3, 1, 0, 1], // one memory of a page
    ...[7, 5, 1, 1, 0x66, 0, 0], // exported as f
    ...[10, code.length + 2, 1, code.length, ...code],
  ]);
}

// A small tree of its own for each test: three layers, of which the two lowest are pure.
const layers = { "layers.txt": "base\nindex\nsqlite\nvss0\n" };

test("check-layers: an include that goes up", () => {
  const folder = folderWith({
    ...layers,
    "base/base.h": "",
    "base/topk.h": '#include "base/base.h"\n',
    "base/bitmap.c": '#include "base/topk.h"\n#include "index/index.h"\n',
    "index/index.h": '#include "base/base.h"\n',
    "top.c": '#include "index/index.h"\n',
    "base/top.c": '#include "top.h"\n',
    "top.h": "",
  });
  refused(
    tool("check-layers.mjs", folder),
    "base/bitmap.c:2 (base) includes index/index.h (index), which is above",
    "base/top.c:1 (base) includes top.h (top), which is above",
  );
});

test("check-layers: an import that goes up", () => {
  const folder = folderWith({
    "layers.txt": "module\nentries\n",
    "module/load.js":
      '/** @import {x} from "../entries/index.js" */\nimport {\n  x,\n} from "../entries/index.js";\n',
    "module/late.js": 'const it = await import("../entries/index.js");\n',
    "entries/index.js": 'import "../module/load.js";\nexport const x = 1;\n',
  });
  const result = tool("check-layers.mjs", folder);
  refused(
    result,
    "module/load.js:4 (module) includes entries/index.js (entries), which is above",
    "module/late.js:1 (module) includes entries/index.js (entries), which is above",
  );
  assert.ok(!result.output.includes("load.js:1"), result.output);
});

test("check-layers: SQLite, SIMD and Emscripten where they do not belong", () => {
  const folder = folderWith({
    ...layers,
    "base/codec.c": '#include "sqlite3.h"\n',
    "base/metric.c": "#include <wasm_simd128.h>\n",
    "vss0/table.c": "#include <emscripten.h>\n",
  });
  refused(
    tool("check-layers.mjs", folder),
    "base/codec.c:1 includes sqlite3.h",
    "base/metric.c:1 includes wasm_simd128.h",
    "vss0/table.c:1 includes emscripten.h",
  );
});

test("check-layers: unknown folders, cycles and calls that end the process", () => {
  const folder = folderWith({
    ...layers,
    "surprise/surprise.c": "",
    "base/codec.h": '#include "base/column.h"\n',
    "base/column.h": '#include "base/codec.h"\n',
    "base/base.c":
      '/* abort() */ const char *s = "exit(1)";\nvoid f(void) { abort(); }\n',
  });
  const result = tool("check-layers.mjs", folder);
  refused(
    result,
    "surprise/surprise.c is in no layer",
    "base/codec.h includes itself",
    "base/base.c:2 calls abort()",
  );
  assert.ok(!result.output.includes("base.c:1"), result.output);
});

test("check-layers: a sound tree passes", () => {
  const folder = folderWith({
    ...layers,
    "base/base.h": "",
    "sqlite/sqlite_api.h": '#include "sqlite3.h"\n',
    "base/codec.h": '#include "base/base.h"\n',
    "vss0/store.c": '#include "sqlite/sqlite_api.h"\n#include "base/codec.h"\n',
  });
  assert.equal(tool("check-layers.mjs", folder).status, 0);
});

test("check-simd: bytes that look like SIMD inside a constant do not count", () => {
  // i32.const whose bytes hold 0xfd; drop
  const folder = folderWith({
    "none.wasm": moduleOf([0x41, 0xfd, 0xfd, 0x01, 0x1a]),
  });
  refused(
    tool("check-simd.mjs", join(folder, "none.wasm")),
    "no SIMD instruction",
  );
});

test("check-simd: SIMD instructions count, their immediates do not", () => {
  // v128.const of sixteen 0xfd; i8x16.extract_lane_u 0xfd & 15; drop
  const body = [0xfd, 12, ...Array(16).fill(0xfd), 0xfd, 22, 13, 0x1a];
  const counts = countInstructions(moduleOf(body));
  assert.deepEqual(
    [...counts.simd],
    [
      [12, 1],
      [22, 1],
    ],
  );
  assert.equal(counts.instructions, 4); // with drop and end
  assert.ok(WebAssembly.validate(moduleOf(body)));
});

test("check-simd: an opcode that is not known is an error", () => {
  assert.throws(
    () => countInstructions(moduleOf([0xff])),
    /unknown opcode 0xff/,
  );
});

test("check-exports: a module that exports something else", () => {
  const folder = folderWith({ "other.wasm": moduleOf([]) });
  refused(
    tool("check-exports.mjs", join(folder, "other.wasm")),
    '"f" is exported, but not listed',
    "the module does not export it",
  );
});

test("check-size: over the budget", () => {
  const folder = folderWith({
    "vss.wasm": Buffer.alloc(1_080_001),
    "index.js": 'import "./big.js";\n',
    "big.js": `// ${Array.from({ length: 9000 }, (_, i) => Math.sin(i).toString(36)).join("")}`,
  });
  refused(
    tool("check-size.mjs", folder),
    "TOO LARGE",
    "index.js and its 1 imports",
  );
});

test("check-comments: the share of a folder's comment lines, and long ones", () => {
  const long = `// ${"x".repeat(98)}`;
  const folder = folderWith({
    "src/base/base.c":
      '/* one\n\n** three */\nint a;\nchar *s = "// no comment";\n',
    "src/base/bare.c": "int b;\n".repeat(10),
    "src/base/base.h": `${long}\n`,
    "tools/tool.mjs":
      "const url = `http://${1}`, pattern = /[/]*x/; // one\nlet a;\n",
    "js/api/wide.js": `${long.slice(1)}\n`.replace("/", "let wide = 1; ///"),
  });
  const result = tool("check-comments.mjs", folder);
  refused(
    result,
    "20.0 % of     15 lines  src/base",
    "src/base/base.h:1 has 101 columns",
    "js/api/wide.js:1 has",
    "2 comment lines are longer than 100 columns",
  );
  assert.ok(!result.output.includes("fewer than"), result.output);
  writeFileSync(join(folder, "src/base/bare.c"), "int b;\n".repeat(11));
  refused(tool("check-comments.mjs", folder), "18.8 %", "fewer than 20 %");
});

test("check-readme: a block that throws, prints something else, or names no script", () => {
  const document = [
    "```js\nthrow new Error('planted');\n```",
    "```js\nconsole.log(1 + 1);\n```\n<!-- prints -->\n```text\n3\n```",
    "```sh\nnpm run no-such-script\n```",
    "<!-- not run: it would throw -->\n```js\nthrow new Error('left out');\n```",
  ].join("\n\n");
  const folder = folderWith({ "doc.md": document });
  const result = tool("check-readme.mjs", join(folder, "doc.md"));
  refused(
    result,
    "planted",
    "printed\n2\nexpected\n3",
    'no script "no-such-script"',
  );
  assert.ok(!result.output.includes("left out"), result.output);
});
