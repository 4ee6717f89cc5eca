// The contract is held: what js/entries/*.d.ts declare is what the package has, and nothing else is
// reachable. `npm run check:types` compares the types (lib/contract.ts); here lies are planted to
// see that it does, and what types cannot say is compared at run time.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const temp = mkdtempSync(join(tmpdir(), "vss-contract-"));
after(() => rmSync(temp, { recursive: true, force: true }));
const read = (path) => readFileSync(join(root, path), "utf8");

/** { status, output } of tsc with these settings. */
function tsc(...args) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), ...args],
    { encoding: "utf8" },
  );
  return { status, output: stdout + stderr };
}

let copies = 0;
/** A copy of js/ and of what checks it, changed: { file: [text, text instead, ...] }. */
function copyWith(changes) {
  const folder = join(temp, `copy-${copies++}`);
  for (const path of ["js", "tests/js/lib/contract.ts", "jsconfig.json"])
    cpSync(join(root, path), join(folder, path), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [path, pairs] of Object.entries(changes)) {
    let text = readFileSync(join(folder, path), "utf8");
    for (let i = 0; i < pairs.length; i += 2) {
      assert.ok(text.includes(pairs[i]), `${path} has ${pairs[i]}`);
      text = text.replace(pairs[i], () => pairs[i + 1]);
    }
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const index = "js/entries/index.d.ts";
const worker = "js/entries/worker.d.ts";
const insertMany = `insertMany<T extends InsertRowOf<T>>(
    rows: Iterable<T> | InsertColumns,
    options?: InsertManyOptions,
  ): number;`;
/** What is planted, and what tsc must say. */
const lies = {
  "a method with other arguments and another result": [
    { [index]: [insertMany, "insertMany(banana: symbol): Date;"] },
    "insertMany: implemented otherwise than it is declared",
  ],
  "a result that is wider": [
    {
      [index]: ["get(id: Id): VssRow | undefined;", "get(id: Id): any;"],
    },
    "get: implemented otherwise than it is declared",
  ],
  "an argument that is wider": [
    { [index]: ["delete(id: Id)", "delete(id: unknown)"] },
    "delete: implemented otherwise than it is declared",
  ],
  "a method that chains, with another argument": [
    { [index]: ["exec(sql: string): this", "exec(sql: number): this"] },
    "exec: implemented otherwise than it is declared",
  ],
  "one of two overloads": [
    {
      [index]: [
        "name: string,\n    fn: (...args: ColumnValue[])",
        "name: string,\n    fn: (...args: symbol[])",
      ],
    },
    "function: implemented otherwise than it is declared",
  ],
  "a generic method": [
    {
      [index]: [
        "prepare<R = Row>(sql: string): Statement<R>",
        "prepare<R = Row>(sql: string): Statement<R[]>",
      ],
    },
    "prepare: implemented otherwise than it is declared",
  ],
  "a method of a statement": [
    {
      [index]: [
        "all(...params: StatementParams): R[]",
        "all(...params: StatementParams): R",
      ],
    },
    "all: implemented otherwise than it is declared",
  ],
  "a method of a collection": [
    {
      "js/entries/text.d.ts": [
        "refresh(options?: AddOptions): Promise<number>",
        "refresh(options?: AddOptions): Promise<string>",
      ],
    },
    "refresh: implemented otherwise than it is declared",
  ],
  "a property that may be written": [
    { [index]: ["readonly inTransaction: boolean", "inTransaction: boolean"] },
    "inTransaction: implemented otherwise than it is declared",
  ],
  "a method that is not there": [
    {
      [index]: [
        "columns(): ColumnInfo[];",
        "columns(): ColumnInfo[];\n  invented(): void;",
      ],
    },
    "invented: declared, and not implemented",
  ],
  "a method that is not declared": [
    { [index]: ["columns(): ColumnInfo[];", ""] },
    "columns: implemented, and not declared",
  ],
  "a method that is only implemented": [
    {
      "js/api/database.js": [
        "  interrupt() {",
        "  invented() {}\n\n  interrupt() {",
      ],
    },
    "invented: implemented, and not declared",
  ],
  "a static method that is only implemented": [
    {
      "js/api/database.js": [
        "  interrupt() {",
        "  static invented() {}\n\n  interrupt() {",
      ],
    },
    "invented",
  ],
  "a function with another result": [
    {
      [index]: [
        "export function decode(bytes: Uint8Array): Floats",
        "export function decode(bytes: Uint8Array): string",
      ],
    },
    "decode: implemented otherwise than it is declared",
  ],
  "a metric that nobody has": [
    { "js/api/search.js": ['"INNER_PRODUCT"', '"INNER_PRODUKT"'] },
    "INNER_PRODUKT",
  ],
  "core: a method of a file that nobody calls": [
    {
      "js/entries/core.d.ts": [
        "truncate(size: number): void;",
        "truncate(size: number): void;\n  invented(): void;",
      ],
    },
    "invented: declared, and not implemented",
  ],
  "worker: a method that is not there": [
    {
      [worker]: [
        "function(): never;",
        "function(): never;\n  invented(): Promise<void>;",
      ],
    },
    "invented: declared, and not implemented",
  ],
  "worker: a mirrored method that is declared otherwise": [
    {
      [worker]: [
        '"facets" | "search"\n> {',
        '"facets" | "search" | "get"\n> {\n  get(id: symbol): Promise<Date>;',
      ],
    },
    "get: implemented otherwise than it is declared",
  ],
  "worker: a method of its own that is declared otherwise": [
    { [worker]: ["interrupt(): void", "interrupt(): Promise<void>"] },
    "interrupt: implemented otherwise than it is declared",
  ],
  "worker: a property that has to be asked for": [
    {
      [worker]: ['"count",\n  "insert"', 'never,\n  "insert"'],
    },
    "count: implemented otherwise than it is declared",
  ],
  "worker: a method that is only implemented": [
    {
      "js/worker/async-database.js": [
        "  interrupt() {",
        "  invented() {}\n\n  interrupt() {",
      ],
    },
    "invented: implemented, and not declared",
  ],
};

test("the contract as it is passes", () => {
  const { status, output } = tsc("-p", join(copyWith({}), "jsconfig.json"));
  assert.equal(status, 0, output);
});

for (const [what, [changes, expected]] of Object.entries(lies)) {
  test(`a planted lie is found: ${what}`, () => {
    const { status, output } = tsc(
      "-p",
      join(copyWith(changes), "jsconfig.json"),
    );
    assert.notEqual(status, 0, "tsc accepts it");
    assert.ok(output.includes(expected), output);
  });
}

/** Members that a class or an interface of a declaration has. */
function membersOf(text, name) {
  const [, body] = new RegExp(
    `^export class ${name}\\b[^{]*\\{\\n([^]*?)^\\}`,
    "m",
  ).exec(text);
  const names = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(<:]/gm)].map(
    ([, member]) => member,
  );
  return [...new Set([...names, "constructor"])].sort();
}

