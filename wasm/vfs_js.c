/*
** SQLite's only file system in the wasm build, over the functions of a JavaScript file object.
**
**   sqlite3_file                        JavaScript (js/module/vfs.js)
**   ┌──────────────┐   number of the    ┌───────────────────────────────────────────────┐
**   │ VssFile.id ──┼──────────────────► │ files[id] = {read, write, truncate, size,     │
**   └──────────────┘   file             │              flush, close}                    │
**                                       └───────────────────────────────────────────────┘
**
** What those talk to is not known here: memory, node:fs, OPFS, or rows of a Durable Object.
**
** Locks: the JavaScript side takes one lock when a database file is opened and holds it until the
** file is closed, so xLock has nothing to do. There is no shared memory (iVersion is 1), so WAL
** works in exclusive locking mode only; connection.c puts every connection into that mode.
**
** Reading ahead: a call into JavaScript and the system costs as much as copying 16 KB. Where a
** database is read page after page, one call brings 256 KB, and the next reads are copies.
**
**   reads    | 8 KB | 8 KB | 8 KB | 8 KB |                     a run begins
**   ahead                                | 256 KB ... |        the fifth read brings so much
**                                        | 8 KB | 8 KB ...     copies
**
** What was read ahead is forgotten when anything is written to a database file, when this one is
** truncated or closed, when a read goes elsewhere, and at each change of its lock: under another
** lock, somebody else may have written.
**
** import.h says what each imported function returns.
*/
#include <limits.h>
#include <string.h>
#include <time.h>

#include "import.h"

/* What was read ahead of a file, and whether its reads follow each other. */
typedef struct Ahead {
  int is_wanted;        /* 0: reads of this file are passed on as they are */
  int n_onward;         /* how many reads began where the one before ended, or close to it */
  sqlite3_int64 next;   /* where the last read ended */
  unsigned char *bytes; /* owned; NULL: nothing was read ahead */
  sqlite3_int64 offset; /* of the bytes in the file */
  int size_bytes;
  unsigned n_writes; /* what the counter below was */
} Ahead;

typedef struct VssFile {
  sqlite3_file base;
  int id;
  Ahead ahead;
} VssFile;

#define VSS_AHEAD_BYTES (256 * 1024)
/* So many reads in a row make a run. Look-ups in a B-tree make none. */
#define VSS_AHEAD_RUN 4
/*
** A run goes on over a gap of this size, in both directions: where a table has long rows, each leaf
** stands a few pages before or behind those that its rows overflow to.
*/
#define VSS_AHEAD_GAP_BYTES (32 * 1024)

/* Counts the writes to all database files: the same file may be open twice, as by ATTACH. */
static unsigned n_database_writes;

#define VSS_PATH_MAX_BYTES 1024

/* What SQLite takes for a disk whose sectors are not known. */
#define VSS_SECTOR_BYTES 4096

/* SQLite counts from noon of 24 November 4714 BC; 1 January 1970 is day 2440587.5 of that count. */
#define VSS_DAY_MS               86400000.0
#define VSS_UNIX_EPOCH_JULIAN_MS (2440587.5 * VSS_DAY_MS)

static void forget_ahead(Ahead *ahead) {
  sqlite3_free(ahead->bytes);
  ahead->bytes = NULL;
  ahead->n_onward = 0;
}

static int vfs_close(sqlite3_file *file) {
  forget_ahead(&((VssFile *)file)->ahead);
  return vss_import_file_close(((VssFile *)file)->id);
}

/* Whether the bytes of this read have been read ahead. */
static int has_ahead(const Ahead *ahead, int size_bytes, sqlite3_int64 offset) {
  return ahead->bytes && offset >= ahead->offset &&
         offset + size_bytes <= ahead->offset + ahead->size_bytes;
}

