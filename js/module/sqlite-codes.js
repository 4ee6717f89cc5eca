// SQLite's numbers and words for them: result codes and the flags of open(). Every other file reads
// them here.

/** Result codes by name. An extended code is its primary code plus a multiple of 256. */
export const SQLITE = Object.freeze({
  ERROR: 1,
  INTERNAL: 2,
  PERM: 3,
  ABORT: 4,
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  INTERRUPT: 9,
  IOERR: 10,
  CORRUPT: 11,
  NOTFOUND: 12,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  EMPTY: 16,
  SCHEMA: 17,
  TOOBIG: 18,
  CONSTRAINT: 19,
  MISMATCH: 20,
  MISUSE: 21,
  NOLFS: 22,
  AUTH: 23,
  FORMAT: 24,
  RANGE: 25,
  NOTADB: 26,
  ROW: 100,
  DONE: 101,
  ERROR_MISSING_COLLSEQ: 257,
  READONLY_RECOVERY: 264,
  IOERR_READ: 266,
  CORRUPT_VTAB: 267,
  CONSTRAINT_CHECK: 275,
  ABORT_ROLLBACK: 516,
  IOERR_SHORT_READ: 522,
  CONSTRAINT_COMMITHOOK: 531,
  READONLY_ROLLBACK: 776,
  IOERR_WRITE: 778,
  CONSTRAINT_FOREIGNKEY: 787,
  READONLY_DBMOVED: 1032,
  IOERR_FSYNC: 1034,
  CONSTRAINT_FUNCTION: 1043,
  CONSTRAINT_NOTNULL: 1299,
  READONLY_DIRECTORY: 1544,
  IOERR_TRUNCATE: 1546,
  CONSTRAINT_PRIMARYKEY: 1555,
  IOERR_FSTAT: 1802,
  CONSTRAINT_TRIGGER: 1811,
  CONSTRAINT_UNIQUE: 2067,
  CONSTRAINT_VTAB: 2323,
  IOERR_DELETE: 2570,
  CONSTRAINT_ROWID: 2579,
  CONSTRAINT_DATATYPE: 3091,
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
 * "SQLITE_BUSY" for 5; a code that is not in the table goes by its primary code.
 * @param {number} errcode
 */
export const codeName = (errcode) =>
  "SQLITE_" +
  (names.get(errcode) ?? names.get(primaryCode(errcode)) ?? "ERROR");

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
