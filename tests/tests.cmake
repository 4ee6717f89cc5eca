# Everything that npm test and npm run test:long run, registered with CTest. Included by
# CMakeLists.txt.
#
#   label    what                                                     registered in
#   native   C tests, fuzz corpora, SQL scripts, oracle               every build folder with tests
#   js       checks of the tree, and all that Node or a browser runs  build/native-asan
#   long     what takes longer than npm test may                      build/native-asan
#
# The test presets of CMakePresets.json choose by these labels. One test by its name:
#   ctest --preset test -R '^sql_edges$'

# vss_step(<name> LABEL <label> COMMAND <command> ... [NEEDS <fixture> ...] [GIVES <fixture>]
#          [CORES <n>] [LOCK <resource>] [MINUTES <n>] [ENVIRONMENT <name=value> ...] [MAY_SKIP])
# It runs in the repository's top folder.
#
# CTest starts what GIVES a fixture before everything that NEEDS it, also when only the latter is
# asked for. A step that skips something fails: a test that did not run is not taken for one that
# passed. MAY_SKIP is for the three steps whose needs CONTRIBUTING.md names.
function(vss_step name)
  cmake_parse_arguments(arg "MAY_SKIP" "LABEL;GIVES;CORES;LOCK;MINUTES" "COMMAND;NEEDS;ENVIRONMENT" ${ARGN})
  add_test(NAME ${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT arg_MINUTES)
    set(arg_MINUTES 15)   # far longer than any of npm test takes: it ends a step that hangs
    if(EMSCRIPTEN)
      set(arg_MINUTES 120)   # some of the C tests take twenty times as long in wasm
    endif()
  endif()
  math(EXPR timeout "60 * ${arg_MINUTES}")
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${timeout})
  if(NOT arg_MAY_SKIP)
    # "Firefox: skipped, why", "package: skipped, why", and the last lines of node --test.
    set_tests_properties(${name} PROPERTIES FAIL_REGULAR_EXPRESSION "[a-zA-Z0-9]: skipped, ;skipped [1-9]")
  endif()
  foreach(pair NEEDS=FIXTURES_REQUIRED GIVES=FIXTURES_SETUP CORES=PROCESSORS LOCK=RESOURCE_LOCK
      ENVIRONMENT=ENVIRONMENT)
    string(REGEX MATCH "^([A-Z]+)=([A-Z_]+)$" matched ${pair})
    if(arg_${CMAKE_MATCH_1})
      set_tests_properties(${name} PROPERTIES ${CMAKE_MATCH_2} "${arg_${CMAKE_MATCH_1}}")
    endif()
  endforeach()
endfunction()

# --- native ------------------------------------------------------------------------------------

# Some tests need what a wasm module cannot have: shared libraries, processes, threads.
function(vss_runs_here source out_runs)
  set(${out_runs} TRUE PARENT_SCOPE)
  if(EMSCRIPTEN)
    file(STRINGS ${source} unfit REGEX "dlopen|pthread|fork\\(|waitpid|mmap|VSS_LOADABLE" LIMIT_COUNT 1)
    if(unfit)
      set(${out_runs} FALSE PARENT_SCOPE)
    endif()
  endif()
endfunction()

# How many faults a test draws, and how many rounds it plays. In wasm each takes twenty times as
# long. Where branches are counted, memory that runs out reaches a branch of its own at nearly each
# allocation, and many allocations are to be tried.
if(EMSCRIPTEN)
  set(arguments_test_fault_memory 1)
  set(arguments_test_fault_io 1)
  set(arguments_test_fault_crash 60)
  set(arguments_test_filter_sqlite 2)
elseif(VSS_COVERAGE)
  set(arguments_test_fault_memory 60)
endif()

file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS tests/c/test_*.c)
foreach(source IN LISTS test_sources)
  get_filename_component(name ${source} NAME_WE)
  vss_runs_here(${source} runs)
  if(runs)
    vss_test_program(${name} ${source})
    vss_step(${name} LABEL native COMMAND ${name} ${arguments_${name}})
  endif()
