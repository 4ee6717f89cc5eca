// SQLite's numbers and words for them: result codes and the flags of open(). Every other file reads
// them here.

/**
 * The result codes that JavaScript asks for or raises. An extended code is its primary code plus a
 * multiple of 256. wasm/code_names.c has the names of all.
 */
export const SQLITE = Object.freeze({
  ERROR: 1,
  INTERNAL: 2,
  BUSY: 5,
  NOMEM: 7,
  READONLY: 8,
  IOERR: 10,
  FULL: 13,
  CANTOPEN: 14,
  MISUSE: 21,
  ROW: 100,
  DONE: 101,
  IOERR_READ: 266,
  IOERR_WRITE: 778,
  READONLY_DBMOVED: 1032,
  IOERR_FSYNC: 1034,
  READONLY_DIRECTORY: 1544,
  IOERR_TRUNCATE: 1546,
  IOERR_FSTAT: 1802,
  IOERR_DELETE: 2570,
  IOERR_ACCESS: 3338,
});

/** @type {Map<number, string>} */
const names = new Map(
  Object.entries(SQLITE).map(([name, code]) => [code, name]),
);

/**
 * What sqlite3_errstr() says about the primary codes that JavaScript itself raises.
 * @type {Record<number, string>}
 */
const texts = {
  [SQLITE.ERROR]: "SQL logic error",
  [SQLITE.INTERNAL]: "internal logic error",
  [SQLITE.BUSY]: "database is locked",
  [SQLITE.NOMEM]: "out of memory",
  [SQLITE.READONLY]: "attempt to write a readonly database",
  [SQLITE.IOERR]: "disk I/O error",
  [SQLITE.FULL]: "database or disk is full",
  [SQLITE.CANTOPEN]: "unable to open database file",
  [SQLITE.MISUSE]: "bad parameter or other API misuse",
};

/** @param {number} errcode */
export const primaryCode = (errcode) => errcode & 0xff;

/**
 * "SQLITE_BUSY" for 5, of the codes above.
 * @param {number} errcode
 */
export const codeName = (errcode) => `SQLITE_${names.get(errcode) ?? "ERROR"}`;

/** @param {number} errcode */
export const codeText = (errcode) => texts[primaryCode(errcode)] ?? "";

/** Flags of sqlite3_open_v2() and of a store's open(). */
export const OPEN = Object.freeze({
  READONLY: 1,
  READWRITE: 2,
  CREATE: 4,
  MAIN_DB: 0x100,
  WAL: 0x80000,
});
