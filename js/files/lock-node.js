// Who may use a database file: one writer, or any number of readers, by files beside it.
//
//   articles.db-lock              the writer:  {"pid": 4711, "started": "123456"}
//   articles.db-lock-4712-1       a reader
//
// Whoever comes puts its own file there first and looks at the others' second, so of two who come at once at most one
// stays. The file of a process that is gone (no such pid, or a pid that started at another time) is taken away: after
// kill -9 the next open just works.
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { VssError } from "../module/errors.js";
import { SQLITE } from "../module/sqlite-codes.js";

let nextReader = 1;

/**
 * When a process started, as far as this system tells: a pid alone is used again some day.
 * @param {number} pid
 */
function startOf(pid) {
  try {
    // Field 22 of /proc/<pid>/stat; the name in field 2 may hold spaces and brackets.
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return "";
  }
}

const self = () =>
  JSON.stringify({ pid: process.pid, started: startOf(process.pid) });

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * The pid that holds a lock file, or 0 when its owner is gone.
 * @param {string} path
 */
function ownerOf(path) {
  let text;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch {
    return 0;
  }
  try {
    const { pid, started } = JSON.parse(text);
    if (!Number.isInteger(pid) || !isRunning(pid)) return 0;
    const now = startOf(pid);
    return started && now && started !== now ? 0 : pid;
  } catch {
    // Written by nobody we know, or half-written by one who was killed meanwhile.
    return 0;
  }
}

/**
 * The lock file whole from its first moment: written under another name, then linked.
 * @param {string} path
 * @returns {boolean} false when it is there already
 */
function create(path) {
  const draft = `${path}.${process.pid}.${nextReader++}`;
  fs.writeFileSync(draft, self(), { flag: "wx" });
  try {
    fs.linkSync(draft, path);
    return true;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === "EEXIST") return false;
    // A file system without links: the ordinary exclusive creation.
    try {
      fs.writeFileSync(path, self(), { flag: "wx" });
      return true;
    } catch (second) {
      if (/** @type {NodeJS.ErrnoException} */ (second).code === "EEXIST")
        return false;
      throw second;
    }
  } finally {
    fs.unlinkSync(draft);
  }
}

/**
 * Remove a lock file whose owner is gone. By rename, so that of two who try one succeeds; and if in between somebody
 * alive has put his own there, it is put back.
 * @param {string} path
 */
function sweep(path) {
  const aside = `${path}.gone.${process.pid}.${nextReader++}`;
  try {
    fs.renameSync(path, aside);
  } catch {
    return;
  }
  if (ownerOf(aside)) {
    try {
      fs.linkSync(aside, path);
    } catch {
      // Taken again already: the two will see each other.
    }
  }
  fs.unlinkSync(aside);
}

/** @param {string} path */
function remove(path) {
  try {
    fs.unlinkSync(path);
  } catch {
    // Its folder is gone, or it was taken for a dead process's: nothing to undo.
  }
}

/**
 * @param {string} path
 * @param {number} pid
 * @param {string} what
 */
function busy(path, pid, what) {
  const who = pid === process.pid ? "this process" : `process ${pid}`;
  return new VssError(`${path} is open ${what} in ${who}`, {
    errcode: SQLITE.BUSY,
  });
}

/** @param {string} path pids of living readers */
function readersOf(path) {
  const prefix = `${basename(path)}-lock-`;
  const pids = [];
  for (const name of fs.readdirSync(dirname(path))) {
    if (!name.startsWith(prefix) || name.slice(prefix.length).includes("."))
      continue;
    const file = join(dirname(path), name);
    const pid = ownerOf(file);
    if (pid) pids.push(pid);
    else sweep(file);
  }
  return pids;
}

/**
 * @param {string} path
 * @param {boolean} readonly
 * @returns {() => void} lets go of it
 */
export function lockFile(path, readonly) {
  const writer = `${path}-lock`;
  return readonly ? lockShared(path, writer) : lockExclusive(path, writer);
}

/**
 * @param {string} path
 * @param {string} writer
 */
function lockExclusive(path, writer) {
  for (let attempt = 0; !create(writer); attempt++) {
    const pid = ownerOf(writer);
    if (pid || attempt > 9) throw busy(path, pid, "for writing");
    sweep(writer);
  }
  const readers = readersOf(path);
  if (readers.length > 0) {
    remove(writer);
    throw busy(path, readers[0], "for reading");
  }
  return () => remove(writer);
}

/**
 * @param {string} path
 * @param {string} writer
 */
function lockShared(path, writer) {
  const mine = `${writer}-${process.pid}-${nextReader++}`;
  let held = true;
  try {
    if (!create(mine))
      throw new VssError(`${mine} is there already`, { errcode: SQLITE.BUSY });
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    // Who cannot write beside the file cannot lock it, and nobody like him can write to it.
    if (code !== "EACCES" && code !== "EROFS" && code !== "EPERM") throw error;
    held = false;
  }
  const pid = ownerOf(writer);
  if (pid) {
    if (held) remove(mine);
    throw busy(path, pid, "for writing");
  }
  return () => held && remove(mine);
}
