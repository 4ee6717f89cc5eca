// init() and open(). Where the module and the files come from depends on the runtime, so that each
// entry tells createApi().
import { Capi } from "../module/capi.js";
import { connect } from "./database.js";
import { checkOptions, checkText, describe } from "../module/errors.js";
import { VssError } from "../module/vss-error.js";
import { isUint8s, tagOf } from "../module/kinds.js";
import { loadModule } from "../module/load.js";
import { Kernels } from "../module/relaxed.js";
import { checkOpenOptions, OPEN_OPTIONS } from "./open-options.js";
import { SQLITE } from "../module/sqlite-codes.js";
import { noStore } from "../module/vfs.js";

/**
 * @import * as contract from '../entries/index.js'
 * @import { createApi as createApiContract, Platform } from '../entries/core.js'
 * @import { Store } from '../module/vfs.js'
 */

const KNOWN = ["file", "opfs"];

/** @param {string} location */
function refuseLocation(location) {
  const name = location.replace(/^[a-z]+:/i, "");
  return new TypeError(
    `open: ${describe(location)} is not a location, expected ":memory:", "file:${name}", "opfs:${name}" or the bytes of a database`,
  );
}

/**
 * @param {string} location
 * @param {Platform} platform
 * @param {{ readonly: boolean, create: boolean }} how
 */
async function openStore(location, platform, how) {
  if (location === ":memory:")
    return { store: platform.store?.() ?? noStore, path: ":memory:" };
  const [, scheme, rest] = /^([a-z]+):([^]*)$/i.exec(location) ?? [];
  if (!KNOWN.includes(scheme)) throw refuseLocation(location);
  if (rest === "") throw new TypeError(`open: "${location}" names no file`);
  const opener = platform.schemes?.[scheme];
  if (!opener) {
    const why = platform.missing?.[scheme] ?? "not available in this runtime";
    throw new VssError(`open: "${scheme}:" locations: ${why}`, {
      errcode: SQLITE.CANTOPEN,
    });
  }
  return opener(rest, how);
}

/**
 * @param {Promise<WebAssembly.Module>} module
 * @param {Kernels} kernels
 * @param {Store} store closed also when this fails
 * @param {contract.OpenOptions} options
 * @param {{ location: string, path: string, bytes?: Uint8Array }} place
 */
async function connectIn(module, kernels, store, options, place) {
  try {
    checkText(place.location, "open: location");
    const how = { ...checkOpenOptions(options), ...place };
    const main = await module;
    const relaxed = await kernels.moduleFor(main);
    const capi = await Capi.create(main, store, relaxed);
    return connect(capi, how);
  } catch (error) {
    store.close();
    throw error;
  }
}

/** @type {typeof createApiContract} */
export function createApi(platform) {
  const kernels = new Kernels(platform.relaxed?.());
  /** @type {Promise<WebAssembly.Module> | undefined} */
  let loading;

  /** @param {contract.WasmSource} [wasm] */
  async function load(wasm) {
    const attempt = (loading ??= loadModule(
      wasm ?? platform.wasm(),
      platform.readFile,
    ));
    try {
      return await attempt;
    } catch (error) {
      // The next call tries again.
      if (loading === attempt) loading = undefined;
      throw error;
    }
  }

  /** @param {contract.InitOptions} [options] */
  async function init(options) {
    const { wasm, simd } = checkOptions(options, ["wasm", "simd"], "init");
    if (simd !== undefined) kernels.choose(simd);
    await load(wasm);
  }

  /**
   * @param {unknown} [at]
   * @param {contract.OpenOptions} [options]
   */
  async function open(at = ":memory:", options) {
    const given = checkOptions(options, OPEN_OPTIONS, "open");
    const isData = isUint8s(at) || tagOf(at) === "ArrayBuffer";
    if (typeof at !== "string" && !isData)
      throw new TypeError(
        `open: location is ${describe(at)}, expected a string or bytes`,
      );
    // Copied before the first await: the caller may go on using them.
    const view = isData && new Uint8Array(/** @type {any} */ (at));
    const bytes = view ? new Uint8Array(view) : undefined;
    const location = isData ? ":memory:" : checkText(at, "open: location");
    const how = checkOpenOptions(given);
    const module = load(given.wasm);
    await module;
    const { store, path } = await openStore(location, platform, how);
    return connectIn(module, kernels, store, how, { location, path, bytes });
  }

  /**
   * A database in a store of the caller's own, which is closed with it.
   * @param {string} location what `db.location` says
   * @param {Store} store
   * @param {contract.OpenOptions} options
   */
  async function openIn(location, store, options) {
    const path = location.slice(location.indexOf(":") + 1);
    const module = load(options.wasm);
    return connectIn(module, kernels, store, options, { location, path });
  }

  return { init, open, openIn };
}
