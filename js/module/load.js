// Compiles the module, whether it is given as an address, as bytes, or as an HTTP response.
import { describe } from "./errors.js";
import { tagOf } from "./kinds.js";

/** @typedef {import('../entries/index.js').WasmSource} WasmSource */

const CURE =
  'Serve vss.wasm beside the bundle (Vite 5 to 7 in development: optimizeDeps.exclude: ["vss-wasm"]; ' +
  "esbuild: copy vss.wasm next to the output), or pass { wasm: ... } to init() or open().";
const POLICY_CURE =
  "Allow 'wasm-unsafe-eval' in script-src of the Content-Security-Policy (of an extension: in its manifest).";

/**
 * @param {Response} response
 * @param {string} name
 */
async function fromResponse(response, name) {
  const type = response.headers.get("content-type") ?? "none";
  const facts = `${name}: HTTP status ${response.status}, content type ${type}`;
  if (!response.ok)
    throw new Error(`vss-wasm: could not load ${facts}. ${CURE}`);
  try {
    // Streaming needs the right content type; many servers do not send it.
    if (type.startsWith("application/wasm") && WebAssembly.compileStreaming) {
      return await WebAssembly.compileStreaming(response);
    }
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause);
    const cure = /unsafe-eval|Content Security|CSP|embedder/i.test(message)
      ? POLICY_CURE
      : CURE;
    throw new Error(
      `vss-wasm: could not compile ${facts}: ${message}. ${cure}`,
      {
        cause,
      },
    );
  }
}

/**
 * @param {URL | string} source
 * @param {((url: URL) => Promise<BufferSource> | BufferSource) | undefined} readFile
 */
async function fromUrl(source, readFile) {
  const base = globalThis.location?.href;
  let url;
  try {
    url = new URL(source, base);
  } catch (cause) {
    throw new TypeError(
      `vss-wasm: wasm is ${describe(source)}, which is not a URL`,
      { cause },
    );
  }
  if (url.protocol === "file:" && readFile)
    return WebAssembly.compile(await readFile(url));
  let response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new Error(
      `vss-wasm: could not fetch ${url}: ${/** @type {Error} */ (cause).message}. ${CURE}`,
      { cause },
    );
  }
  return fromResponse(response, String(url));
}

/**
 * @param {WasmSource} source
 * @param {import('../entries/core.js').Platform['readFile']} [readFile] reads a file: URL
 * @returns {Promise<WebAssembly.Module>}
 */
export async function loadModule(source, readFile) {
  const given = /** @type {any} */ (await source);
  const tag = tagOf(given);
  if (tag === "WebAssembly.Module") return given;
  if (typeof given === "string" || tag === "URL")
    return fromUrl(given, readFile);
  if (tag === "ArrayBuffer" || ArrayBuffer.isView(given))
    return WebAssembly.compile(given);
  if (tag === "Response")
    return fromResponse(given, given.url || "the response");
  throw new TypeError(
    `vss-wasm: wasm is ${describe(given)}, expected a WebAssembly.Module, a URL, bytes or a Response`,
  );
}
