// An origin private file system that is a Disk: what store-opfs.js asks of a browser, and no more.
import { Disk } from "./disk.js";

/** @param {string} name of a DOMException */
const domError = (name) => Object.assign(new Error(name), { name });

/** A FileSystemSyncAccessHandle. */
class Handle {
  #fs;
  #inode;
  #name;

  constructor(fs, inode, name) {
    this.#fs = fs;
    this.#inode = inode;
    this.#name = name;
  }

  read(target, { at }) {
    const part = this.#inode.live.subarray(at, at + target.length);
    target.set(part);
    return part.length;
  }

  write(source, { at }) {
    // A browser writes what the quota leaves room for, and says how much that was.
    const room = Math.max(
      0,
      this.#fs.quota - this.#fs.used() + this.#inode.live.length - at,
    );
    const part = source.slice(0, Math.min(source.length, room));
    this.#fs.disk.write(this.#inode, part, at);
    return part.length;
  }

  truncate(size) {
    this.#fs.disk.truncate(this.#inode, size);
  }

  getSize() {
    return this.#inode.live.length;
  }

  flush() {
    this.#fs.disk.sync(this.#inode, this.#name);
  }

  close() {
    this.#fs.openNames.delete(this.#name);
  }
}

// A timer of a database that a failing test leaves open must not keep the process.
const { setInterval } = globalThis;

/** The file system of one origin; install() makes it the one of globalThis. */
export class FakeOpfs {
  disk = new Disk();
  quota = Infinity;
  /** @type {Set<string>} */ openNames = new Set();

  used() {
    let sum = 0;
    for (const { live } of this.disk.names.values()) sum += live.length;
    return sum;
  }

  /** @param {Map<string, Uint8Array>} image what a cut has left */
  static after(image) {
    const self = new FakeOpfs();
    for (const [name, bytes] of image) {
      const inode = self.disk.create(name);
      inode.live = bytes;
      self.disk.sync(inode, name);
    }
    self.disk.syncNames();
    return self;
  }

  /** The user clears the site's data: names are gone at once, and handles that are open go on. */
  clear() {
    for (const name of [...this.disk.names.keys()]) this.disk.remove(name);
    this.disk.syncNames();
  }

  install() {
    const file = (name) => ({
      createSyncAccessHandle: async () => {
        if (this.openNames.has(name))
          throw domError("NoModificationAllowedError");
        this.openNames.add(name);
        return new Handle(this, this.disk.names.get(name), name);
      },
    });
    const folder = {
      getFileHandle: async (name, { create = false } = {}) => {
        if (!this.disk.names.has(name)) {
          if (!create) throw domError("NotFoundError");
          this.disk.create(name);
          this.disk.syncNames();
        }
        return file(name);
      },
    };
    const set = (name, value) =>
      Object.defineProperty(globalThis, name, {
        value,
        configurable: true,
        writable: true,
      });
    set("navigator", { storage: { getDirectory: async () => folder } });
    set("setInterval", (run, ms) => setInterval(run, ms).unref());
    set(
      "FileSystemFileHandle",
      class {
        createSyncAccessHandle() {}
      },
    );
    return this;
  }
}