test("objects of the API have what index.d.ts declares, and nothing else", async () => {
  const { open } = await import("../../dist/index.node.js");
  const db = await open();
  const table = db.vss0("t", { v: 2 });
  const statement = db.prepare("select 1");
  for (const [name, object] of Object.entries({
    Database: db,
    Statement: statement,
    VssTable: table,
  })) {
    assert.deepEqual(Reflect.ownKeys(object), [], `${name}: own properties`);
    const prototype = Object.getPrototypeOf(object);
    assert.equal(Object.getPrototypeOf(prototype), Object.prototype);
    const strings = Reflect.ownKeys(prototype).filter(
      (key) => typeof key === "string",
    );
    assert.deepEqual(strings.sort(), membersOf(read(index), name), name);
    const symbols = Reflect.ownKeys(prototype).filter(
      (key) => typeof key === "symbol",
    );
    assert.deepEqual(
      symbols,
      name === "VssTable"
        ? []
        : [Symbol.dispose ?? Symbol.for("Symbol.dispose")],
    );
    const Class = object.constructor;
    assert.deepEqual(Reflect.ownKeys(Class).sort(), [
      "length",
      "name",
      "prototype",
    ]);
    for (const args of [[], [Symbol("key"), {}], [undefined, db]])
      assert.throws(() => new Class(...args), {
        name: "TypeError",
        message: /: only (open|db\.prepare|db\.vss0)\(\) makes /,
      });
  }
  // Whatever a property gives is plain data or one of these objects: no way leads to the module.
  const seen = new Set();
  const visit = (value, path) => {
    if (value === null || typeof value !== "object" || seen.has(value)) return;
    seen.add(value);
    const prototype = Object.getPrototypeOf(value);
    assert.ok(
      [
        Object.prototype,
        Array.prototype,
        ...[db, table, statement].map(Object.getPrototypeOf),
      ].includes(prototype),
      `${path} is a ${prototype?.constructor?.name}`,
    );
    for (
      let from = value;
      from && from !== Object.prototype;
      from = Object.getPrototypeOf(from)
    )
      for (const [key, { get, value: item }] of Object.entries(
        Object.getOwnPropertyDescriptors(from),
      ))
        if (key !== "constructor")
          visit(get ? get.call(value) : item, `${path}.${key}`);
  };
  for (const object of [db, table, statement])
    visit(object, object.constructor.name);
  db.close();
});

