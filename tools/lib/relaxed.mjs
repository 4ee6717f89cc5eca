// Builds vss-relaxed.wasm, the kernels of wasm/relaxed.
//
// Emscripten of Debian 12 does not know the relaxed instructions, and so clang 19 compiles them by
// itself. It only compiles (-c), and the linker is called apart: a clang that links runs wasm-opt
// where it finds one, and Debian 12's breaks these instructions.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { capture, fail, root, versions } from "./run.mjs";

const major = versions.minimum.clang;
const clang = `clang-${major}`;
const linker = `wasm-ld-${major}`;

/** An empty module: what the entry for workerd imports where the kernels were not built. */
const EMPTY = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

export async function hasRelaxedTools() {
  const found = await Promise.all(
    [clang, linker].map((name) => capture(name, ["--version"])),
  );
  return found.every(({ ok }) => ok);
}

/** The bytes, and whether they have the kernels. */
export async function buildRelaxed(build) {
  if (!(await hasRelaxedTools())) return { bytes: EMPTY, built: false };
  mkdirSync(build, { recursive: true });
  const object = join(build, "relaxed.o");
  const file = join(build, "vss-relaxed.wasm");
  // -O2 gives the same loops as -O3, and less around them.
  const steps = [
    [
      clang,
      ...["--target=wasm32", "-std=c11", "-O2", "-ffreestanding"],
      ...["-msimd128", "-mrelaxed-simd", "-ffp-contract=off"],
      ...["-Wall", "-Wextra", "-Werror", `-I${join(root, "src")}`],
      ...["-c", join(root, "wasm/relaxed/bounds.c"), "-o", object],
    ],
    [
      linker,
      ...["--no-entry", "--import-memory", "--strip-all", "-z", "stack-size=0"],
      ...["--export=vss_bounds_block_u4_relaxed", object, "-o", file],
    ],
  ];
  for (const [command, ...args] of steps) {
    const { ok, output } = await capture(command, args);
    if (!ok) fail(`build: ${command} ${args.join(" ")} failed:\n${output}`);
  }
  return { bytes: readFileSync(file), built: true };
}

/** A number as wasm writes it: seven bits per byte, the lowest first. */
const leb128 = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb128(n >>> 7)]);

/** The main module with these kernels in its custom section "vss-relaxed". */
export function withRelaxed(main, { bytes, built }) {
  if (!built) return main;
  const name = Buffer.from("vss-relaxed");
  const head = [...leb128(name.length), ...name];
  return Buffer.concat([
    main,
    Buffer.from([0, ...leb128(head.length + bytes.length), ...head]),
    bytes,
  ]);
}
