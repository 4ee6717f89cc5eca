// Who may use a database file: one writer, or any number of readers. node:fs has no locks, so files
// beside the database say it.
//
//   articles.db-vss-lock-w-1234-90f1c3...-5e0b...-4711-88213-1
//   └ database ┘         │  │   └ machine ┘ └boot┘ │     │   └ so that no name is used twice
//                 writer ┘  └ inode         thread ┘     └ when that thread started (owner-node.js)
//
// A connection that wants the lock first puts a file of its own there (a claim), and then reads the
// folder. It has the lock if no claim of a running owner conflicts with its own. Otherwise it takes
// its claim back.
//
// Why two writers can never both have the lock: let A and B both put their claims and both read the
// folder. One of the two claims was there first, say A's. B read the folder after it had put its
// own claim, so A's claim was in the folder from before B began to read until A took it back. So B
// has seen it, or A did not have the lock any more.
//
// Why taking over from the dead cannot break this: a claim's name belongs to one thread for ever.
// Whoever removes the claim of a thread that is gone removes that claim and no other, however late
// that happens.
//
// Only the name of a claim decides, because an empty file is made in one step, even on a full disk.
// Its content is for people, and for what is told about journals. A claim conflicts if it has this
// database's name (its file may have replaced the open one) or its inode (a hard link). A hard link
// may lie in another folder, so a file with several names has a second claim in the folder for
// temporary files.
//
// All of this needs a folder that shows everything that was created before the folder was read.
// Every local file system does that. Network file systems that cache folders do not promise it.
import * as fs from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { VssError } from "../module/vss-error.js";
import { SQLITE } from "../module/sqlite-codes.js";
import { digest, fateOf, self } from "./owner-node.js";

const MAGIC = "vss-wasm lock\n";
const NAME =
  /^([^]*)-vss-lock-([wr])-(\d+)-([0-9a-f]{16})-([0-9a-f]{8})-(\d+)-(\d+)-(\d+)$/;
/** A file's name may have 255 bytes, and what follows the database's name takes up to 90. */
const LABEL_MAX_BYTES = 160;
/** Of two claims put at the same time one must win: each owner waits for the other this long. */
const WAIT_MS = 100;
/** A claim that is older was not put by somebody who comes at the same time. */
const YOUNG_MS = 1000;
const SIDES = ["-journal", "-wal"];

let next = 1;

export const sleep = (/** @type {number} */ ms) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/**
 * Where claims on one file lie.
 * @typedef {object} Place
 * @property {string} folder
 * @property {string} label the database's name, there
 * @property {string} inode
 * @property {boolean} byName a claim of the same label conflicts, whatever its inode
 *
 * @typedef {import('./owner-node.js').Owner & {
 *   path: string, label: string, kind: string, inode: string, fate: ReturnType<typeof fateOf>,
 *   about: { pid?: number, host?: string, journals?: string[] } }} Claim
 */

/** @param {string} path */
function remove(path) {
  try {
    fs.unlinkSync(path);
  } catch {
    // Its folder is gone, or this process may not: a claim of a thread that is gone does no harm.
  }
}

/**
 * @param {string} file the database's name
 * @param {string[]} journals inodes
 */
const contentOf = (file, journals = []) =>
  `${MAGIC}${JSON.stringify({ file, pid: process.pid, host: hostname(), journals })}\n`;

/**
 * Put a claim.
 * @param {string} path
 * @param {Place} place
 * @param {string} kind "w" or "r"
 * @param {number} mode
 * @returns {string[]} its path, or nothing where one can do without
 */
function put(path, place, kind, mode) {
  const { folder, label, inode, byName } = place;
  const { machine, boot, thread, started } = self();
  const owner = [kind, inode, machine, boot, thread, started].join("-");
  const claim = join(folder, `${label}-vss-lock-${owner}-${next++}`);
  try {
    fs.closeSync(fs.openSync(claim, "wx", mode));
  } catch (error) {
    const { code = "" } = /** @type {NodeJS.ErrnoException} */ (error);
    // A second copy of this package in the same thread counts for itself.
    if (code === "EEXIST") return put(path, place, kind, mode);
    const isForbidden = /^(EACCES|EPERM|EROFS)$/.test(code);
    if (
      !byName ||
      (kind === "r" && (isForbidden || /^(ENOSPC|EDQUOT)$/.test(code)))
    )
      return [];
    if (!isForbidden) throw error;
    throw new VssError(
      `${path} cannot be opened for writing: its folder takes no new files from this process (${code}), and its lock and its journal would be there; { readonly: true } opens it`,
      { errcode: SQLITE.READONLY_DIRECTORY, cause: error },
    );
  }
  write(claim, contentOf(basename(path)));
  return [claim];
}