/* Note a read, and read ahead where it belongs to a run. A failure only means that nothing is. */
static void read_ahead(VssFile *file, int size_bytes, sqlite3_int64 offset) {
  Ahead *ahead = &file->ahead;
  sqlite3_int64 gap_bytes = offset - ahead->next, start = gap_bytes > 0 ? ahead->next : offset;
  if (ahead->n_writes != n_database_writes) forget_ahead(ahead);
  ahead->n_writes = n_database_writes;
  int is_there = has_ahead(ahead, size_bytes, offset);
  if (is_there || (gap_bytes >= -VSS_AHEAD_GAP_BYTES && gap_bytes <= VSS_AHEAD_GAP_BYTES))
    ahead->n_onward++;
  else
    forget_ahead(ahead);
  ahead->next = offset + size_bytes;
  if (ahead->n_onward < VSS_AHEAD_RUN || is_there) return;
  if (!ahead->bytes) ahead->bytes = sqlite3_malloc(VSS_AHEAD_BYTES);
  if (!ahead->bytes) return;
  /* From where the read before ended: what a gap leaves out is often read next. */
  int n = vss_import_file_read(file->id, ahead->bytes, VSS_AHEAD_BYTES, (double)start);
  ahead->offset = start;
  ahead->size_bytes = n > 0 ? n : 0;
}

/* A negative answer of an import is an SQLite code, everywhere in this file. */
static int vfs_read(sqlite3_file *file, void *out_bytes, int size_bytes, sqlite3_int64 offset) {
  VssFile *self = (VssFile *)file;
  if (self->ahead.is_wanted) {
    read_ahead(self, size_bytes, offset);
    if (has_ahead(&self->ahead, size_bytes, offset)) {
      memcpy(out_bytes, self->ahead.bytes + (offset - self->ahead.offset), (size_t)size_bytes);
      return SQLITE_OK;
    }
  }
  int n = vss_import_file_read(self->id, out_bytes, size_bytes, (double)offset);
  if (n < 0) return -n;
  if (n >= size_bytes) return SQLITE_OK;
  /* SQLite relies on zeros behind the end of the file. */
  memset((char *)out_bytes + n, 0, (size_t)(size_bytes - n));
  return SQLITE_IOERR_SHORT_READ;
}

static int vfs_write(sqlite3_file *file, const void *bytes, int size_bytes, sqlite3_int64 offset) {
  VssFile *self = (VssFile *)file;
  /* Before it: a write that fails may have written a part. */
  n_database_writes += (unsigned)self->ahead.is_wanted;
  return vss_import_file_write(self->id, bytes, size_bytes, (double)offset);
}

static int vfs_truncate(sqlite3_file *file, sqlite3_int64 size_bytes) {
  VssFile *self = (VssFile *)file;
  n_database_writes += (unsigned)self->ahead.is_wanted;
  return vss_import_file_truncate(self->id, (double)size_bytes);
}

/* Whatever SQLite asks of a sync, the store keeps the bytes through a crash. */
static int vfs_sync(sqlite3_file *file, int flags) {
  (void)flags;
  return vss_import_file_flush(((VssFile *)file)->id);
}

static int vfs_size(sqlite3_file *file, sqlite3_int64 *out_size_bytes) {
  double size_bytes = vss_import_file_size(((VssFile *)file)->id);
  if (size_bytes < 0) return (int)-size_bytes;
  *out_size_bytes = (sqlite3_int64)size_bytes;
  return SQLITE_OK;
}

/* Serves xLock and xUnlock: the one lock of the file is JavaScript's. */
static int vfs_lock(sqlite3_file *file, int level) {
  (void)level;
  forget_ahead(&((VssFile *)file)->ahead);
  return SQLITE_OK;
}

/*
** Nobody else can have the file open, so nobody has reserved it. A journal found at opening is hot.
*/
static int vfs_check_reserved(sqlite3_file *file, int *out_reserved) {
  (void)file;
  *out_reserved = 0;
  return SQLITE_OK;
}

/*
** A database that was replaced while it was open takes no writes. SQLite asks by HAS_MOVED when it
** opens a journal and when it closes a log. An exclusive connection keeps its journal open, so that
** is once. SYNC comes with each commit of a rollback journal, also of one in memory, whether or not
** anything is synced.
*/
static int vfs_control(sqlite3_file *file, int op, void *arg) {
  const int id = ((VssFile *)file)->id;
  if (op == SQLITE_FCNTL_SYNC) return vss_import_file_check(id);
  if (op == SQLITE_FCNTL_HAS_MOVED) {
    const int moved = vss_import_file_moved(id);
    if (moved < 0) return -moved;
    *(int *)arg = moved;
    return SQLITE_OK;
  }
  return SQLITE_NOTFOUND;
}

static int vfs_sector_size(sqlite3_file *file) {
  (void)file;
  return VSS_SECTOR_BYTES;
}