/** Values that a declaration exports; "*" takes another declaration along. */
function valuesOf(path) {
  const text = read(path);
  const own = [
    ...text.matchAll(/^export (?:function|class|const) (\w+)/gm),
  ].map(([, name]) => name);
  const named = [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(
    ([, list]) => list.match(/\w+/g),
  );
  const all = [...text.matchAll(/^export \* from "(.*)\.js"/gm)].flatMap(
    ([, from]) => valuesOf(join(dirname(path), `${from}.d.ts`)),
  );
  return [...new Set([...own, ...named, ...all])].sort();
}

test("every entry exports what its declaration says", async () => {
  const entries = ["index", "index.node", "index.workerd", "core", "worker"];
  for (const entry of entries) {
    const { metafile } = await build({
      entryPoints: [join(root, `js/entries/${entry}.js`)],
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      external: ["node:*", "*.wasm"],
      absWorkingDir: root,
    });
    const [output] = Object.values(metafile.outputs);
    const own = `js/entries/${entry}.d.ts`;
    assert.deepEqual(
      output.exports.sort(),
      valuesOf(existsSync(join(root, own)) ? own : index),
      entry,
    );
  }
});

test("Metric names the metrics that the module knows", async () => {
  const { open } = await import("../../dist/index.node.js");
  const [, union] = /export type Metric =([^;]*);/.exec(read(index));
  const metrics = union.match(/"\w+"/g).map((text) => JSON.parse(text));
  const db = await open();
  for (const metric of metrics) {
    const { columns } = db.vss0(`t_${metric}`, {
      v: `${metric === "HAMMING" ? "bit[8]" : "(2)"} metric_type=${metric}`,
    });
    assert.equal(columns[0].metric, metric);
  }
  assert.throws(
    () => db.vss0("t", { v: "(2) metric_type=none" }),
    ({ message }) => {
      // The module lists what it knows.
      assert.deepEqual(
        metrics.filter((metric) => !message.includes(metric)),
        [],
        message,
      );
      return true;
    },
  );
  db.close();
});

/** An application's folder with the package in it; gives tsc's answer. */
function compileUser(name, options, source) {
  const folder = join(temp, name);
  const place = join(folder, "node_modules/vss-wasm");
  mkdirSync(join(place, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(place, "package.json"));
  for (const file of ["index", "core", "worker", "index.workerd"])
    cpSync(
      join(root, `js/entries/${file}.d.ts`),
      join(place, `dist/${file}.d.ts`),
    );
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "use.mts"), source);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        module: "nodenext",
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: [],
        ...options,
      },
      files: ["use.mts"],
    }),
  );
  return tsc("-p", join(folder, "tsconfig.json"));
}

const users = {
  "a page": { lib: ["es2022", "dom"] },
  "a Worker": { lib: ["es2022", "webworker"] },
  "an old target": { target: "es2020" },
  "exact optional properties": {
    target: "es2022",
    exactOptionalPropertyTypes: true,
  },
};
for (const [who, options] of Object.entries(users)) {
  test(`the types compile without @types/node and with skipLibCheck false: ${who}`, () => {
    const source = `
      import { open, type Metric, type VssColumn } from "vss-wasm";
      import { open as openRemote, type AsyncStatement, type AsyncVssTable } from "vss-wasm/worker";
      import { createApi } from "vss-wasm/core";
      import { openDurable } from "vss-wasm/workerd";
      const db = await open("file:a.db");
      const table = db.vss0("t", { v: 2 });
      const metrics: Metric[] = table.columns.flatMap((c: VssColumn) => (c.vector ? [c.metric] : []));
      const remote = await openRemote("opfs:a.db");
      const statement = await (await remote.prepare<{ a: number }>("select 1 as a")).raw();
      for await (const row of statement.iterate(1, 2)) row.length;
      const other: AsyncVssTable = await (await remote.exec("select 1")).vss0("t");
      const n: number = (await other.count) + (await other.insertMany([{ v: [1, 2] }])) + (await other.search([1], { k: 1, signal: new AbortController().signal })).length;
      async function first<T>(statement: AsyncStatement<T>): Promise<T | undefined> {
        return (await statement.all())[0] ?? statement.get();
      }
      // @ts-expect-error: a closed type
      metrics.push("Manhattan");
      // @ts-expect-error: no such method
      remote.invented();
      // @ts-expect-error: it is a promise
      other.get(1).v;
      export { first, createApi, openDurable, n };
    `;
    const { status, output } = compileUser(
      who.replaceAll(" ", "-"),
      options,
      source,
    );
    assert.equal(status, 0, output);
  });
}

test("typesVersions has the types of every entry, as exports do", () => {
  const { exports, typesVersions } = JSON.parse(read("package.json"));
  const types = Object.entries(exports)
    .filter(([name, to]) => name !== "." && to.types)
    .map(([name, to]) => [name.slice("./".length), [to.types]]);
  assert.deepEqual(typesVersions, { "*": Object.fromEntries(types) });
});
