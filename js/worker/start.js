// Starts the Worker that holds a database, wherever its file comes from, and says why it does not
// start: a browser's own event says nothing.
import { describe } from "../module/errors.js";
import { tagOf } from "../module/kinds.js";

/**
 * @typedef {Worker | URL | string | (() => Worker)} WorkerSource
 *
 * The Worker's file of this package.
 * @typedef {object} Own
 * @property {() => Worker} start written out so that bundlers find the file
 * @property {() => URL} address where it lies if nobody has bundled it
 * @property {() => Promise<WebAssembly.Module>} [wasm] the module, where the Worker finds none
 */

const CURE =
  "Serve worker-thread.js, which needs no other script, and vss.wasm beside it, or say where it is: open(at, { worker: url }) or { worker: () => new Worker(...) }.";

/** What the page's policy has refused, the latest last. */
/** @type {SecurityPolicyViolationEvent[]} */
const violations = [];
let isListening = false;

function listen() {
  if (isListening) return;
  isListening = true;
  globalThis.document?.addEventListener?.("securitypolicyviolation", (event) =>
    violations.push(event),
  );
}

/**
 * @param {URL} url
 * @param {string} why
 * @param {unknown} [cause]
 */
const failed = (url, why, cause) =>
  new Error(
    `vss-wasm/worker: the Worker could not be started from ${url}: ${why}. ${CURE}`,
    { cause },
  );

/**
 * A browser starts no Worker from another origin. A script of this origin may import it.
 * @param {URL} url
 */
function fromAddress(url) {
  const page = globalThis.location?.origin;
  if (!/^https?:$/.test(url.protocol) || url.origin === page)
    return new Worker(url, { type: "module" });
  const script = new Blob([`import ${JSON.stringify(url.href)};`], {
    type: "text/javascript",
  });
  const local = URL.createObjectURL(script);
  const worker = new Worker(local, { type: "module" });
  // The browser has it as soon as the Worker is made, but Safari reads it later.
  setTimeout(() => URL.revokeObjectURL(local), 60_000);
  return worker;
}

/**
 * Where the file of this package lies: a bundler may have given it another name.
 * @param {Own} own
 */
function addressOf(own) {
  const loaded = globalThis.performance
    ?.getEntriesByType?.("resource")
    .findLast(({ name }) => /worker-thread[^/]*$/.test(name));
  return loaded ? new URL(loaded.name) : own.address();
}

/**
 * @param {WorkerSource | undefined} given
 * @param {Own} own
 * @returns {{ worker: Worker, explain: () => Promise<Error> }} the error of a Worker that could not
 *   be loaded
 */
export function startWorker(given, own) {
  listen();
  const isAddress = typeof given === "string" || tagOf(given) === "URL";
  const url = isAddress
    ? new URL(/** @type {string | URL} */ (given), globalThis.location?.href)
    : undefined;
  /** @type {unknown} */ let worker = given;
  if (url) worker = started(() => fromAddress(url), url);
  else if (given === undefined) worker = startOwn(own);
  else if (typeof given === "function") worker = given();
  if (typeof (/** @type {any} */ (worker)?.postMessage) !== "function")
    throw new TypeError(
      `open: worker is ${describe(given)}, expected a Worker, its address, or a function that makes one`,
    );
  const isOurs = url !== undefined || given === undefined;
  return {
    worker: /** @type {Worker} */ (worker),
    explain: () =>
      isOurs
        ? explain(url ?? addressOf(own))
        : Promise.resolve(
            new Error(
              "vss-wasm/worker: the Worker that open() was given could not be loaded",
            ),
          ),
  };
}

/**
 * @param {() => Worker} start
 * @param {URL} url
 */
function started(start, url) {
  try {
    return start();
  } catch (error) {
    throw failed(url, /** @type {Error} */ (error).message, error);
  }
}

/** @param {Own} own */
function startOwn(own) {
  try {
    return own.start();
  } catch (error) {
    let url;
    try {
      url = own.address();
    } catch {
      // A bundle that is no module has no address of its own.
      throw new Error(
        `vss-wasm/worker: this bundle does not know where it lies (it is not an ES module). ${CURE}`,
        { cause: error },
      );
    }
    if (url.origin === globalThis.location?.origin)
      throw failed(url, /** @type {Error} */ (error).message, error);
    return started(() => fromAddress(url), url);
  }
}

/** @param {URL} url */
async function explain(url) {
  // The event about the policy comes a little after the Worker's own.
  await new Promise((done) => setTimeout(done, 50));
  const refused = violations.findLast(({ blockedURI, effectiveDirective }) =>
    /worker|script|child/.test(effectiveDirective)
      ? blockedURI === url.href || /^blob/.test(blockedURI)
      : false,
  );
  if (refused)
    return failed(
      url,
      `the page's Content-Security-Policy refuses it (${refused.effectiveDirective}, for ${refused.blockedURI})`,
    );
  try {
    const response = await fetch(url);
    const type = response.headers.get("content-type") ?? "none";
    return failed(url, `HTTP status ${response.status}, content type ${type}`);
  } catch (error) {
    return failed(url, /** @type {Error} */ (error).message, error);
  }
}
