// What our objects define globally starts with vss_ or is the entry point, vss0.so exports nothing
// except the entry point, and nothing in src/ calls a function that ends the process or prints.
//
//   node tools/check-symbols.mjs [build folder]      default: build/native-release, with vss0 built
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { capture, fail, root } from "./lib/run.mjs";

const build = process.argv[2] ?? join(root, "build/native-release");
const objectFolder = join(build, "CMakeFiles/vss0.dir/src");
const library = join(build, "vss0.so");
if (!existsSync(library))
  fail(`check-symbols: ${relative(root, library)} is not built`);

const entry = "sqlite3_vss_init";
const allowed = (name) =>
  name.startsWith("vss_") || name === entry || name === "sqlite3_api";
const ending =
  /^(abort|_?exit|_Exit|__assert_fail|printf|puts|putchar|fprintf|vfprintf|perror|__(f|v|vf)?printf_chk|stdout|stderr)$/;

/** [{ file, type, name }] as nm lists them. */
async function symbols(args) {
  const { ok, output } = await capture("nm", args);
  if (!ok) fail(`check-symbols: nm ${args.join(" ")} failed:\n${output}`);
  return output
    .split("\n")
    .map((line) =>
      /^(?:(.*?):)?\s*[0-9a-f]*\s*([A-Za-z]) (\S+)$/.exec(line.trim()),
    )
    .filter(Boolean)
    .map(([, file, type, name]) => ({
      file,
      type,
      name: name.replace(/@.*/, ""),
    }));
}

const objects = readdirSync(objectFolder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".o"))
  .map((name) => join(objectFolder, name));
const problems = [];
let count = 0;
for (const object of objects) {
  const name = relative(objectFolder, object).replace(/\.o$/, "");
  for (const symbol of await symbols(["-g", object])) {
    if (symbol.type === "U") {
      if (ending.test(symbol.name))
        problems.push(`${name} uses ${symbol.name}`);
    } else {
      count++;
      if (!allowed(symbol.name))
        problems.push(`${name} defines ${symbol.name} globally`);
    }
  }
}
for (const { name } of await symbols(["-D", "--defined-only", library])) {
  if (name !== entry) problems.push(`vss0.so shows ${name}`);
}
if (problems.length) fail(`check-symbols:\n  ${problems.join("\n  ")}`);
console.log(
  `check-symbols: ${count} global symbols in ${objects.length} objects, all vss_; vss0.so shows ${entry} only`,
);
