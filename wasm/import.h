/*
** The functions that the module imports from JavaScript: everything it needs of the world outside.
**
**   js/module/vfs.js    file...: a table of open files, by number
**   js/module/capi.js   functionCall, functionFree, now, stop, build,
**                         randomBytes, localTime
**
** wasm/imports.js names them for Emscripten's linker. None of them throws, with one exception: a
** trap inside functionCall is passed on, and ends the instance.
**
** Numbers cross as int or double, and a double holds offsets and sizes exactly up to 2^53. Pointers
** are addresses in the module's memory.
*/
#ifndef VSS_IMPORT_H
#define VSS_IMPORT_H

#include "sqlite3.h"

/* Natively, where the tests define these functions themselves, the attribute means nothing. */
#ifdef __wasm__
#define VSS_IMPORT(name) __attribute__((import_module("vss"), import_name(#name)))
#else
#define VSS_IMPORT(name)
#endif

/* --- Files ------------------------------------------------------------------------------------ */

/* The number of the opened file, or minus an SQLite code. `path` NULL: a temporary file. */
VSS_IMPORT(fileOpen)
int vss_import_file_open(const char *path, int flags);

/* How many bytes were read, fewer than `size_bytes` at the file's end; or minus an SQLite code. */
VSS_IMPORT(fileRead)
int vss_import_file_read(int id, void *out_bytes, int size_bytes, double offset);

/* 1 when reading more than is needed costs next to nothing, so that reading ahead pays; or 0. */
VSS_IMPORT(fileAhead)
int vss_import_file_ahead(int id);

/* The file's size, or minus an SQLite code. */
VSS_IMPORT(fileSize)
double vss_import_file_size(int id);

/* These five give an SQLite code. fileFlush returns when the bytes are where a crash keeps them. */
VSS_IMPORT(fileWrite)
int vss_import_file_write(int id, const void *bytes, int size_bytes, double offset);
VSS_IMPORT(fileTruncate)
int vss_import_file_truncate(int id, double size_bytes);
VSS_IMPORT(fileFlush)
int vss_import_file_flush(int id);
VSS_IMPORT(fileClose)
int vss_import_file_close(int id);
VSS_IMPORT(fileDelete)
int vss_import_file_delete(const char *path);

/* 1 when there is such a file, 0 when there is none, or minus an SQLite code. */
VSS_IMPORT(fileExists)
int vss_import_file_exists(const char *path);

/* 1 when the file's name belongs to another file by now, or to none; 0; or minus an SQLite code. */
VSS_IMPORT(fileMoved)
int vss_import_file_moved(int id);

/* SQLITE_OK, or an error with a text for the user where fileMoved() gives 1. */
VSS_IMPORT(fileCheck)
int vss_import_file_check(int id);

/* Writes the one name of a file that may have several, zero-terminated; an SQLite code. */
VSS_IMPORT(filePath)
int vss_import_file_path(const char *path, char *out_path, int out_size_bytes);

/* --- User functions --------------------------------------------------------------------------- */

/* Calls the user's function number `id`, which sets the result of `context`. */
VSS_IMPORT(functionCall)
void vss_import_function_call(int id, sqlite3_context *context, int argc, sqlite3_value **argv);

/* SQLite has dropped the function: its number may be forgotten. */
VSS_IMPORT(functionFree)
void vss_import_function_free(int id);

/* --- The runtime ------------------------------------------------------------------------------ */

/* Milliseconds since 1970. The clock of some runtimes stands still while code runs (deadline.c). */
VSS_IMPORT(now)
double vss_import_now(void);

/* 1: the user wants the statement under way to end. */
VSS_IMPORT(stop)
int vss_import_stop(void);

/* An index is built from its rows: `done` of `total`. 1: the user wants it to end. */
VSS_IMPORT(build)
int vss_import_build(double done, double total);

VSS_IMPORT(randomBytes)
void vss_import_random(void *out_bytes, int size_bytes);

/*
** The local time of `seconds` since 1970, in the order and with the units of struct tm: second,
** minute, hour, day, month from 0, year from 1900, weekday from Sunday, day of the year from 0.
*/
#define VSS_LOCAL_TIME_FIELDS 8
VSS_IMPORT(localTime)
void vss_import_local_time(double seconds, int *out_fields);

#endif
