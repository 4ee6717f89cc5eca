// What vss-wasm/worker exports: open() starts a Worker and gives the page's end of a database in
// it.
import { OPEN_OPTIONS } from "../api/open-options.js";
import { checkOptions, describe } from "../module/errors.js";
import { tagOf } from "../module/kinds.js";
import { Kernels } from "../module/relaxed.js";
import { AsyncDatabase } from "./async-database.js";
import { AsyncStatement } from "./async-statement.js";
import { AsyncVssTable } from "./async-vss-table.js";
import { Line } from "./line.js";
import { adopt, mirror } from "./remote.js";
import { startWorker } from "./start.js";

/** @import * as contract from '../entries/worker.js' */

/** The page's classes, by the names of those that they stand for. */
const CLASSES = {
  Database: AsyncDatabase,
  Statement: AsyncStatement,
  VssTable: AsyncVssTable,
};

/**
 * What a Worker can be sent: addresses are made absolute here, where they are meant.
 * @param {any} source
 */
async function sendable(source) {
  const given = await source;
  const tag = tagOf(given);
  if (typeof given === "string" || tag === "URL")
    return new URL(given, globalThis.location?.href).href;
  return tag === "Response" ? given.arrayBuffer() : given;
}

/**
 * init() and open() over Workers.
 * @param {import('./start.js').Own} own the Worker's file of this package
 * @returns {Pick<typeof contract, 'init' | 'open'>}
 */
export function createClient(own) {
  /** @type {contract.WasmSource | undefined} */
  let defaultWasm;
  /** @type {contract.InitOptions["simd"]} */
  let chosenSimd;
  /** @type {import('./start.js').WorkerSource | undefined} */
  let defaultWorker;
  // The page and its Workers are one engine, and so the page knows what they have.
  const kernels = new Kernels();

  /** @type {typeof contract.init} */
  async function init(options) {
    const known = ["wasm", "simd", "worker"];
    const { wasm, simd, worker } = checkOptions(options, known, "init");
    if (simd !== undefined) {
      kernels.choose(simd);
      chosenSimd = simd;
    }
    if (worker !== undefined) defaultWorker = worker;
    if (wasm !== undefined) defaultWasm = await sendable(wasm);
  }

  /** @type {typeof contract.open} */
  async function open(at, options) {
    const known = [...OPEN_OPTIONS, "worker"];
    const { worker: source, ...given } = checkOptions(options, known, "open");
    if (given.stop !== undefined)
      throw new TypeError(
        "open: stop cannot go to a Worker; use interrupt(), a signal or a deadline",
      );
    if (typeof Worker !== "function")
      throw new Error(
        'vss-wasm/worker: this runtime has no Worker; import "vss-wasm" instead',
      );
    const { onBuild, onProgress, from } = given;
    for (const [name, value] of Object.entries({ onBuild, onProgress }))
      if (value !== undefined && typeof value !== "function")
        throw new TypeError(
          `open: ${name} is ${describe(value)}, expected a function`,
        );
    const isAddress = typeof from === "string" || tagOf(from) === "URL";
    if (from !== undefined && !isAddress)
      throw new TypeError(
        `open: from is ${describe(from)}, expected an address: nothing else can go to a Worker`,
      );
    if (tagOf(at) === "URL") at = /** @type {any} */ (String(at));
    const wasm =
      (await sendable(given.wasm)) ?? defaultWasm ?? (await own.wasm?.());
    const isInMemory = typeof at !== "string" || !/^(file|opfs):/i.test(at);
    const { worker, explain } = startWorker(source ?? defaultWorker, own);
    const line = new Line(worker, CLASSES, isInMemory, explain);
    try {
      line.told = { onBuild, onProgress };
      // A function cannot be sent; that there is one can.
      const how = {
        ...given,
        ...(wasm !== undefined && { wasm }),
        ...(isAddress && { from: await sendable(from) }),
        onBuild: onBuild !== undefined,
        onProgress: onProgress && true,
      };
      const { interrupted } = line;
      const args = [at, how, interrupted, chosenSimd];
      const { value } = await line.ask(0, "open", args);
      mirror(CLASSES, value.classes);
      return adopt(value.database, line);
    } catch (error) {
      line.end(/** @type {Error} */ (error));
      throw error;
    }
  }

  return { init, open };
}
