// ctx.storage of a Durable Object, on a database of our own in memory. It has what store-durable.js
// asks for and nothing else.

export class FakeStorage {
  #db;
  #inTransaction = false;
  /** Called before each change, when nothing of an unfinished transaction can be seen. */
  beforeChange = () => {};

  /** @param {any} db an open Database in memory */
  constructor(db) {
    this.#db = db;
  }

  sql = {
    exec: (text, ...params) => {
      const isChange = !/^select/.test(text);
      if (isChange && !this.#inTransaction) this.beforeChange();
      const statement = this.#prepare(text);
      try {
        const rows = statement.reader
          ? statement.all(...params)
          : (statement.run(...params), []);
        // A Durable Object gives BLOBs as ArrayBuffers.
        for (const row of rows)
          for (const [name, value] of Object.entries(row))
            if (ArrayBuffer.isView(value)) row[name] = value.slice().buffer;
        return { toArray: () => rows };
      } finally {
        statement.finalize();
      }
    },
  };

  #prepare(text) {
    try {
      return this.#db.prepare(text);
    } catch (/** @type {any} */ error) {
      // A Durable Object gives plain errors.
      throw new Error(error.message, { cause: error });
    }
  }

  transactionSync(run) {
    this.beforeChange();
    this.#inTransaction = true;
    try {
      return this.#db.transaction(run)();
    } finally {
      this.#inTransaction = false;
    }
  }

  /** All that the object keeps. */
  bytes() {
    return this.#db.serialize();
  }

  close() {
    this.#db.close();
  }
}
