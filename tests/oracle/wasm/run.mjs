// One run of the oracle in WebAssembly, in the engine that runs this file.
//
//   node tests/oracle/wasm/run.mjs baseline|relaxed [options of the oracle]
//
// `relaxed` ends with status 3 where the engine has no relaxed SIMD, or the build no such kernel.
// npm run oracle:kernels calls it.
import { readFileSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";

const build = resolve(new URL("../../../build/wasm", import.meta.url).pathname);
const [simd, ...options] = process.argv.slice(2);
const args = ["oracle", ...options].map((text) => Buffer.from(`${text}\0`));

let instance;
const view = () => new DataView(instance.exports.memory.buffer);

/**
 * What the C library asks for, as WASI has it, and nothing else: node:wasi of Node 20 now and then
 * frees itself in the middle of a run (an assertion of uv_mutex_destroy() ends the process).
 */
const wasi = {
  args_sizes_get(count, size) {
    view().setUint32(count, args.length, true);
    view().setUint32(size, Buffer.concat(args).length, true);
    return 0;
  },
  args_get(starts, at) {
    for (const [i, bytes] of args.entries()) {
      view().setUint32(starts + 4 * i, at, true);
      new Uint8Array(instance.exports.memory.buffer).set(bytes, at);
      at += bytes.length;
    }
    return 0;
  },
  environ_sizes_get(count, size) {
    view().setUint32(count, 0, true);
    view().setUint32(size, 0, true);
    return 0;
  },
  environ_get: () => 0,
  clock_time_get(_clock, _precision, at) {
    view().setBigUint64(at, BigInt(Date.now()) * 1_000_000n, true);
    return 0;
  },
  fd_write(fd, parts, count, written) {
    let size = 0;
    for (let i = 0; i < count; i++) {
      const at = view().getUint32(parts + 8 * i, true);
      const length = view().getUint32(parts + 8 * i + 4, true);
      writeSync(fd, Buffer.from(instance.exports.memory.buffer, at, length));
      size += length;
    }
    view().setUint32(written, size, true);
    return 0;
  },
  fd_close: () => 0,
  fd_seek: () => 29, // ESPIPE: the output is a stream
  fd_read: () => 8, // EBADF
  proc_exit(status) {
    process.exit(status);
  },
};

function instantiate(name, imports) {
  const bytes = readFileSync(join(build, name));
  if (!WebAssembly.validate(bytes)) process.exit(3);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
}

// Files, of which there are none: every such call fails.
const env = new Proxy({}, { get: () => () => -1 });
instance = instantiate("oracle.wasm", { env, wasi_snapshot_preview1: wasi });
if (simd === "relaxed") {
  const side = instantiate("vss-relaxed.wasm", {
    env: { memory: instance.exports.memory },
  });
  instance.exports.__indirect_function_table.set(
    instance.exports.oracle_relaxed_slot(),
    side.exports.vss_bounds_block_u4_relaxed,
  );
  instance.exports.oracle_use_relaxed();
}
instance.exports._start();
