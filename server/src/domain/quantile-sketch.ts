import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { DDSketch } from '@datadog/sketches-js'

/**
 * A distribution of durations in milliseconds that can be merged with others and gives any quantile within 1 % of the true
 * value. Masson, Rim, Lee: "DDSketch", PVLDB 12(12), 2019.
 */
export type Sketch = DDSketch

const RELATIVE_ACCURACY = 0.01
const ROUNDING = 1e-12

export function newSketch(): Sketch {
  return new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY })
}

const SUM_BYTES = 8

/**
 * Its Protocol Buffers form is mostly zeros (bins come in chunks of 128), so it is deflated to a tenth. The exact sum, which that form
 * lacks, follows as a little-endian double: releases that do not know of it stop reading before it.
 */
export function encodeSketch(sketch: Sketch): Buffer {
  const sum = Buffer.alloc(SUM_BYTES)
  sum.writeDoubleLE(sketch.sum)
  return Buffer.concat([deflateRawSync(sketch.toProto(), { level: 1 }), sum])
}

export function decodeSketch(bytes: Uint8Array): Sketch {
  // `info` is not in the types of this function: https://nodejs.org/api/zlib.html#class-options
  const { buffer, engine } = inflateRawSync(bytes, { info: true }) as unknown as {
    buffer: Buffer
    engine: { bytesWritten: number }
  }
  const sketch = DDSketch.fromProto(buffer)
  const rest = Buffer.from(bytes).subarray(engine.bytesWritten)
  sketch.sum = rest.length === SUM_BYTES ? rest.readDoubleLE() : sumOfBins(sketch)
  return sketch
}

/** Within 1 % of the sum: of sketches that release 0.1.0 encoded. */
function sumOfBins({ store, mapping }: Sketch): number {
  return store.bins.reduce(
    (sum, count, n) => (count === 0 ? sum : sum + count * mapping.value(n + store.offset)),
    0,
  )
}

/** @returns milliseconds, null for an empty sketch. */
export function meanOf(sketch: Sketch): number | null {
  return sketch.count === 0 ? null : sketch.sum / sketch.count
}

/**
 * The quantile by the nearest rank: the smallest duration that at least this share of all durations do not exceed.
 * @param quantile 0..1.
 * @returns milliseconds within 1 % of the duration at that rank, null for an empty sketch.
 */
export function quantileOf(sketch: Sketch, quantile: number): number | null {
  const { count } = sketch
  if (count === 0) return null
  // Rounding must not turn 7 % of 100 into the eighth.
  const rank = Math.max(1, Math.ceil(quantile * count - ROUNDING * count))
  // The library gives the value at the index floor(share * (count - 1)), counted from 0; half an index keeps it clear of rounding.
  const share = rank >= count ? 1 : (rank - 0.5) / (count - 1)
  return sketch.getValueAtQuantile(share)
}
