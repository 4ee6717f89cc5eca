/*
** The database of a case and its connections, which take turns in one thread.
*/
#define _POSIX_C_SOURCE 200809L
#include "step_int.h"
#include "switches.h"

#include "vss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare_backwards(void *context, int n_a, const void *a, int n_b, const void *b) {
  (void)context;
  const unsigned char *x = a, *y = b;
  while (n_a > 0 && n_b > 0) {
    n_a--, n_b--;
    if (x[n_a] != y[n_b]) return x[n_a] < y[n_b] ? -1 : 1;
  }
  return n_a - n_b;
}

static sqlite3 *connect(const char *path) {
  sqlite3 *db = NULL;
  char *error = NULL;
  if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_vss_init(db, &error, NULL) != SQLITE_OK ||
      switches_register(db) != SQLITE_OK || element_register(db) != SQLITE_OK) {
    fprintf(stderr, "oracle: cannot open %s: %s\n", path, error ? error : sqlite3_errmsg(db));
    exit(2);
  }
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_create_collation(db, "backwards", SQLITE_UTF8, NULL, compare_backwards);
  sqlite3_exec(db, "pragma synchronous = off", NULL, NULL, NULL);
  return db;
}

/*
** Connections that take turns use WAL half of the time: only there do they read beside a writer.
** Everything follows from the case, so that a replay opens the same database.
*/
static void connect_all(Session *s, const Case *c) {
  int wal = c->n_connections > 1 ? c->seed / 2 % 2 == 0 : c->seed % 3 == 0;
  s->n = c->n_connections > 1 ? c->n_connections : s->path[0] ? 2 : 1;
  for (int i = 0; i < s->n; i++) {
    s->db[i] = connect(s->path[0] ? s->path : ":memory:");
    /* The first write to the file makes its encoding final, and WAL mode is such a write. */
    if (i == 0) {
      char encoding[60];
      snprintf(encoding, sizeof encoding, "pragma encoding = '%s'", c->encoding);
      sqlite3_exec(s->db[0], encoding, NULL, NULL, NULL);
      if (s->path[0])
        sqlite3_exec(s->db[0], wal ? "pragma journal_mode = wal" : "pragma journal_mode = truncate",
                     NULL, NULL, NULL);
    }
    if (c->by_triggers) sqlite3_exec(s->db[i], "pragma recursive_triggers = on", NULL, NULL, NULL);
  }
}

void session_close(Session *s, int keep_file) {
  for (int i = 0; i < s->n; i++) {
    sqlite3_close_v2(s->db[i]);
    s->db[i] = NULL;
  }
  s->n = 0;
  if (s->path[0] && !keep_file) {
    static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
    for (int i = 0; i < 4; i++) {
      char name[sizeof s->path + 10];
      snprintf(name, sizeof name, "%s%s", s->path, suffixes[i]);
      unlink(name);
    }
  }
}

void session_open(Session *s, const Case *c, const char *folder, const char *tag) {
  memset(s, 0, sizeof *s);
  if (c->file_backed)
    snprintf(s->path, sizeof s->path, "%s/vss-oracle-%d-%s.db", folder, (int)getpid(), tag);
  session_close(s, 0);
  connect_all(s, c);
}

void session_reopen(Session *s, const Case *c) {
  session_close(s, 1);
  connect_all(s, c);
}

int session_is_contended(const Session *s, sqlite3 *db) {
  if (s->n == 1) return 0;
  /* Its state may be an older one, on which it cannot write. */
  if (sqlite3_txn_state(db, "main") == SQLITE_TXN_READ) return 1;
  for (int i = 0; i < s->n; i++)
    if (s->db[i] != db && !sqlite3_get_autocommit(s->db[i])) return 1;
  return 0;
}