/**
 * @param {string} path
 * @param {string} content
 */
function write(path, content) {
  try {
    fs.writeFileSync(path, content, { flag: "r+" });
  } catch {
    // A full disk. The name is enough.
  }
}

/**
 * What a claim says, undefined for a file of somebody else's that only looks like one.
 * @param {string} path
 * @returns {Claim['about'] | undefined}
 */
function read(path) {
  let text;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch {
    // Gone meanwhile, or of a user who lets nobody read it: its name must do.
    return {};
  }
  if (!MAGIC.startsWith(text.slice(0, MAGIC.length))) return undefined;
  try {
    const { pid, host, journals } = JSON.parse(text.slice(MAGIC.length));
    return { pid, host, journals: Array.isArray(journals) ? journals : [] };
  } catch {
    return {};
  }
}

/**
 * Every claim on the file, except one's own.
 * @param {Place} place
 * @param {string[]} mine
 * @returns {Claim[]}
 */
function claimsIn(place, mine) {
  const claims = [];
  for (const name of fs.readdirSync(place.folder)) {
    const [, label, kind, inode, machine, boot, thread, started] =
      NAME.exec(name) ?? [];
    const path = join(place.folder, name);
    if (!kind || mine.includes(path)) continue;
    const isHere = place.byName
      ? label === place.label || inode === place.inode
      : label === place.label && inode === place.inode;
    const about = isHere ? read(path) : undefined;
    if (!about) continue;
    const owner = { machine, boot, thread: Number(thread), started };
    const fate = fateOf(owner);
    claims.push({ ...owner, path, label, kind, inode, fate, about });
  }
  return claims;
}

/**
 * @param {string} path
 * @param {Claim} claim
 */
function busy(path, { kind, fate, about, thread, path: file }) {
  const pid = about.pid ?? thread;
  let who = `process ${pid}`;
  if (fate === "foreign")
    who += ` of another container or machine (host ${about.host ?? "unknown"}), which cannot be seen from here; if it is certainly gone, remove ${file}`;
  else if (thread === self().thread)
    who = "this process: keep one connection for all of it (on globalThis)";
  else if (pid === process.pid) who = "another thread of this process";
  return new VssError(
    `${path} is open for ${kind === "w" ? "writing" : "reading"} in ${who}`,
    { errcode: SQLITE.BUSY },
  );
}

/** @param {string} path milliseconds, by the clock of the file system */
const timeOf = (path) => Number(statOf(path)?.mtimeMs ?? 0);

/** What follows the database's name: an order that both of two owners see alike. */
const tailOf = (/** @type {string} */ path) =>
  path.slice(path.lastIndexOf("-vss-lock-"));

/**
 * Put a claim in each place, and keep them when nobody is in the way.
 * @param {string} path
 * @param {Place[]} places
 * @param {string} kind
 * @param {number} mode
 * @returns {string[]} the claims' paths; none for a reader that cannot put one
 */
function acquire(path, places, kind, mode) {
  const until = Date.now() + WAIT_MS;
  /** @type {string[]} */
  let mine = [];
  const withdraw = () => {
    mine.forEach(remove);
    mine = [];
  };
  try {
    for (;;) {
      if (mine.length === 0)
        for (const place of places) mine.push(...put(path, place, kind, mode));
      const rivals = places
        .flatMap((place) => claimsIn(place, mine))
        .filter(
          ({ fate, kind: other }) =>
            fate !== "gone" && (kind === "w" || other === "w"),
        );
      if (rivals.length === 0) return mine;
      // This thread does one thing at a time: a claim of its own is of a connection that already
      // has the file, and not of one that is just asking for it.
      const mayYield =
        mine.length > 0 &&
        rivals.every(
          (rival) =>
            rival.fate === "running" &&
            rival.thread !== self().thread &&
            timeOf(rival.path) > timeOf(mine[0]) - YOUNG_MS,
        );
      if (!mayYield || Date.now() > until) throw busy(path, rivals[0]);
      // The first in order stays and looks again, the others step back: so one of them gets it.
      if (rivals.some((rival) => tailOf(rival.path) < tailOf(mine[0])))
        withdraw();
      sleep(1 + Math.random() * 4);
    }
  } catch (error) {
    withdraw();
    throw error;
  }
}

