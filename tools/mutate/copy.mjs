// Copies of the tree in build/mutate/, one per job, in which edits are made and tests run.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { capture, toolEnv } from "../lib/run.mjs";
import { stepOf } from "./steps.mjs";

/** Beyond CPU time, a test may wait for something that never comes. */
const WALL_FACTOR = 5;

/** Everything that Git knows or would add, except figures that no test reads. */
async function filesOf(root) {
  const { output } = await capture(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    { cwd: root },
  );
  return output
    .split("\0")
    .filter((name) => name && !name.startsWith("bench/results/"))
    .filter((name) => existsSync(join(root, name)))
    .filter((name) => statSync(join(root, name)).isFile());
}

export class Copy {
  #root;
  #folder;
  #env;
  /** Whether build/ and dist/ are those of the edit under way. */
  #hasDist = false;
  /** What the test that was run last said first about a failure. */
  /** @type {string | undefined} */ said;
  /** @type {Map<string, boolean>} whether tests pass in the unchanged tree, as far as is known */
  #works = new Map();

  /**
   * @param {string} root
   * @param {string} name
   */
  constructor(root, name) {
    this.#root = root;
    this.#folder = join(root, "build/mutate", name);
    this.#env = {
      ...toolEnv,
      CCACHE_BASEDIR: this.#folder,
      CCACHE_NOHASHDIR: "1",
    };
  }

  #path(file) {
    return join(this.#folder, file);
  }

  /** Write the tree's files, those that differ, and configure the native build. */
  async make() {
    const files = new Set(await filesOf(this.#root));
    mkdirSync(this.#folder, { recursive: true });
    const list = this.#path("build/mutate-files.json");
    if (existsSync(list))
      for (const file of JSON.parse(readFileSync(list, "utf8")))
        if (!files.has(file)) rmSync(this.#path(file), { force: true });
    for (const file of files)
      this.#put(file, readFileSync(join(this.#root, file)));
    this.#put(
      "build/mutate-files.json",
      Buffer.from(JSON.stringify([...files])),
    );
    if (!existsSync(this.#path("node_modules")))
      symlinkSync(join(this.#root, "node_modules"), this.#path("node_modules"));
    await this.#must("cmake --preset native-asan");
  }

  #put(file, bytes) {
    const path = this.#path(file);
    if (existsSync(path) && readFileSync(path).equals(bytes)) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }

  /**
   * Run a command in the copy.
   * @param {string} command
   * @param {number} seconds of CPU time
   * @returns {Promise<{ ok: boolean, output: string }>}
   */
  #run(command, seconds) {
    return new Promise((done) => {
      const child = spawn("sh", ["-c", `ulimit -t ${seconds}; ${command}`], {
        cwd: this.#folder,
        env: this.#env,
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
      const chunks = [];
      child.stdout.on("data", (chunk) => chunks.push(chunk));
      child.stderr.on("data", (chunk) => chunks.push(chunk));
      // The whole group: the shell's children go with it.
      const end = () => process.kill(-child.pid, "SIGKILL");
      const timer = setTimeout(end, seconds * WALL_FACTOR * 1000);
      child.on("close", (status) => {
        clearTimeout(timer);
        done({ ok: status === 0, output: Buffer.concat(chunks).toString() });
      });
    });
  }

  async #must(command) {
    const { ok, output } = await this.#run(command, 3600);
    if (!ok) throw new Error(`mutate: ${command} failed:\n${output}`);
  }

  /**
   * Build what a test needs.
   * @returns {Promise<boolean>}
   */
  async #build({ target, dist }) {
    if (target)
      return (
        await this.#run(
          `cmake --build build/native-asan --target ${target}`,
          3600,
        )
      ).ok;
    if (!dist || this.#hasDist) return true;
    const { ok } = await this.#run("node tools/build.mjs", 3600);
    this.#hasDist = ok;
    return ok;
  }

  /**
   * @param {string} name of a test
   * @returns {Promise<"passes" | "fails" | "unbuildable">}
   */
  async test(name) {
    const step = stepOf(name);
    if (!(await this.#build(step))) return "unbuildable";
    const { ok, output } = await this.#run(step.command, step.seconds);
    this.said = /^.*(?:fail|not ok|runtime error|differ).*$/im.exec(
      output,
    )?.[0];
    return ok ? "passes" : "fails";
  }

  /**
   * Whether a test passes without any edit. One that does not would notice everything.
   * @param {string} name
   */
  async works(name) {
    // Some specs measure how soon a call ends, and a busy machine may fail one now and then.
    for (let tries = 3; tries > 0 && !this.#works.get(name); tries--)
      this.#works.set(name, (await this.test(name)) === "passes");
    return this.#works.get(name);
  }

  /** @param {string} name */
  isBroken(name) {
    return this.#works.get(name) === false;
  }

  broken() {
    return [...this.#works.keys()].filter((name) => this.isBroken(name));
  }

  /**
   * Make an edit, call back, and take it back.
   * @template T
   * @param {{ file: string, from: string, to: string }} edit
   * @param {() => Promise<T>} body
   * @returns {Promise<T>}
   */
  async with({ file, from, to }, body) {
    // The copy's own text: the tree may have changed since it was copied.
    const text = readFileSync(this.#path(file), "utf8");
    const isC = /\.[ch]$/.test(file);
    this.#put(file, Buffer.from(text.replace(from, () => to)));
    this.#hasDist = false;
    try {
      return await body();
    } finally {
      this.#put(file, Buffer.from(text));
      if (isC || file.startsWith("js/") || file.startsWith("wasm/"))
        this.#hasDist = false;
    }
  }
}
