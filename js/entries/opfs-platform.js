// What a browser gives databases a place in: the origin private file system.
import {
  checkRuntime,
  findFolder,
  lock,
  openHandle,
  openOpfs,
} from "../files/store-opfs.js";

/** @type {Pick<import("./core.js").Platform, "schemes" | "keep">} */
export const opfsPlatform = {
  schemes: { opfs: openOpfs },
  keep: {
    async opfs(path) {
      const { keepInOpfs } = await import("../fetch/keep-opfs.js");
      return keepInOpfs(path, { checkRuntime, findFolder, lock, openHandle });
    },
  },
};
