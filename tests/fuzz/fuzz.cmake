# The fuzz targets. Each tests/fuzz/fuzz_<target>.c becomes one program:
#
#   replay_<target>  with a main() that runs files; in every preset but the two below, and ctest runs the seed
#                    corpus tests/fuzz/corpus/<target>/ through it
#   fuzz_<target>    with libFuzzer's main(); in the presets fuzz and fuzz-32 (VSS_FUZZ)

file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/fuzz_*.c)

if(VSS_FUZZ)
  # libFuzzer keeps an input for the edges that it reaches first in our own sources (vss_strict). SQLite's edges do not
  # count: they would fill the corpora with ways through SQLite's parser.
  add_custom_target(fuzz)

  # libFuzzer is C++ inside.
  set(CMAKE_REQUIRED_FLAGS ${x86_flags} -fsanitize=fuzzer)
  list(JOIN CMAKE_REQUIRED_FLAGS " " CMAKE_REQUIRED_FLAGS)
  include(CheckCSourceCompiles)
  check_c_source_compiles("int LLVMFuzzerTestOneInput(const unsigned char *bytes, unsigned long size) { return bytes[0] > size; }"
    VSS_HAS_LIBFUZZER)
  if(NOT VSS_HAS_LIBFUZZER)
    unset(VSS_HAS_LIBFUZZER CACHE)   # look again next time
    message(FATAL_ERROR "${CMAKE_C_COMPILER} ${CMAKE_REQUIRED_FLAGS} cannot link. As root:\n"
      "  apt-get install -y --no-install-recommends clang g++-multilib")
  endif()
endif()

foreach(source IN LISTS fuzz_sources)
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "^fuzz_" "" target ${name})
  if(VSS_FUZZ)
    vss_test_program(${name} ${source})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz ${name})
  else()
    set(name replay_${target})
    vss_test_program(${name} ${source} tests/fuzz/replay.c)
    add_test(NAME ${name} COMMAND ${name} tests/fuzz/corpus/${target}
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  endif()
  target_include_directories(${name} PRIVATE tests/fuzz)
endforeach()
