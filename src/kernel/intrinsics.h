/*
** WebAssembly's SIMD128 intrinsics: the compiler's own for wasm, and SIMDe's natively.
**
** With SIMDE_ENABLE_NATIVE_ALIASES both have the same names, wasm_i32x4_add() and so on, and a
** kernel is one text for both.
*/
#ifndef VSS_KERNEL_INTRINSICS_H
#define VSS_KERNEL_INTRINSICS_H

#ifdef __wasm__
#include <wasm_simd128.h>
#else
#define SIMDE_ENABLE_NATIVE_ALIASES
/* What our own warnings find in SIMDe's headers is not ours to fix. */
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#endif
#include <simde/wasm/simd128.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
#endif

/*
** Before a loop: one turn is written out below, and a compiler that unrolls further makes V8 spill
** (TURN_DIMS in kernel/simd128_bounds.c).
*/
#ifdef __clang__
#define VSS_NO_UNROLL _Pragma("clang loop unroll(disable)")
#else
#define VSS_NO_UNROLL
#endif

#endif
