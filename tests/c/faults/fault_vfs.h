/*
** A file system in memory whose calls can fail and whose power can be cut.
**
**   each file   live: what a program reads back
**               disk: what is certain to survive a crash, as of the last sync
**
** A crash image takes for each 512-byte sector in which the two differ the old one, the new one, or
** one torn in the middle with garbage behind, so that unsynced writes are dropped, reordered and
** torn. Creating, growing and truncating a file are certain after its next sync; deleting it with
** syncDir is certain at once.
**
** There are no locks: connections take turns.
*/
#ifndef VSS_FAULT_VFS_H
#define VSS_FAULT_VFS_H

#include "faults/fault.h"

enum { FAULT_FILES = 4, FAULT_SECTOR = 512 };

typedef struct FaultBytes {
  unsigned char *data;
  sqlite3_int64 size;
  int exists;
} FaultBytes;

typedef struct FaultFile {
  char name[64];
  FaultBytes live, disk;
} FaultFile;

static FaultFile fault_files[FAULT_FILES];

/* Called before each change of a file; the crash test takes its snapshots here. */
static void (*fault_vfs_hook)(void);

/*
** Which calls fail: 0: every kind, with its own code; 'w': writes, since the disk is full; 'r':
** reads, which give too few bytes.
*/
static int io_fail_in, io_fail_always, io_fail_kind, io_failed;

static inline int io_fails(int kind) {
  if (io_fail_in == 0 || (io_fail_kind && io_fail_kind != kind)) return 0;
  if (io_fail_in > 1) {
    io_fail_in--;
    return 0;
  }
  if (!io_fail_always) io_fail_in = 0;
  io_failed++;
  return 1;
}

static inline void fault_bytes_resize(FaultBytes *bytes, sqlite3_int64 size) {
  unsigned char *data = realloc(bytes->data, (size_t)size + FAULT_SECTOR);
  if (!data) abort();
  size_t had = (size_t)bytes->size, has = (size_t)size;
  if (has > had) memset(data + had, 0, has - had);
  bytes->data = data;
  bytes->size = size;
}

static inline void fault_bytes_copy(FaultBytes *to, const FaultBytes *from) {
  fault_bytes_resize(to, from->size);
  if (from->size) memcpy(to->data, from->data, (size_t)from->size);
  to->exists = from->exists;
}

static inline void fault_files_free(FaultFile *files) {
  for (int i = 0; i < FAULT_FILES; i++) {
    free(files[i].live.data);
    free(files[i].disk.data);
  }
  memset(files, 0, FAULT_FILES * sizeof *files);
}

static inline void fault_files_copy(FaultFile *to, const FaultFile *from) {
  memset(to, 0, FAULT_FILES * sizeof *to);
  for (int i = 0; i < FAULT_FILES; i++) {
    memcpy(to[i].name, from[i].name, sizeof to[i].name);
    fault_bytes_copy(&to[i].live, &from[i].live);
    fault_bytes_copy(&to[i].disk, &from[i].disk);
  }
}

/* ---- methods of files ---- */

typedef struct FaultHandle {
  sqlite3_file base;
  int file;
  int delete_on_close;
} FaultHandle;

static inline FaultFile *file_of(sqlite3_file *handle) {
  return &fault_files[((FaultHandle *)handle)->file];
}

static inline int fv_close(sqlite3_file *handle) {
  if (((FaultHandle *)handle)->delete_on_close) {
    FaultFile *file = file_of(handle);
    free(file->live.data);
    free(file->disk.data);
    memset(file, 0, sizeof *file);
  }
  return SQLITE_OK;
}

static inline int fv_read(sqlite3_file *handle, void *to, int size, sqlite3_int64 offset) {
  int fails = io_fails('r');
  if (fails && io_fail_kind != 'r') return SQLITE_IOERR_READ;
  const FaultBytes *live = &file_of(handle)->live;
  sqlite3_int64 there = live->size > offset ? live->size - offset : 0;
  if (there > size) there = size;
  if (fails) there /= 2;
  if (there) memcpy(to, live->data + offset, (size_t)there);
  if (there == size) return SQLITE_OK;
  memset((char *)to + there, 0, (size_t)(size - there));
  return SQLITE_IOERR_SHORT_READ;
}

