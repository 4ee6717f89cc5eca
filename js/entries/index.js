// Entry for browsers and for whatever else has fetch: the module lies beside this file.
import { createApi } from "../api/create-api.js";
import { opfsPlatform } from "./opfs-platform.js";

export * from "../api/exports.js";

export const { init, open } = createApi({
  wasm: () => new URL("./vss.wasm", import.meta.url),
  ...opfsPlatform,
  missing: {
    file: 'there is no file system here; use "opfs:" in a Worker, or bytes',
  },
});