/**
 * A journal of a file that was replaced while it was open must never be played into the file that
 * took its name. It may still be wanted for the old one, which perhaps has another name now.
 * @param {string} path
 * @param {string} inode of the file that was open
 * @param {string[]} journals inodes of its journals
 */
export function setAside(path, inode, journals) {
  for (const side of SIDES)
    if (isNoted(path + side, journals))
      fs.renameSync(path + side, `${path}${side}-of-replaced-${inode}`);
}

/**
 * @param {string} path
 * @param {string[]} journals
 */
const isNoted = (path, journals) =>
  journals.includes(String(statOf(path)?.ino));

/** @param {string} path */
export const statOf = (path) =>
  fs.statSync(path, { bigint: true, throwIfNoEntry: false });

/**
 * Whether SQLite would play the journal back, or read the log: it looks at the first byte.
 * @param {string} path
 */
export function isHot(path) {
  let fd;
  try {
    fd = fs.openSync(path, "r");
    const first = new Uint8Array(1);
    return fs.readSync(fd, first, 0, 1, 0) === 1 && first[0] !== 0;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT";
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/**
 * Take over from owners that are gone: look after what they left, then remove their claims.
 * @param {string} path
 * @param {Place} place the database's folder
 * @param {boolean} readonly
 */
function inherit(path, place, readonly) {
  const left = claimsIn(place, []).filter(({ fate }) => fate === "gone");
  for (const { path: claim, kind, label, inode, about } of left) {
    const journals = about.journals ?? [];
    if (kind === "w" && inode !== place.inode) {
      if (!readonly) setAside(path, inode, journals);
      else if (SIDES.some((side) => isNoted(path + side, journals)))
        throw new VssError(
          `${path} has replaced a file that was open, and its journal is still there: open it for writing once`,
          { errcode: SQLITE.CANTOPEN },
        );
    } else if (kind === "w" && label !== place.label) {
      const other = join(place.folder, label);
      const side = SIDES.find((suffix) => isHot(other + suffix));
      if (side)
        throw new VssError(
          `${path} is the same file as ${other} (a hard link), which a process left with ${label}${side}: open it under that name first`,
          { errcode: SQLITE.CANTOPEN },
        );
    }
    remove(claim);
  }
}

/**
 * Lock the file at `path`.
 * @param {string} path through no symbolic link
 * @param {fs.BigIntStats} stat of the file that is open
 * @param {boolean} readonly
 */
export function lockFile(path, stat, readonly) {
  const base = basename(path);
  /** @type {Place} */
  const here = {
    folder: dirname(path),
    label: Buffer.byteLength(base) > LABEL_MAX_BYTES ? digest(base, 32) : base,
    inode: String(stat.ino),
    byName: true,
  };
  const places = [here];
  // Inodes are numbered per device.
  if (stat.nlink > 1n)
    places.push({
      folder: tmpdir(),
      label: `device-${stat.dev}`,
      inode: here.inode,
      byName: false,
    });
  const mode = Number(stat.mode) & 0o666;
  const claims = acquire(path, places, readonly ? "r" : "w", mode);
  const unlock = () => claims.forEach(remove);
  try {
    inherit(path, here, readonly);
  } catch (error) {
    unlock();
    throw error;
  }
  return {
    /** False for a reader that may not write in the folder: nobody knows of it. */
    isHeld: claims.length > 0,
    unlock,
    /**
     * Tell whoever takes over which journals are this connection's.
     * @param {string[]} journals inodes
     */
    note(journals) {
      if (claims.length > 0) write(claims[0], contentOf(base, journals));
    },
  };
}
