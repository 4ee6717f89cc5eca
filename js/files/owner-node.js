// Who holds a lock, and whether that owner still runs. An owner is one thread on one machine:
//
//   machine   16 hex digits of a hash of the host name, the machine id and the pid namespace
//   boot      8 hex digits of a hash of the kernel's boot id
//   thread    the kernel's number of the thread; the pid without /proc
//   started   when that thread started, in clock ticks since the boot; 0 without /proc
//
// A number is used again some day, and in another container it means another thread. Therefore none
// of the four is enough alone. An owner is a thread and not a process, because a worker thread may
// end long before its process does.
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { hostname } from "node:os";

/**
 * @typedef {object} Owner
 * @property {string} machine
 * @property {string} boot
 * @property {number} thread
 * @property {string} started
 */

/** The first pid namespace of Linux (PROC_PID_INIT_INO): its processes are in no container. */
const INITIAL_PIDS = "pid:[4026531836]";

/**
 * @param {() => string} read
 * @returns {string} "" where this system has no such thing, or does not show it
 */
function attempt(read) {
  try {
    return read().trim();
  } catch {
    return "";
  }
}

const textOf = (/** @type {string} */ path) =>
  attempt(() => fs.readFileSync(path, "latin1"));

/**
 * @param {string} text
 * @param {number} digits hexadecimal ones
 */
export const digest = (text, digits) =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);

/**
 * State and start of a thread, undefined when it is not in /proc.
 * @param {number | string} thread
 */
function statOf(thread) {
  const text = textOf(`/proc/${thread}/stat`);
  // The name in field 2 may hold spaces and brackets. The state is field 3, the start is field 22.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return text && { state: fields[0], started: fields[19] };
}

/** @type {(Owner & { inContainer: boolean }) | undefined} */
let known;

/** The thread that calls. A thread keeps its number, so it is asked for once. */
export function self() {
  if (known) return known;
  const pids = attempt(() => fs.readlinkSync("/proc/self/ns/pid"));
  // "4711/task/4712"
  const [pid, , thread] = attempt(() =>
    fs.readlinkSync("/proc/thread-self"),
  ).split("/");
  const stat = thread ? statOf("thread-self") : undefined;
  // A /proc of another namespace counts its threads differently: two of them must not be compared.
  const view = stat && pid !== String(process.pid) ? "outer" : "";
  const machineId = textOf("/etc/machine-id");
  known = {
    machine: digest([hostname(), machineId, pids, view].join("\n"), 16),
    boot: digest(textOf("/proc/sys/kernel/random/boot_id"), 8),
    thread: stat ? Number(thread) : process.pid,
    started: stat ? stat.started : "0",
    inContainer: pids !== INITIAL_PIDS,
  };
  return known;
}

/**
 * @param {number} thread
 * @param {string} started
 */
function isRunning(thread, started) {
  const now = statOf(thread);
  // A zombie has ended: it is there only until its parent asks how.
  if (now) return !/[ZXx]/.test(now.state) && now.started === started;
  try {
    process.kill(thread, 0);
    return true;
  } catch (error) {
    // EPERM: it runs for another user, and this /proc hides it.
    return /** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH";
  }
}

/**
 * "foreign": it cannot be known from here whether the owner runs.
 * @param {Owner} owner
 * @returns {"running" | "gone" | "foreign"}
 */
export function fateOf(owner) {
  const me = self();
  if (owner.machine !== me.machine) return "foreign";
  // This machine was started again since then. In a container, the same values may mean another
  // machine that runs the same image.
  if (owner.boot !== me.boot) return me.inContainer ? "foreign" : "gone";
  return isRunning(owner.thread, owner.started) ? "running" : "gone";
}