/* SQLite assumes the same of every disk: a write does not damage the bytes beside it. */
static int vfs_characteristics(sqlite3_file *file) {
  (void)file;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods vfs_methods = {
    .iVersion = 1,
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_lock,
    .xCheckReservedLock = vfs_check_reserved,
    .xFileControl = vfs_control,
    .xSectorSize = vfs_sector_size,
    .xDeviceCharacteristics = vfs_characteristics,
};

/* SQLite gives memory of szOsFile bytes for the file; its number is all that is kept there. */
static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags,
                    int *out_flags) {
  VssFile *self = (VssFile *)file;
  (void)vfs;
  memset(self, 0, sizeof *self);
  self->base.pMethods = NULL; /* SQLite calls xClose only where methods are set */
  self->id = vss_import_file_open(path, flags);
  if (self->id < 0) return -self->id;
  self->base.pMethods = &vfs_methods;
  self->ahead.is_wanted = (flags & SQLITE_OPEN_MAIN_DB) && vss_import_file_ahead(self->id);
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

/* sync_dir asks for a deletion that outlives a crash. JavaScript always gives that. */
static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_dir) {
  (void)vfs;
  (void)sync_dir;
  return vss_import_file_delete(path);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out_result) {
  int found = vss_import_file_exists(path);
  (void)vfs;
  (void)flags;
  if (found < 0) return -found;
  *out_result = found;
  return SQLITE_OK;
}

/*
** Journals lie beside the file itself, not beside a symbolic link to it: SQLite makes their names
** from this path.
*/
static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int out_size_bytes, char *out_path) {
  (void)vfs;
  return vss_import_file_path(path, out_path, out_size_bytes);
}

static int vfs_random(sqlite3_vfs *vfs, int size_bytes, char *out_bytes) {
  (void)vfs;
  vss_import_random(out_bytes, size_bytes);
  return size_bytes;
}

/* There is nothing to wait for: no other connection can hold a lock of ours. */
static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return microseconds;
}

static int vfs_time_int64(sqlite3_vfs *vfs, sqlite3_int64 *out_julian_ms) {
  (void)vfs;
  *out_julian_ms = (sqlite3_int64)(VSS_UNIX_EPOCH_JULIAN_MS + vss_import_now());
  return SQLITE_OK;
}

static int vfs_time(sqlite3_vfs *vfs, double *out_julian_days) {
  (void)vfs;
  *out_julian_days = (VSS_UNIX_EPOCH_JULIAN_MS + vss_import_now()) / VSS_DAY_MS;
  return SQLITE_OK;
}

/* Errors are codes; the file system has no text to add to them. */
static int vfs_last_error(sqlite3_vfs *vfs, int size_bytes, char *out_text) {
  (void)vfs;
  if (size_bytes > 0) out_text[0] = 0;
  return 0;
}

/* Registers the file system "vss" as the default one. Returns an SQLite code. */
static int vfs_register(void) {
  static sqlite3_vfs vfs = {
      .iVersion = 2,
      .szOsFile = sizeof(VssFile),
      .mxPathname = VSS_PATH_MAX_BYTES,
      .zName = "vss",
      .xOpen = vfs_open,
      .xDelete = vfs_delete,
      .xAccess = vfs_access,
      .xFullPathname = vfs_full_path,
      .xRandomness = vfs_random,
      .xSleep = vfs_sleep,
      .xCurrentTime = vfs_time,
      .xGetLastError = vfs_last_error,
      .xCurrentTimeInt64 = vfs_time_int64,
  };
  return sqlite3_vfs_register(&vfs, 1);
}

/* Under SQLITE_OS_OTHER, sqlite3_initialize() and sqlite3_shutdown() call these two. */
int sqlite3_os_init(void) {
  return vfs_register();
}
int sqlite3_os_end(void) {
  return SQLITE_OK;
}

/*
** The C library's localtime(), for SQLite's modifier 'localtime'. The runtime knows the time zone,
** a wasm module does not. This definition takes the place of Emscripten's, which would need
** Emscripten's own JavaScript.
*/
struct tm *localtime(const time_t *seconds) {
  static struct tm result;
  int fields[VSS_LOCAL_TIME_FIELDS] = {0};
  vss_import_local_time((double)*seconds, fields);
  result.tm_sec = fields[0];
  result.tm_min = fields[1];
  result.tm_hour = fields[2];
  result.tm_mday = fields[3];
  result.tm_mon = fields[4];
  result.tm_year = fields[5];
  result.tm_wday = fields[6];
  result.tm_yday = fields[7];
  return &result;
}
