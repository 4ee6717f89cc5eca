/** The shard of a rowid. It mixes the bits of the rowid, so that runs of rowids spread evenly. */
export function shardOf(rowid, shards) {
  let x = Number(BigInt.asUintN(32, BigInt(rowid) ^ (BigInt(rowid) >> 32n)));
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return ((x ^ (x >>> 16)) >>> 0) % shards;
}
