// store-node.js on a disk whose power can be cut. The calls of node:fs are watched, and each is
// repeated on a Disk.
import fs, { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename, dirname, join } from "node:path";
import { Disk } from "./disk.js";

/** Lock files are not needed after a cut: they are no part of the disk. */
const isFile = (/** @type {string} */ path) =>
  !basename(path).includes("-vss-lock-");

/**
 * Watch node:fs for files in a folder until end() is called.
 * @param {string} folder
 */
export function watch(folder) {
  const real = { ...fs };
  const disk = new Disk();
  /** @type {Map<number, string>} the name, "" for the folder */
  const open = new Map();
  const nameOf = (path) =>
    dirname(String(path)) === folder && isFile(String(path))
      ? basename(String(path))
      : undefined;
  const inodeOf = (fd) => disk.names.get(open.get(fd) ?? "");

  const watched = {
    openSync(path, flags, mode) {
      const name = nameOf(path);
      const isNew = name !== undefined && !real.existsSync(path);
      const fd = real.openSync(path, flags, mode);
      if (isNew) disk.create(name);
      if (name !== undefined) open.set(fd, name);
      if (path === folder) open.set(fd, "");
      return fd;
    },
    closeSync(fd) {
      open.delete(fd);
      real.closeSync(fd);
    },
    writeSync(fd, bytes, from, size, at) {
      // Sometimes less than asked for, as a signal or a quota may have it.
      const some = at > 0 && at % 3 === 0 && size > 8 ? size - 8 : size;
      const inode = inodeOf(fd);
      if (inode) disk.write(inode, bytes.slice(from, from + some), at);
      return real.writeSync(fd, bytes, from, some, at);
    },
    ftruncateSync(fd, size) {
      const inode = inodeOf(fd);
      if (inode) disk.truncate(inode, size);
      real.ftruncateSync(fd, size);
    },
    fsyncSync(fd) {
      const name = open.get(fd);
      if (name === "") disk.syncNames();
      else if (name) disk.sync(disk.names.get(name), name);
      real.fsyncSync(fd);
    },
    unlinkSync(path) {
      const name = nameOf(path);
      if (name && disk.names.has(name)) disk.remove(name);
      real.unlinkSync(path);
    },
    rmSync(path, options) {
      const name = nameOf(path);
      if (name && disk.names.has(name)) disk.remove(name);
      real.rmSync(path, options);
    },
  };
  Object.assign(fs, watched);
  syncBuiltinESMExports();
  return {
    disk,
    end() {
      for (const name of Object.keys(watched)) fs[name] = real[name];
      syncBuiltinESMExports();
    },
  };
}

/**
 * Put what a cut has left where it was: journals name each other by whole paths.
 * @param {string} folder
 * @param {Map<string, Uint8Array>} image
 */
export function restore(folder, image) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, bytes] of image) writeFileSync(join(folder, name), bytes);
}
