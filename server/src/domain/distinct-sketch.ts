/** Members that are kept; up to as many distinct texts are counted exactly. */
const SIZE = 16
const HASH_RANGE = 2 ** 31

/**
 * How many distinct texts there were, in bounded room and whatever their order: the K smallest hashes seen, sorted
 * (K minimum values; Bar-Yossef et al., "Counting Distinct Elements in a Data Stream", 2002).
 */
export type DistinctSketch = readonly number[]

export function withText(sketch: DistinctSketch, text: string): DistinctSketch {
  const hash = hashOf(text)
  const largest = sketch.at(-1)
  if (sketch.includes(hash) || (sketch.length >= SIZE && largest !== undefined && hash > largest))
    return sketch
  return [...sketch, hash].sort((a, b) => a - b).slice(0, SIZE)
}

/** Exact below 16, an estimate (standard error about a quarter) above. */
export function distinctIn(sketch: DistinctSketch): number {
  const largest = sketch.at(-1)
  if (sketch.length < SIZE || largest === undefined) return sketch.length
  return ((SIZE - 1) * HASH_RANGE) / Math.max(1, largest)
}

/** FNV-1a (Fowler, Noll, Vo; public domain) with Murmur3's finalizer, since minima need every bit mixed. 0..2^31-1. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35)
  return (hash ^ (hash >>> 16)) >>> 1
}
