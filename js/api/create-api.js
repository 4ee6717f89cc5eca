// init() and open(). Where the module and the files come from depends on the runtime, so that each
// entry tells createApi().
import { Capi } from "../module/capi.js";
import { connect } from "./database.js";
import { checkOptions, checkText, describe } from "../module/errors.js";
import { VssError } from "../module/vss-error.js";
import { isUint8s, tagOf } from "../module/kinds.js";
import { loadModule } from "../module/load.js";
import { Kernels } from "../module/relaxed.js";
import {
  checkOpenOptions,
  OPEN_OPTIONS,
  SOURCE_OPTIONS,
} from "./open-options.js";
import { SQLITE } from "../module/sqlite-codes.js";
import { noStore } from "../module/vfs.js";

/**
 * @import * as contract from '../entries/index.js'
 * @import { createApi as createApiContract, Keep, Platform } from '../entries/core.js'
 * @import { Tools } from '../fetch/obtain.js'
 * @import { Store } from '../module/vfs.js'
 */

const KNOWN = ["file", "opfs"];

/** @param {string} location */
function refuseLocation(location) {
  const name = location.replace(/^[a-z]+:/i, "");
  return new TypeError(
    `open: ${describe(location)} is not a location, expected ":memory:", "file:${name}", "opfs:${name}", an "https:" address or the bytes of a database`,
  );
}

/**
 * How the database at a location is opened, and how a copy is kept there.
 * @param {string} location
 * @param {Platform} platform
 */
function placeOf(location, platform) {
  if (location === ":memory:")
    return {
      open: () => ({ store: platform.store?.() ?? noStore, path: location }),
      keep: () => undefined,
    };
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
  const keeper = platform.keep?.[scheme] ?? refuseSource;
  return {
    open: (/** @type {Parameters<typeof opener>[1]} */ how) =>
      opener(rest, how),
    keep: () => keeper(rest),
  };
}

/**
 * Fetch the database first, where its source is given.
 * @param {any} given options of open()
 * @param {string} location
 * @param {() => Promise<Keep> | undefined} keep nothing for a database in memory
 * @param {Tools["open"]} open
 */
async function fetchFirst(given, location, keep, open) {
  if (SOURCE_OPTIONS.every((name) => given[name] === undefined)) return;
  const { obtain } = await import("../fetch/obtain.js");
  return obtain(given, location, await keep(), {
    open,
    error: (message, cause) =>
      new VssError(message, { errcode: SQLITE.CANTOPEN, cause }),
  });
}

/** @returns {never} */
function refuseSource() {
  throw new TypeError(
    "open: from: no copy can be kept in this kind of location",
  );
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
    const given = { ...checkOptions(options, OPEN_OPTIONS, "open") };
    const isData = isUint8s(at) || tagOf(at) === "ArrayBuffer";
    const isAddress =
      tagOf(at) === "URL" || (typeof at === "string" && /^https?:/i.test(at));
    if (given.from !== undefined && (isAddress || isData))
      throw new TypeError(
        `open: location is ${describe(at)}, expected ":memory:" or where to keep what comes from ${describe(given.from)}`,
      );
    if (isAddress) [at, given.from] = [":memory:", at];
    if (typeof at !== "string" && !isData)
      throw new TypeError(
        `open: location is ${describe(at)}, expected a string or bytes`,
      );
    // Copied before the first await: the caller may go on using them.
    const view = isData && new Uint8Array(/** @type {any} */ (at));
    const location = isData ? ":memory:" : checkText(at, "open: location");
    const how = checkOpenOptions(given);
    /** @type {Uint8Array | undefined} */
    let bytes = view ? new Uint8Array(view) : undefined;
    const module = load(given.wasm);
    await module;
    const place = placeOf(location, platform);
    /** @type {Tools["open"]} */
    const connected = async (more, other) => {
      const now = { ...how, ...more };
      const { store, path } = other
        ? { store: other, path: "copy" }
        : await place.open(now);
      return connectIn(module, kernels, store, now, { location, path, bytes });
    };
    bytes = (await fetchFirst(given, location, place.keep, connected)) ?? bytes;
    return connected({});
  }

  /**
   * A database in a store of the caller's own, which is closed with it.
   * @param {string} location what `db.location` says
   * @param {Store | (() => Store)} store
   * @param {contract.OpenOptions} options
   * @param {() => Promise<Keep>} [keep] where a copy of a database at an address is kept
   */
  async function openIn(location, store, options, keep = refuseSource) {
    const path = location.slice(location.indexOf(":") + 1);
    const module = load(options.wasm);
    /** @type {Tools["open"]} */
    const connected = async (more, other) => {
      const own = other ?? (typeof store === "function" ? store() : store);
      const how = { ...options, ...more };
      return connectIn(module, kernels, own, how, { location, path });
    };
    await fetchFirst(options, location, keep, connected);
    return connected({});
  }

  return { init, open, openIn };
}
