/*
** The VssStop of a connection: sqlite/stop.h.
*/
#include "sqlite/stop.h"

static int is_interrupted(void *db) {
  /*
  ** sqlite3_is_interrupted() exists since 3.41. Under an older host of the loadable extension, the
  ** next statement that fetches a vector notices the interrupt.
  */
  return sqlite3_libversion_number() >= 3041000 && sqlite3_is_interrupted(db);
}

VssStop vss_stop_of_connection(sqlite3 *db) {
  VssStop stop = {is_interrupted, db};
  return stop;
}
