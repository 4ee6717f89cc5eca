// Everything but where the module and the files come from: createApi() takes those, the entries give them.
import { Capi } from "../module/capi.js";
import { Database } from "../api/database.js";
import { checkOptions, describe, VssError } from "../module/errors.js";
import { loadModule } from "../module/load.js";
import { checkOpenOptions, OPEN_OPTIONS } from "../api/open-options.js";
import { SQLITE } from "../module/sqlite-codes.js";
import { noStore } from "../module/vfs.js";
import { VssTable } from "../api/vss-table.js";

export { decode, encode } from "../module/codec.js";
export { Database } from "../api/database.js";
export { VssError } from "../module/errors.js";
export { mergeTopK } from "../api/merge.js";
export { Statement } from "../api/statement.js";
export { version } from "../module/version.js";
export { VssTable } from "../api/vss-table.js";

/**
 * @typedef {object} Platform
 * @property {() => import('./index.js').WasmSource} wasm the module, when the caller names none
 * @property {(url: URL) => Promise<BufferSource> | BufferSource} [readFile]
 * @property {() => import('../module/vfs.js').Store} [store] files for databases that are not opened by a scheme below (ATTACH)
 * @property {Record<string, StoreOpener>} [schemes] by scheme; what is missing is refused with `missing`
 * @property {Record<string, string>} [missing] why a scheme is not available here
 *
 * @typedef {(path: string, how: { readonly: boolean, create: boolean }) =>
 *   Promise<{ store: import('../module/vfs.js').Store, path: string }>} StoreOpener
 */

const KNOWN = ["file", "opfs"];

/** @param {string} location */
function refuseLocation(location) {
  const name = location.replace(/^[a-z]+:/i, "");
  return new TypeError(
    `open: ${describe(location)} is no location, expected ":memory:", "file:${name}", "opfs:${name}" or the bytes of a database`,
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
 * @param {import('../module/vfs.js').Store} store closed also when this fails
 * @param {import('./index.js').OpenOptions} options
 * @param {{ location: string, path: string, bytes?: Uint8Array }} place
 */
async function connect(module, store, options, place) {
  try {
    const how = { ...checkOpenOptions(options), ...place };
    const capi = await Capi.create(await module, store);
    return /** @type {any} */ (Database.connect(capi, how));
  } catch (error) {
    store.close();
    throw error;
  }
}

/**
 * @param {Platform} platform
 * @returns {Pick<typeof import('./index.js'), 'init' | 'open'> &
 *   { openIn: (location: string, store: import('../module/vfs.js').Store, options: import('./index.js').OpenOptions) =>
 *     Promise<import('./index.js').Database> }}
 */
export function createApi(platform) {
  /** @type {Promise<WebAssembly.Module> | undefined} */
  let loading;

  /** @param {import('./index.js').WasmSource} [wasm] */
  async function load(wasm) {
    const attempt = (loading ??= loadModule(
      wasm ?? platform.wasm(),
      platform.readFile,
    ));
    try {
      return await attempt;
    } catch (error) {
      // So that the next call tries again.
      if (loading === attempt) loading = undefined;
      throw error;
    }
  }

  /** @param {{ wasm?: import('./index.js').WasmSource }} [options] */
  async function init(options) {
    await load(checkOptions(options, ["wasm"], "init").wasm);
  }

  /**
   * @param {unknown} [at]
   * @param {import('./index.js').OpenOptions} [options]
   */
  async function open(at = ":memory:", options) {
    const given = checkOptions(options, OPEN_OPTIONS, "open");
    const isData = at instanceof Uint8Array || at instanceof ArrayBuffer;
    if (typeof at !== "string" && !isData)
      throw new TypeError(
        `open: location is ${describe(at)}, expected a string or bytes`,
      );
    // Copied before the first await: the caller may go on using them.
    const bytes = isData
      ? new Uint8Array(at instanceof ArrayBuffer ? at.slice(0) : at)
      : undefined;
    const location = isData ? ":memory:" : at;
    const how = checkOpenOptions(given);
    const module = load(given.wasm);
    await module;
    const { store, path } = await openStore(location, platform, how);
    return connect(module, store, how, { location, path, bytes });
  }

  /**
   * A database in a store of the caller's own, which is closed with it.
   * @param {string} location what `db.location` says
   * @param {import('../module/vfs.js').Store} store
   * @param {import('./index.js').OpenOptions} options
   */
  async function openIn(location, store, options) {
    const path = location.slice(location.indexOf(":") + 1);
    return connect(load(options.wasm), store, options, { location, path });
  }

  return { init, open, openIn };
}

/**
 * @param {Database} db
 * @param {string} name
 * @param {Record<string, number | string>} [columns]
 */
export function vss0(db, name, columns) {
  if (!(db instanceof Database))
    throw new TypeError(`vss0: ${describe(db)} came, expected a Database`);
  return db.vss0(name, columns);
}

/**
 * @param {VssTable} table
 * @param {import('./index.js').Vector} query
 * @param {import('./index.js').SearchOptions} options
 */
export function search(table, query, options) {
  if (!(table instanceof VssTable))
    throw new TypeError(`search: ${describe(table)} came, expected a VssTable`);
  return table.search(query, options);
}