static inline int fv_write(sqlite3_file *handle, const void *from, int size, sqlite3_int64 offset) {
  if (io_fails('w')) return io_fail_kind == 'w' ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  if (fault_vfs_hook) fault_vfs_hook();
  FaultBytes *live = &file_of(handle)->live;
  if (offset + size > live->size) fault_bytes_resize(live, offset + size);
  memcpy(live->data + offset, from, (size_t)size);
  return SQLITE_OK;
}

static inline int fv_truncate(sqlite3_file *handle, sqlite3_int64 size) {
  if (io_fails('t')) return SQLITE_IOERR_TRUNCATE;
  if (fault_vfs_hook) fault_vfs_hook();
  FaultBytes *live = &file_of(handle)->live;
  if (size < live->size) fault_bytes_resize(live, size);
  return SQLITE_OK;
}

static inline int fv_sync(sqlite3_file *handle, int flags) {
  (void)flags;
  if (io_fails('s')) return SQLITE_IOERR_FSYNC;
  if (fault_vfs_hook) fault_vfs_hook();
  FaultFile *file = file_of(handle);
  fault_bytes_copy(&file->disk, &file->live);
  return SQLITE_OK;
}

static inline int fv_size(sqlite3_file *handle, sqlite3_int64 *out_size) {
  if (io_fails('z')) return SQLITE_IOERR_FSTAT;
  *out_size = file_of(handle)->live.size;
  return SQLITE_OK;
}

static inline int fv_lock(sqlite3_file *handle, int level) {
  (void)handle, (void)level;
  return io_fails('l') ? SQLITE_IOERR_LOCK : SQLITE_OK;
}

static inline int fv_unlock(sqlite3_file *handle, int level) {
  (void)handle, (void)level;
  return SQLITE_OK;
}

static inline int fv_check_reserved(sqlite3_file *handle, int *out_reserved) {
  (void)handle;
  if (io_fails('c')) return SQLITE_IOERR_CHECKRESERVEDLOCK;
  *out_reserved = 0;
  return SQLITE_OK;
}

static inline int fv_control(sqlite3_file *handle, int op, void *arg) {
  (void)handle, (void)op, (void)arg;
  return SQLITE_NOTFOUND;
}

static inline int fv_sector_size(sqlite3_file *handle) {
  (void)handle;
  return FAULT_SECTOR;
}

/*
** The device promises nothing, not even that a write leaves the bytes beside it in its sector
** alone.
*/
static inline int fv_characteristics(sqlite3_file *handle) {
  (void)handle;
  return 0;
}

static const sqlite3_io_methods fault_io_methods = {
    .iVersion = 1,
    .xClose = fv_close,
    .xRead = fv_read,
    .xWrite = fv_write,
    .xTruncate = fv_truncate,
    .xSync = fv_sync,
    .xFileSize = fv_size,
    .xLock = fv_lock,
    .xUnlock = fv_unlock,
    .xCheckReservedLock = fv_check_reserved,
    .xFileControl = fv_control,
    .xSectorSize = fv_sector_size,
    .xDeviceCharacteristics = fv_characteristics,
};

/* ---- methods of the file system ---- */

static inline int find_file(const char *name) {
  for (int i = 0; i < FAULT_FILES; i++) {
    if (strcmp(fault_files[i].name, name) == 0) return i;
  }
  return -1;
}