endforeach()
if(TARGET test_loadable)
  target_compile_definitions(test_loadable PRIVATE VSS_LOADABLE_PATH="$<TARGET_FILE:vss0>")
  add_dependencies(test_loadable vss0)
endif()

vss_test_program(run_sql tests/sql/run_sql.c)
target_link_libraries(run_sql PRIVATE vss sqlite3)
file(GLOB sql_scripts CONFIGURE_DEPENDS tests/sql/*.sql)
foreach(script IN LISTS sql_scripts)
  get_filename_component(name ${script} NAME_WE)
  vss_step(sql_${name} LABEL native COMMAND run_sql tests/sql/${name}.sql)
endforeach()

if(NOT EMSCRIPTEN)
  include(tests/fuzz/fuzz.cmake)

  file(GLOB oracle_sources CONFIGURE_DEPENDS tests/oracle/*.c)
  vss_test_program(oracle ${oracle_sources})
  target_link_libraries(oracle PRIVATE vss sqlite3)
  set(oracle_folder ${PROJECT_BINARY_DIR}/oracle-files)
  file(MAKE_DIRECTORY ${oracle_folder})
  if(VSS_COVERAGE)
    # Every run draws the same cases: tools/uncovered.txt names the lines that they do not reach.
    vss_step(oracle LABEL native COMMAND oracle --seed 1 --count 3000)
    vss_step(oracle_files LABEL native
      COMMAND oracle --seed 1 --count 1000 --file --folder ${oracle_folder})
  else()
    vss_step(oracle LABEL native COMMAND oracle --count 15000)
    vss_step(oracle_connections LABEL native
      COMMAND oracle --count 3000 --connections --folder ${oracle_folder})
    vss_step(oracle_large LABEL native COMMAND oracle --count 45 --large)
  endif()
endif()

if(VSS_COVERAGE)
  # gcc adds the counts of all runs up: they are deleted before the tests, and reported after the
  # last.
  get_property(counted DIRECTORY PROPERTY TESTS)
  set_tests_properties(${counted} PROPERTIES FIXTURES_REQUIRED counts)
  vss_step(coverage_reset LABEL native GIVES counts
    COMMAND find ${PROJECT_BINARY_DIR} -name *.gcda -delete)
  vss_step(coverage_report LABEL native
    COMMAND sh tools/coverage.sh ${PROJECT_BINARY_DIR})
  set_tests_properties(coverage_report PROPERTIES FIXTURES_CLEANUP counts)
endif()

# The rest is registered once, and not in every build folder.
if(NOT PROJECT_BINARY_DIR STREQUAL "${PROJECT_SOURCE_DIR}/build/native-asan")
  return()
endif()

# --- js ----------------------------------------------------------------------------------------

find_program(NODE_PROGRAM NAMES node nodejs REQUIRED)

function(vss_js name)
  vss_step(${name} LABEL js ${ARGN})
endfunction()

vss_js(check_layers COMMAND ${NODE_PROGRAM} tools/check-layers.mjs)
vss_js(check_format COMMAND ${NODE_PROGRAM} tools/check-format.mjs)
vss_js(check_comments COMMAND ${NODE_PROGRAM} tools/check-comments.mjs)

vss_js(build_wasm GIVES wasm CORES 2 COMMAND ${NODE_PROGRAM} tools/build.mjs)
vss_js(check_types NEEDS wasm COMMAND npm run --silent check:types)
vss_js(check_exports NEEDS wasm COMMAND ${NODE_PROGRAM} tools/check-exports.mjs)
vss_js(check_simd NEEDS wasm COMMAND ${NODE_PROGRAM} tools/check-simd.mjs)
vss_js(check_size NEEDS wasm COMMAND ${NODE_PROGRAM} tools/check-size.mjs)
vss_js(check_readme NEEDS wasm COMMAND ${NODE_PROGRAM} tools/check-readme.mjs)

vss_js(build_vss0 GIVES vss0 CORES 2 COMMAND ${NODE_PROGRAM} tools/build-preset.mjs native-release vss0)
vss_js(check_symbols NEEDS vss0 COMMAND ${NODE_PROGRAM} tools/check-symbols.mjs)

foreach(script IN LISTS sql_scripts)
  get_filename_component(name ${script} NAME_WE)
  vss_js(sql_wasm_${name} NEEDS wasm COMMAND ${NODE_PROGRAM} tests/sql/run-wasm.mjs tests/sql/${name}.sql)
endforeach()

# The kernel of relaxed SIMD decides only where high nibbles are read.
vss_js(oracle_kernels NEEDS wasm COMMAND ${NODE_PROGRAM} tests/oracle/kernels.mjs
  --count 3000 --engines baseline,relaxed --paths coarse)

# They get both cores: some specs measure how soon a call ends.
vss_js(specs_node NEEDS wasm CORES 2 COMMAND ${NODE_PROGRAM} tests/js/run-node.mjs)
vss_js(specs_chromium NEEDS wasm CORES 2 COMMAND ${NODE_PROGRAM} tests/js/run-chromium.mjs)

vss_js(build_demo NEEDS wasm GIVES demo COMMAND ${NODE_PROGRAM} demo/build.mjs)

# js_files is tests/js/files.test.mjs, and so on.
file(GLOB node_tests CONFIGURE_DEPENDS tests/*/*.test.mjs)
foreach(path IN LISTS node_tests)
  file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${path})
  string(REGEX REPLACE "^tests/([a-z]+)/(.+)[.]test[.]mjs$" "\\1_\\2" name ${path})
  set(options NEEDS wasm)
  if(path MATCHES "^tests/demo/")
    set(options NEEDS wasm demo CORES 2)
  endif()
  if(name MATCHES "^(data_real|demo_firefox|js_files)$")
    list(APPEND options MAY_SKIP)
  endif()
  vss_js(${name} ${options} COMMAND ${NODE_PROGRAM} --test --test-reporter=spec ${path})
