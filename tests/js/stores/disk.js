// A disk whose power can be cut, for the tests of the JavaScript stores. tests/c/faults/fault_vfs.h
// is the same for C.
//
//   live   what a program reads back
//   safe   what is certain to survive: what was live at the last sync
//
// Each file has both, and so has each name: a name is certain to be created or removed once its
// folder is synced.
//
// After a cut each sector in which the two differ is the old one, the new one, or one torn in the
// middle. The length of the file is the old or the new one. Of the changes of names the first few
// have happened, because a file system keeps their order.

const SECTOR_BYTES = 512;

/** @typedef {{ live: Uint8Array, safe: Uint8Array }} Inode */

export class Disk {
  /** @type {Map<string, Inode>} */ names = new Map();
  /** @type {Map<string, Inode>} */ safeNames = new Map();
  /** Changes of names since the folder was synced. @type {(() => void)[]} */ #pending =
    [];
  /** Syncs since the count was taken, by name. @type {Record<string, number>} */ syncs =
    {};
  /** Called before each change. */
  beforeChange = () => {};

  /** @param {string} name */
  create(name) {
    this.beforeChange();
    const inode = { live: new Uint8Array(0), safe: new Uint8Array(0) };
    this.names.set(name, inode);
    this.#pending.push(() => this.safeNames.set(name, inode));
    return inode;
  }

  /** @param {string} name */
  remove(name) {
    this.beforeChange();
    this.names.delete(name);
    this.#pending.push(() => this.safeNames.delete(name));
  }

  syncNames() {
    this.#count("folder");
    for (const change of this.#pending) change();
    this.#pending = [];
  }

  /** @param {string} name */
  #count(name) {
    this.beforeChange();
    this.syncs[name] = (this.syncs[name] ?? 0) + 1;
  }

  /** What was synced since the last time this was asked. */
  takeSyncs() {
    const taken = this.syncs;
    this.syncs = {};
    return taken;
  }

  /**
   * @param {Inode} inode
   * @param {Uint8Array} bytes
   * @param {number} at
   */
  write(inode, bytes, at) {
    this.beforeChange();
    const live = new Uint8Array(Math.max(inode.live.length, at + bytes.length));
    live.set(inode.live);
    live.set(bytes, at);
    inode.live = live;
  }

  /**
   * @param {Inode} inode
   * @param {number} size
   */
  truncate(inode, size) {
    this.beforeChange();
    const live = new Uint8Array(size);
    live.set(inode.live.subarray(0, size));
    inode.live = live;
  }

  /**
   * @param {Inode} inode
   * @param {string} name
   */
  sync(inode, name) {
    this.#count(name);
    inode.safe = inode.live.slice();
  }

  /**
   * What the disk may hold after a cut now.
   * @param {() => number} random
   * @returns {Map<string, Uint8Array>}
   */
  cut(random) {
    const before = this.safeNames;
    this.safeNames = new Map(before);
    const happened = Math.floor(random() * (this.#pending.length + 1));
    for (const change of this.#pending.slice(0, happened)) change();
    const names = this.safeNames;
    this.safeNames = before;
    // All old, all new, or any mixture: the two ends find most.
    const lean = [0, 1, random()][Math.floor(random() * 3)];
    return new Map(
      [...names].map(([name, inode]) => [name, afterCut(inode, random, lean)]),
    );
  }
}

/**
 * @param {Inode} inode
 * @param {() => number} random
 * @param {number} lean how likely a sector is the new one
 */
function afterCut({ live, safe }, random, lean) {
  const size = random() < lean ? live.length : safe.length;
  const image = new Uint8Array(size);
  image.set(safe.subarray(0, size));
  for (let at = 0; at < size; at += SECTOR_BYTES) {
    const end = Math.min(at + SECTOR_BYTES, size, live.length);
    if (at >= end || random() >= lean) continue;
    const isTorn = lean > 0 && lean < 1 && random() < 0.2;
    const to = isTorn ? at + Math.floor(random() * (end - at)) : end;
    image.set(live.subarray(at, to), at);
  }
  return image;
}