static inline int fv_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *handle, int flags,
                          int *out_flags) {
  (void)vfs;
  FaultHandle *opened = (FaultHandle *)handle;
  memset(opened, 0, sizeof *opened);
  if (io_fails('o')) return SQLITE_CANTOPEN;
  static int n_temporary;
  char temporary[32];
  if (!name) {
    snprintf(temporary, sizeof temporary, "temporary%d", n_temporary++);
    name = temporary;
    opened->delete_on_close = 1;
  }
  int i = find_file(name);
  if (i < 0) i = find_file("");
  if (i < 0) return SQLITE_CANTOPEN;
  if (!fault_files[i].live.exists && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
  snprintf(fault_files[i].name, sizeof fault_files[i].name, "%s", name);
  fault_files[i].live.exists = 1;
  opened->file = i;
  opened->base.pMethods = &fault_io_methods;
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

static inline int fv_delete(sqlite3_vfs *vfs, const char *name, int sync_dir) {
  (void)vfs, (void)sync_dir;
  if (io_fails('d')) return SQLITE_IOERR_DELETE;
  int i = find_file(name);
  if (i < 0 || !fault_files[i].live.exists) return SQLITE_IOERR_DELETE_NOENT;
  if (fault_vfs_hook) fault_vfs_hook();
  fault_bytes_resize(&fault_files[i].live, 0);
  fault_bytes_resize(&fault_files[i].disk, 0);
  fault_files[i].live.exists = fault_files[i].disk.exists = 0;
  return SQLITE_OK;
}

static inline int fv_access(sqlite3_vfs *vfs, const char *name, int flags, int *out_found) {
  (void)vfs, (void)flags;
  if (io_fails('a')) return SQLITE_IOERR_ACCESS;
  int i = find_file(name);
  *out_found = i >= 0 && fault_files[i].live.exists;
  return SQLITE_OK;
}

static inline int fv_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *out) {
  (void)vfs;
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

static inline int fv_randomness(sqlite3_vfs *vfs, int size, char *out) {
  (void)vfs;
  static uint64_t state = 42; /* the same journals in every run */
  for (int i = 0; i < size; i++)
    out[i] = (char)check_random(&state);
  return size;
}

static inline int fv_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return microseconds;
}

static inline int fv_time(sqlite3_vfs *vfs, double *out_julian_day) {
  (void)vfs;
  *out_julian_day = 2460000.5;
  return SQLITE_OK;
}

static inline void fault_vfs_register(void) {
  static sqlite3_vfs vfs = {.iVersion = 1,
                            .szOsFile = sizeof(FaultHandle),
                            .mxPathname = 60,
                            .zName = "fault",
                            .xOpen = fv_open,
                            .xDelete = fv_delete,
                            .xAccess = fv_access,
                            .xFullPathname = fv_full_pathname,
                            .xRandomness = fv_randomness,
                            .xSleep = fv_sleep,
                            .xCurrentTime = fv_time};
  CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

/* ---- crashes ---- */

/*
** What may be on the disk after a crash now. `way` 0: all that was not synced is lost; 1: nothing
** is; else each sector has its own fate.
*/
static inline void fault_crash_image(const FaultFile *from, int way, uint64_t *seed,
                                     FaultFile *out) {
  memset(out, 0, FAULT_FILES * sizeof *out);
  for (int i = 0; i < FAULT_FILES; i++) {
    const FaultBytes *live = &from[i].live, *disk = &from[i].disk;
    if (strncmp(from[i].name, "temporary", 9) == 0) continue;
    memcpy(out[i].name, from[i].name, sizeof out[i].name);
    FaultBytes *image = &out[i].disk;
    fault_bytes_copy(image, way == 1 ? live : disk);
    if (way > 1 && (live->exists || disk->exists)) {
      /* A file that was never synced may be there in part, or not at all. */
      image->exists = disk->exists || check_random(seed) % 4 != 0;
      if (live->size < disk->size && check_random(seed) % 2) fault_bytes_resize(image, live->size);
      for (sqlite3_int64 at = 0; image->exists && at < live->size; at += FAULT_SECTOR) {
        size_t size = (size_t)(live->size - at < FAULT_SECTOR ? live->size - at : FAULT_SECTOR);
        int was_there = at + (sqlite3_int64)size <= disk->size;
        if (was_there && memcmp(live->data + at, disk->data + at, size) == 0) continue;
        uint64_t fate = check_random(seed) % 8;
        if (fate < 3) continue; /* lost */
        if (at + (sqlite3_int64)size > image->size)
          fault_bytes_resize(image, at + (sqlite3_int64)size);
        memcpy(image->data + at, live->data + at, size);
        if (fate == 7) {
          for (size_t j = size / 2; j < size; j++)
            image->data[at + (sqlite3_int64)j] = (unsigned char)check_random(seed);
        }
      }
    }
    if (!image->exists) fault_bytes_resize(image, 0);
    fault_bytes_copy(&out[i].live, image);
  }
}

#endif
