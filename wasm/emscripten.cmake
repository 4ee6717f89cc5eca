# How the wasm module is compiled and linked, each flag with its reason.
#
# Optimisation (CMakeLists.txt, CMakePresets.json): SQLite at -Os, the shim at -Oz, our own sources
# at -O2, the kernels at -O3.

# Every object that goes into the module.
set(VSS_WASM_COMPILE_FLAGS
  -mnontrapping-fptoint # older than SIMD in every engine, and smaller code
  -msign-ext            # the same
)

# Our own sources. Not SQLite: it gains nothing, and tools/check-simd.mjs counts our instructions.
set(VSS_WASM_SIMD_FLAGS
  -msimd128             # baseline SIMD: in every engine since 2021 (Safari 16.4, 2023)
  -mbulk-memory         # older than SIMD in every engine: one instruction clears or copies a block
)

# Emscripten's link settings (-s...) and the linker's own. The output is vss.wasm alone, without
# Emscripten's JavaScript: js/module/load.js fetches and compiles it, and js/module/capi.js
# instantiates it with the functions of wasm/import.h. That is smaller, runs in every runtime (the
# loader that Emscripten 3.1.6 writes fails where a global fetch exists), and needs eval nowhere.
set(VSS_WASM_LINK_FLAGS
  -sFILESYSTEM=0              # SQLite's files go through wasm/vfs_js.c
  -sALLOW_MEMORY_GROWTH       # start small, grow with the data
  -sINITIAL_MEMORY=4MB        # the stack, SQLite and a small database; more grows on demand
  -sMAXIMUM_MEMORY=4GB        # all of a 32-bit address space; the default stops at 2 GiB
  -sABORTING_MALLOC=0         # malloc returns NULL: SQLITE_NOMEM instead of a dead instance
  -sTOTAL_STACK=1MB           # an expression of the greatest depth that SQLite allows (1,000) fits
  -sMALLOC=dlmalloc           # returns memory better than emmalloc when blocks of all sizes mix
  -sWASM_BIGINT               # 64-bit integers cross as BigInt, exactly
  -sSTRICT                    # no deprecated settings or names
  -sASSERTIONS=0              # a product build
  -sSUPPORT_ERRNO=0           # nothing reads errno
  # V8 compiles a function in its slow first tier until it has run for a while, and a loop inside a
  # function that runs once or twice never leaves that tier. Binaryen inlines a function with one
  # caller at any size, which puts loops into such callers; with this limit, only small ones move.
  -sBINARYEN_EXTRA_PASSES=--one-caller-inline-max-function-size=100
  -Wl,--wrap=emscripten_resize_heap # memory grows by a quarter at a time: wasm/grow.c
  -Wl,--stack-first           # a stack overflow traps; without it, it silently overwrites statics
  --no-entry                  # a library: there is no main()
)

# The oracle is a program. Its host is Node's WASI and a few functions of tests/oracle/wasm/run.mjs.
set(VSS_WASM_ORACLE_LINK_FLAGS
  -sSTANDALONE_WASM           # WASI, and no JavaScript of Emscripten's
  -sALLOW_MEMORY_GROWTH
  -sMAXIMUM_MEMORY=4GB
  -sTOTAL_STACK=4MB
  -Wl,--export-table          # the host puts the kernel of relaxed SIMD into it
)
