# How the C tests are linked as WebAssembly programs for Node (the preset wasm-asan), each flag with
# its reason. None of this goes into the module.

set(VSS_WASM_SANITIZED_LINK_FLAGS
  -fsanitize=address
  -sALLOW_MEMORY_GROWTH
  -sMAXIMUM_MEMORY=4GB
  -sTOTAL_STACK=8MB           # frames are larger under the sanitizer
  -sEXIT_RUNTIME              # main's result is the status, and what leaks is reported
  -sNODERAWFS                 # the tests open Node's files
)

# package.json makes every .js file an ES module, which Emscripten's loader is not.
set(CMAKE_EXECUTABLE_SUFFIX .cjs)

# CTest starts the programs so. Emscripten 3.1.6's loader takes a global fetch for a browser's.
find_program(NODE_PROGRAM NAMES node nodejs REQUIRED)
set(CMAKE_CROSSCOMPILING_EMULATOR
  ${NODE_PROGRAM} --import "data:text/javascript,delete globalThis.fetch")
