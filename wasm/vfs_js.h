/*
** SQLite's only file system in the wasm build: every call goes to a JavaScript file object.
*/
#ifndef VSS_VFS_JS_H
#define VSS_VFS_JS_H

/* Register the VFS "vss" as the default one. Returns an SQLite code. Called by sqlite3_initialize(). */
int vss_vfs_register(void);

#endif
