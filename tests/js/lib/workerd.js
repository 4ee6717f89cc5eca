// The Worker that run-workerd.mjs starts: the specs in a Worker, and again in a Durable Object,
// where storage is.
import { DurableObject } from "cloudflare:workers";
import * as api from "@dist/index.workerd.js";
import * as text from "@dist/text.js";
import wasm from "./vss.wasm";
import relaxedModule from "./vss-relaxed.wasm";
import { runSpecs } from "./harness.js";
import "../specs/all.js";

const relaxed = () =>
  WebAssembly.Module.exports(relaxedModule).length ? relaxedModule : undefined;

/**
 * The specs know `open(location)`: here a "durable:" location is opened in the object's storage.
 */
function withDurable(storage) {
  const open = (at, options) =>
    typeof at === "string" && at.startsWith("durable:")
      ? api.openDurable(storage, {
          name: at.slice("durable:".length),
          ...options,
        })
      : api.open(at, options);
  return { ...api, open };
}

export class Specs extends DurableObject {
  async run(filter, source) {
    const { storage } = this.ctx;
    let next = 1;
    const env = {
      runtime: "workerd, Durable Object",
      relaxed,
      text,
      source,
      location: () => `durable:${next++}`,
      remove(location) {
        const name = location.slice("durable:".length);
        storage.sql.exec("delete from vss_file where name = ?", name);
        storage.sql.exec("delete from vss_page where name = ?", name);
        storage.sql.exec("drop table if exists vss_source");
      },
    };
    return runSpecs({ api: withDurable(storage), env }, filter);
  }
}

export default {
  async fetch(request, { SPECS }) {
    const { searchParams } = new URL(request.url);
    const filter = searchParams.get("filter") ?? "";
    const source = searchParams.get("source");
    if (searchParams.get("where") === "object") {
      return Response.json(
        await SPECS.get(SPECS.idFromName("specs")).run(filter, source),
      );
    }
    return Response.json(
      await runSpecs(
        { api, env: { runtime: "workerd", wasm, relaxed, text, source } },
        filter,
      ),
    );
  },
};
