// Entry for browsers and for whatever else has fetch: the module lies beside this file.
import { createApi } from "../api/create-api.js";
import {
  checkRuntime,
  findFolder,
  lock,
  openHandle,
  openOpfs,
} from "../files/store-opfs.js";

export * from "../api/exports.js";

export const { init, open } = createApi({
  wasm: () => new URL("./vss.wasm", import.meta.url),
  schemes: { opfs: openOpfs },
  keep: {
    async opfs(path) {
      const { keepInOpfs } = await import("../fetch/keep-opfs.js");
      return keepInOpfs(path, { checkRuntime, findFolder, lock, openHandle });
    },
  },
  missing: {
    file: 'there is no file system here; use "opfs:" in a Worker, or bytes',
  },
});
