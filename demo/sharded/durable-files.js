/**
 * SQLite's files in a Durable Object's own storage: one row a block of 4 KiB, which is also the page
 * size of the database, so that a page that changes costs one row written.
 *
 * The object makes all writes between two awaits durable together or not at all, and a call into
 * SQLite never awaits: a transaction is therefore atomic here even without a rollback journal, and
 * the database is opened with `journal_mode = memory`.
 */

const BLOCK_BYTES = 4096;

const SCHEMA = `
create table if not exists vss_file(path text primary key, size integer not null) without rowid;
create table if not exists vss_block(path text, n integer, data blob, primary key (path, n)) without rowid;`;

class DurableFile {
  #sql;
  #path;
  #size;

  constructor(sql, path, size) {
    this.#sql = sql;
    this.#path = path;
    this.#size = size;
  }

  #block(n) {
    const found = this.#sql
      .exec(
        "select data from vss_block where path = ? and n = ?",
        this.#path,
        n,
      )
      .toArray();
    return found.length > 0 ? new Uint8Array(found[0].data) : null;
  }

  read(target, at) {
    const end = Math.min(at + target.length, this.#size);
    target.fill(0);
    for (let from = at; from < end;) {
      const n = Math.floor(from / BLOCK_BYTES);
      const offset = from - n * BLOCK_BYTES;
      const length = Math.min(BLOCK_BYTES - offset, end - from);
      const data = this.#block(n);
      if (data) target.set(data.subarray(offset, offset + length), from - at);
      from += length;
    }
    return Math.max(0, end - at);
  }

  write(source, at) {
    const end = at + source.length;
    for (let from = at; from < end;) {
      const n = Math.floor(from / BLOCK_BYTES);
      const offset = from - n * BLOCK_BYTES;
      const length = Math.min(BLOCK_BYTES - offset, end - from);
      const part = source.subarray(from - at, from - at + length);
      // A copy: what came is lent for this call only, and only a whole block needs no reading.
      let block = length === BLOCK_BYTES ? part.slice() : this.#block(n);
      if (!block) block = new Uint8Array(BLOCK_BYTES);
      if (length < BLOCK_BYTES) block.set(part, offset);
      this.#sql.exec(
        "insert or replace into vss_block values (?, ?, ?)",
        this.#path,
        n,
        block.buffer,
      );
      from += length;
    }
    if (end > this.#size) this.#resize(end);
  }

  truncate(size) {
    const whole = Math.ceil(size / BLOCK_BYTES);
    this.#sql.exec(
      "delete from vss_block where path = ? and n >= ?",
      this.#path,
      whole,
    );
    const rest = size % BLOCK_BYTES;
    const last = rest > 0 ? this.#block(whole - 1) : null;
    if (last) {
      last.fill(0, rest);
      this.#sql.exec(
        "insert or replace into vss_block values (?, ?, ?)",
        this.#path,
        whole - 1,
        last.buffer,
      );
    }
    this.#resize(size);
  }

  #resize(size) {
    this.#size = size;
    this.#sql.exec(
      "update vss_file set size = ? where path = ?",
      size,
      this.#path,
    );
  }

  size() {
    return this.#size;
  }

  flush() {}
  close() {}
}

/**
 * @param {{ sql: { exec: (sql: string, ...values: any[]) => { toArray(): any[] } } }} storage of the object
 * @returns {import("../../js/vfs.js").Store}
 */
export function durableFiles({ sql }) {
  sql.exec(SCHEMA);
  const sizeOf = (path) =>
    sql.exec("select size from vss_file where path = ?", path).toArray()[0]
      ?.size;
  return {
    open(path) {
      if (sizeOf(path) === undefined)
        sql.exec("insert into vss_file values (?, 0)", path);
      return new DurableFile(sql, path, sizeOf(path));
    },
    delete(path) {
      sql.exec("delete from vss_file where path = ?", path);
      sql.exec("delete from vss_block where path = ?", path);
    },
    exists: (path) => sizeOf(path) !== undefined,
    close() {},
  };
}