endforeach()

# --- long --------------------------------------------------------------------------------------

function(vss_long name)
  vss_step(${name} LABEL long MINUTES 360 ${ARGN})
endfunction()

# Most of the time would go into recording the stacks of allocations. The samples in npm test record
# them whole.
set(briefly "ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=32")
foreach(kind memory io crash hostile bits)
  vss_long(long_fault_${kind} ENVIRONMENT ${briefly} COMMAND test_fault_${kind} --long)
endforeach()
vss_long(long_oracle ENVIRONMENT ${briefly} COMMAND oracle --count 200000)
vss_long(long_oracle_files ENVIRONMENT ${briefly}
  COMMAND oracle --count 20000 --file --folder ${oracle_folder})
vss_long(long_oracle_connections ENVIRONMENT ${briefly}
  COMMAND oracle --count 100000 --connections --folder ${oracle_folder})
vss_long(long_oracle_kernels NEEDS wasm COMMAND ${NODE_PROGRAM} tests/oracle/kernels.mjs)
vss_long(long_oracle_large ENVIRONMENT ${briefly} COMMAND oracle --count 2000 --large)

# Five minutes of CPU time for each fuzz target.
vss_long(long_fuzz COMMAND ${NODE_PROGRAM} tests/fuzz/run.mjs --minutes 5)

# One of these runs at a time: each takes more than one core, or much memory.
function(vss_long_js name)
  vss_long(long_${name} NEEDS wasm LOCK javascript COMMAND ${NODE_PROGRAM} ${ARGN})
endfunction()
vss_long_js(kill_node tests/js/kill/run-node.mjs 200)
vss_long_js(kill_chromium tests/js/kill/run-browser.mjs chromium 50)
vss_long_js(kill_firefox tests/js/kill/run-browser.mjs firefox 50)
vss_long_js(runtimes tests/js/run-everywhere.mjs)
vss_long_js(works_with tests/js/run-works-with.mjs)
vss_long_js(million_calls --expose-gc tests/js/long.mjs)
vss_long_js(package tests/js/run-package.mjs)
