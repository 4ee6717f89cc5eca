# The fuzz targets. Each tests/fuzz/fuzz_<target>.c becomes one program:
#
#   replay_<target>  has a main() that runs files; ctest runs the seed corpus
#                    tests/fuzz/corpus/<target>/ through it. It is in every native preset except the
#                    two below.
#   fuzz_<target>    has libFuzzer's main(). It is in the presets fuzz and fuzz-32 (VSS_FUZZ).

file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/fuzz_*.c)

if(VSS_FUZZ)
  # libFuzzer keeps an input for the edges that it reaches first in our own sources (vss_strict).
  # SQLite's edges do not count: they would fill the corpora with ways through SQLite's parser.
  add_custom_target(fuzz)

  # libFuzzer is C++ inside.
  set(CMAKE_REQUIRED_FLAGS ${x86_flags} -fsanitize=fuzzer)
  list(JOIN CMAKE_REQUIRED_FLAGS " " CMAKE_REQUIRED_FLAGS)
  include(CheckCSourceCompiles)
  check_c_source_compiles("int LLVMFuzzerTestOneInput(const unsigned char *bytes, unsigned long size)
    { return bytes[0] > size; }" VSS_HAS_LIBFUZZER)
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
    vss_step(${name} LABEL native COMMAND ${name} tests/fuzz/corpus/${target})
  endif()
  target_include_directories(${name} PRIVATE tests/fuzz)
endforeach()
