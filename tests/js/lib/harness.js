// A test harness for any JavaScript runtime. It imports nothing, and uses nothing that only one
// runtime has.
//
// A spec is a name and a function of { api, env }. `api` is the package's module, `env` what the
// runner offers:
//   env.runtime    "Node 20.20.2", "Chromium, Worker", ...
//   env.wasm       the bytes of vss.wasm
//   env.text       the module of vss-wasm/text
//   env.relaxed    () => the compiled vss-relaxed.wasm, or undefined where it cannot run
//   env.location   () => a fresh persistent location ("file:...", "opfs:..."), or undefined where
//                  the runtime has none
//   env.long       true: repeat more often what is repeated (Node only, tests/js/long.mjs)
//   env.bail       true: nothing runs behind the first spec that fails (Node only, npm run mutate)
//   env.seed       the seed of random specs, or undefined: they draw one (Node only)
//   env.gc         () => collects garbage, or undefined where nothing can be told to
//   env.heap       () => the bytes that JavaScript holds (Node, Deno and Bun)
//   env.realm      () => the globalThis of another realm, or undefined where there is none
//   env.source     the address of a server of databases (lib/source.mjs), where the runner has one
//   env.remove     (location) => deletes it and whatever lies beside it
// A spec whose runtime lacks what it needs calls skip(reason).

/** @type {{ name: string, run: (context: any) => unknown }[]} */
const specs = [];

/** Register a spec. */
export function spec(name, run) {
  if (specs.some((other) => other.name === name))
    throw new Error(`two specs are called "${name}"`);
  specs.push({ name, run });
}

/**
 * Specs of one subject that run with each client that the runtime has; `await` serves the
 * synchronous one as well.
 * @param {string} subject
 */
export const bothSpecs = (subject) => (name, run) =>
  spec(`${subject}: ${name}`, async ({ api, env }) => {
    await run(api, env);
    if (env.client) await run(env.client, env);
  });

class Skip extends Error {}

export function skip(reason) {
  throw new Skip(reason);
}

/** A value as a text that shows all that equal() compares. */
export function show(value) {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number")
    return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name}[${Array.from(value, show).join(", ")}]`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${show(item)}`)
    .join(", ")}}`;
}

export function equal(actual, expected, what = "") {
  const [a, b] = [show(actual), show(expected)];
  if (a !== b)
    throw new Error(
      `${what && `${what}: `}got ${a.slice(0, 600)}, expected ${b.slice(0, 600)}`,
    );
}

export function ok(value, what) {
  if (!value)
    throw new Error(what ?? `got ${show(value)}, expected something true`);
}

/** Check an error's name, code, and message (a text is looked for in it). */
export function isError(error, { name, message, code, errcode, offset } = {}) {
  const got = `${error?.name} ${error?.code ?? ""} ${show(error?.message)}`;
  if (name !== undefined && error?.name !== name)
    throw new Error(`got ${got}, expected a ${name}`);
  if (code !== undefined && error?.code !== code)
    throw new Error(`got ${got}, expected code ${code}`);
  if (errcode !== undefined && error?.errcode !== errcode)
    throw new Error(
      `got ${got} ${error?.errcode}, expected errcode ${errcode}`,
    );
  if (offset !== undefined && error?.offset !== offset)
    throw new Error(
      `got ${got} at ${error?.offset}, expected offset ${offset}`,
    );
  const right =
    message instanceof RegExp
      ? message.test(error?.message)
      : String(error?.message).includes(message ?? "");
  if (!right)
    throw new Error(
      `got ${got}, expected ${message instanceof RegExp ? message : show(message)} in it`,
    );
  return error;
}

export function throws(run, expected) {
  let result;
  try {
    result = run();
  } catch (error) {
    return isError(error, expected);
  }
  throw new Error(
    `got ${show(result)}, expected an error with ${show(expected)}`,
  );
}

export async function rejects(promise, expected) {
  let result;
  try {
    result = await promise;
  } catch (error) {
    return isError(error, expected);
  }
  throw new Error(
    `got ${show(result)}, expected an error with ${show(expected)}`,
  );
}

/** The same numbers on every run and runtime: a 32-bit xorshift. */
export function randomNumbers(seed) {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Run all specs, or those whose name has `filter` in it. Never rejects. */
export async function runSpecs(context, filter = "") {
  const results = [];
  for (const { name, run } of specs) {
    if (filter && !name.includes(filter)) continue;
    const start = Date.now();
    try {
      await run(context);
      results.push({ name, status: "ok", ms: Date.now() - start });
    } catch (error) {
      const status = error instanceof Skip ? "skipped" : "failed";
      const detail =
        status === "skipped"
          ? error.message
          : `${error?.name}: ${error?.message}\n${error?.stack ?? ""}`;
      results.push({ name, status, ms: Date.now() - start, detail });
      if (status === "failed" && context.env.bail) break;
    }
  }
  return results;
}
