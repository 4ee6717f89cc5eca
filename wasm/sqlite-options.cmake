# SQLite's compile-time options, each with its reason. One list for every build, one more for wasm
# and one more for native builds; a database written by one opens in the others.
#
# Size counts (tools/check-size.mjs has the budget), so an option that only adds is here only
# when something in this project or in its promise needs it.

set(VSS_SQLITE_OPTIONS
  # "text" in double quotes is an identifier and nothing else: a misspelt column is an error, not a
  # string. Queries that filter vectors must not go wrong silently.
  SQLITE_DQS=0
  # Schemas of foreign database files may not call functions with side effects.
  SQLITE_TRUSTED_SCHEMA=0
  # A function that hands out subtypes has to say so; otherwise the planner may lose them.
  SQLITE_STRICT_SUBTYPE=1
  # Vectors are BLOBs; LIKE on them would only cost time.
  SQLITE_LIKE_DOESNT_MATCH_BLOBS
  # Full text search: hybrid search (FTS5 and vss0 in one statement) is a documented use.
  SQLITE_ENABLE_FTS5
  # Boxes and ranges over several columns, the usual companion of a vector for places and times.
  SQLITE_ENABLE_RTREE
  # sqrt(), exp(), ln(): scoring formulas around a distance.
  SQLITE_ENABLE_MATH_FUNCTIONS
  # The resident index over an ordinary table is told of each changed row.
  SQLITE_ENABLE_PREUPDATE_HOOK
  # The wrapper tells which table and column a result column comes from.
  SQLITE_ENABLE_COLUMN_METADATA
  # A search in a join reads the program of its own statement, to learn whether it drives the join
  # (src/vss0/drive.h).
  SQLITE_ENABLE_BYTECODE_VTAB
  # vss_table_stats(t, 'sizes') learns from it how full the pages of a table are.
  SQLITE_ENABLE_DBSTAT_VTAB
  # The pinned amalgamation's parser was generated with it, and "DELETE ... LIMIT" is handy.
  SQLITE_ENABLE_UPDATE_DELETE_LIMIT
  # Two schemes nobody should start to use; leaving them out saves code and checks.
  SQLITE_OMIT_DEPRECATED
  SQLITE_OMIT_SHARED_CACHE
  # sqlite3_memory_used() and hard_heap_limit work only with statistics: the tests measure leaks
  # and cap memory with them, and an application may do the same.
  SQLITE_DEFAULT_MEMSTATUS=1
)

set(VSS_SQLITE_OPTIONS_WASM
  # The only file system is wasm/vfs_js.c: no unix or Windows code.
  SQLITE_OS_OTHER=1
  # One module instance is one thread; mutexes would be empty calls.
  SQLITE_THREADSAFE=0
  # There is nothing to load at run time: everything is linked in.
  SQLITE_OMIT_LOAD_EXTENSION
  # Temporary tables and sorts stay in memory: the OPFS back end opens its files beforehand and
  # has none to give to a query in flight.
  SQLITE_TEMP_STORE=3
  # The journal of one statement stays in memory too, for the same reason.
  SQLITE_STMTJRNL_SPILL=-1
  # No file can be mapped.
  SQLITE_MAX_MMAP_SIZE=0
  # LIKE and GLOB call themselves once per wildcard that is followed by something, so once per two
  # bytes of the pattern, and a call takes about 180 bytes of the engine's stack (V8, both of its
  # compilers). SQLite's own limit, 50,000, would take 4.5 MB where the engine has about 1 MB, and
  # an overflow loses the database. 2,000 take 180 KB, half as much as an expression of the greatest
  # depth that SQLite allows: an engine that has not optimised the code yet needs more for a call.
  # tests/js/specs/hazards.js runs both with a third of the stack used up.
  SQLITE_MAX_LIKE_PATTERN_LENGTH=2000
  # Five vectors of 384 dimensions a page instead of two (6 % of a page unused, not 25 %), and half
  # the calls into JavaScript when a file is read. A file made elsewhere keeps its own page size.
  SQLITE_DEFAULT_PAGE_SIZE=8192
)

set(VSS_SQLITE_OPTIONS_NATIVE
  # SQLite's own default: the extension is loaded into programs that have threads.
  SQLITE_THREADSAFE=1
)
