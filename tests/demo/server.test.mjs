// The static server of `npm start`: right types, right refusals, nothing outside its folder.
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { listen, staticServer } from "../../demo/start/server.mjs";

let folder;
let server;
let port;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "vss-demo-"));
  const site = join(folder, "site");
  mkdirSync(join(site, "sub"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(site, "index.html"), "<!doctype html>");
  writeFileSync(join(site, "sub/index.html"), "sub");
  writeFileSync(join(site, "a b.js"), "1");
  writeFileSync(join(site, "m.wasm"), Buffer.from([0, 97, 115, 109]));
  symlinkSync(join(folder, "secret.txt"), join(site, "link.txt"));
  server = staticServer(site);
  port = await listen(server, "0");
});

after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** A request whose path goes out as it stands (fetch would tidy it). */
function get(path, method = "GET") {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, path, method },
      (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    sent.on("error", reject).end();
  });
}

test("files come with their types", async () => {
  for (const [path, type] of [
    ["/", "text/html; charset=utf-8"],
    ["/?q=x", "text/html; charset=utf-8"],
    ["/sub", "text/html; charset=utf-8"],
    ["/a%20b.js", "text/javascript; charset=utf-8"],
    ["/m.wasm", "application/wasm"],
  ]) {
    const { status, headers } = await get(path);
    assert.equal(status, 200, path);
    assert.equal(headers["content-type"], type);
    assert.equal(headers["x-content-type-options"], "nosniff");
  }
});

test("nothing outside the folder is served", async () => {
  const paths = [
    "/../secret.txt",
    "/sub/../../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/link.txt",
    "/..\\secret.txt",
    "/%00",
    "/%zz",
    "//etc/passwd",
    "/missing",
  ];
  for (const path of paths) {
    const { status, body } = await get(path);
    assert.equal(status, 404, path);
    assert.ok(!body.includes("secret"));
  }
});

test("only GET and HEAD", async () => {
  assert.equal((await get("/", "POST")).status, 405);
  const head = await get("/", "HEAD");
  assert.equal(head.status, 200);
  assert.equal(head.body, "");
  assert.equal(head.headers["content-length"], "15");
});

test("a port that is taken is passed over, unless it was asked for", async () => {
  const second = staticServer(folder);
  await assert.rejects(listen(second, String(port)), { code: "EADDRINUSE" });
  await assert.rejects(
    listen(second, "http"),
    /PORT is http, expected a number/,
  );
  const free = await listen(second, undefined);
  assert.ok(free > 0 && free !== port);
  second.close();
});
