// A static file server for the demo: one folder, no listing, nothing outside the folder.
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
};

/** The file that a request path names, or null where it names none inside the folder. */
async function locate(folder, url) {
  let path;
  try {
    path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
  } catch {
    return null;
  }
  if (!path.startsWith("/") || path.includes("\0")) return null;
  try {
    // Links are followed before the check, so that none leads out of the folder.
    const root = await realpath(folder);
    let file = await realpath(join(root, path));
    if ((await stat(file)).isDirectory())
      file = await realpath(join(file, "index.html"));
    return file.startsWith(root + sep) ? file : null;
  } catch {
    return null;
  }
}

/** @returns {import("node:http").Server} */
export function staticServer(folder) {
  return createServer(async (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    const file = await locate(folder, request.url ?? "/");
    if (file === null) {
      response
        .writeHead(404, { "content-type": "text/plain; charset=utf-8" })
        .end("Not found\n");
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-length": (await stat(file)).size,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    });
    if (request.method === "HEAD") response.end();
    else
      createReadStream(file)
        .on("error", () => response.destroy())
        .pipe(response);
  });
}

/**
 * Listens on the port that is asked for, or on the first free one from 8080 on.
 * @param {import("node:http").Server} server
 * @param {string | undefined} asked
 * @returns {Promise<number>}
 */
export async function listen(server, asked) {
  const isAsked = asked !== undefined && asked !== "";
  if (isAsked && !/^\d{1,5}$/.test(asked))
    throw new RangeError(`PORT is ${asked}, expected a number`);
  const candidates = !isAsked
    ? [...Array(20).keys()].map((i) => 8080 + i).concat(0)
    : [Number(asked)];
  for (const port of candidates) {
    try {
      await new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, "127.0.0.1", () => {
          server.off("error", reject);
          resolve(undefined);
        });
      });
      return /** @type {import("node:net").AddressInfo} */ (server.address())
        .port;
    } catch (error) {
      if (error.code !== "EADDRINUSE" || isAsked) throw error;
    }
  }
  throw new Error("no free port");
}
