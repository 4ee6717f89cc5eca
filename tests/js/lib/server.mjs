// A small HTTP server for tests. It serves folders as a static host would, and below /source/ the
// databases of source.mjs.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { answerSource } from "./source.mjs";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
};

/**
 * @param {Record<string, string | (() => string)>} mounts URL prefix to folder, or to a function
 *   that gives a page
 * @param {Record<string, string>} [headers] sent with everything
 * @returns {Promise<{ origin: string, close: () => void }>}
 */
export async function serve(mounts, headers = {}) {
  const server = createServer(async (request, response) => {
    if (request.url?.startsWith("/source/"))
      return answerSource(request, response, headers);
    const path = normalize(
      decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname),
    );
    const prefix = Object.keys(mounts).find(
      (p) => path === p || path.startsWith(p.endsWith("/") ? p : `${p}/`),
    );
    const mount = prefix === undefined ? undefined : mounts[prefix];
    try {
      if (mount === undefined) throw new Error("no such folder");
      const body =
        typeof mount === "function"
          ? mount()
          : await readFile(join(mount, path.slice(prefix?.length)));
      const type =
        typeof mount === "function"
          ? types[".html"]
          : (types[extname(path)] ?? "application/octet-stream");
      response.writeHead(200, {
        "content-type": type,
        "cache-control": "no-store",
        ...headers,
      });
      response.end(body);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" });
      response.end("not found");
    }
  });
  await new Promise((done) =>
    server.listen(0, "127.0.0.1", () => done(undefined)),
  );
  const { port } = /** @type {import('node:net').AddressInfo} */ (
    server.address()
  );
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
