// A server of databases that does all that servers do wrong. A spec puts a file there, and asks for
// it in one way or the other:
//
//   PUT /source/<key>             the file, from now on (a new version)
//   GET /source/<key>/<manner>    see MANNERS
//   GET /source/<key>/count       how many answers have sent a body so far
import { gzipSync } from "node:zlib";

/** @type {Map<string, { bytes: Buffer, version: number, count: number }>} */
const files = new Map();

/**
 * @typedef {Record<string, string | number>} Headers
 *
 * What each manner sends.
 * @type {Record<string, (response: any, bytes: Buffer, headers: Headers) => void>}
 */
const MANNERS = {
  well: (response, bytes, headers) =>
    response
      .writeHead(200, { ...headers, "content-length": bytes.length })
      .end(bytes),
  "without-length": (response, bytes, headers) => {
    response.writeHead(200, headers);
    response.write(bytes.subarray(0, 1000));
    response.end(bytes.subarray(1000));
  },
  "without-tags": (response, bytes) => response.writeHead(200).end(bytes),
  "as-gzip-file": (response, bytes, headers) =>
    response.writeHead(200, headers).end(gzipSync(bytes)),
  "broken-gzip": (response, bytes, headers) =>
    response.writeHead(200, headers).end(gzipSync(bytes).subarray(0, -20)),
  "packed-on-the-way": (response, bytes, headers) => {
    const packed = gzipSync(bytes);
    const more = {
      "content-encoding": "gzip",
      "content-length": packed.length,
    };
    response.writeHead(200, { ...headers, ...more }).end(packed);
  },
  cut(response, bytes, headers) {
    response.writeHead(200, { ...headers, "content-length": bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () =>
      setTimeout(() => response.destroy(), 50),
    );
  },
  stalled(response, bytes, headers) {
    response.writeHead(200, { ...headers, "content-length": bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2));
  },
  silent() {},
  "half-of-it": (response, bytes, headers) =>
    response.writeHead(200, headers).end(bytes.subarray(0, bytes.length / 2)),
  damaged(response, bytes, headers) {
    const copy = Buffer.from(bytes);
    copy.fill(0xa5, copy.length / 2);
    response.writeHead(200, headers).end(copy);
  },
  "as-a-page": (response) =>
    response
      .writeHead(200, { "content-type": "text/html" })
      .end("<!doctype html><title>Log in</title>"),
  missing: (response) =>
    response.writeHead(404, { "content-type": "text/plain" }).end("no"),
  failing: (response) => response.writeHead(503).end(),
  empty: (response, _, headers) => response.writeHead(200, headers).end(),
};

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Record<string, string>} headers sent with everything
 */
export async function answerSource(request, response, headers = {}) {
  const [, , key, manner] = new URL(
    request.url ?? "",
    "http://x",
  ).pathname.split("/");
  for (const [name, value] of Object.entries(headers))
    response.setHeader(name, value);
  const file = files.get(key);
  if (request.method === "PUT") {
    const parts = [];
    for await (const part of request) parts.push(part);
    const bytes = Buffer.concat(parts);
    files.set(key, { bytes, version: (file?.version ?? 0) + 1, count: 0 });
    return response.writeHead(204).end();
  }
  if (!file) return response.writeHead(404).end();
  if (manner === "count") return response.end(String(file.count));
  const etag = `"${key}-${file.version}"`;
  if (request.headers["if-none-match"] === etag)
    return response.writeHead(304, { etag }).end();
  file.count++;
  MANNERS[manner](response, file.bytes, {
    etag,
    "content-type": "application/vnd.sqlite3",
  });
}
