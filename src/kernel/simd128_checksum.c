/*
** kernel/checksum.h with four lanes in each of four registers. WebAssembly is little-endian, and so
** is every machine that the native build knows.
**
** The four registers do not depend on one another: while one multiplies, the next ones go on.
*/
#include "kernel/checksum.h"

#include <string.h>

#include "kernel/intrinsics.h"

/* vss_checksum_step() of four lanes. */
static inline v128_t step_four(v128_t state_u32x4, const uint8_t *words) {
  const v128_t mixed_u32x4 = wasm_v128_xor(state_u32x4, wasm_v128_load(words));
  const v128_t turned_u32x4 = wasm_v128_or(wasm_i32x4_shl(mixed_u32x4, VSS_CHECKSUM_TURN),
                                           wasm_u32x4_shr(mixed_u32x4, 32 - VSS_CHECKSUM_TURN));
  return wasm_i32x4_mul(turned_u32x4, wasm_i32x4_splat((int32_t)VSS_CHECKSUM_FACTOR));
}

uint32_t vss_checksum_simd128(const void *bytes, size_t size_bytes) {
  uint32_t lanes[VSS_CHECKSUM_LANES];
  for (uint32_t i = 0; i < VSS_CHECKSUM_LANES; i++)
    lanes[i] = (i + 1) * VSS_CHECKSUM_START;
  v128_t s0 = wasm_v128_load(lanes), s1 = wasm_v128_load(lanes + 4);
  v128_t s2 = wasm_v128_load(lanes + 8), s3 = wasm_v128_load(lanes + 12);
  const uint8_t *from = bytes;
  size_t left = size_bytes;
  uint8_t turn[VSS_CHECKSUM_TURN_BYTES] = {0};
  while (left > 0) {
    if (left < VSS_CHECKSUM_TURN_BYTES) {
      /* The last bytes, with zeros behind them. */
      memcpy(turn, from, left);
      from = turn;
      left = VSS_CHECKSUM_TURN_BYTES;
    }
    s0 = step_four(s0, from);
    s1 = step_four(s1, from + 16);
    s2 = step_four(s2, from + 32);
    s3 = step_four(s3, from + 48);
    from += VSS_CHECKSUM_TURN_BYTES;
    left -= VSS_CHECKSUM_TURN_BYTES;
  }
  wasm_v128_store(lanes, s0);
  wasm_v128_store(lanes + 4, s1);
  wasm_v128_store(lanes + 8, s2);
  wasm_v128_store(lanes + 12, s3);
  return vss_checksum_join(lanes, size_bytes);
}
