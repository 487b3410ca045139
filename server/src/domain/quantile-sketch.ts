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

/** Its Protocol Buffers form is mostly zeros (bins come in chunks of 128), so it is deflated to a tenth. */
export function encodeSketch(sketch: Sketch): Buffer {
  return deflateRawSync(sketch.toProto(), { level: 1 })
}

export function decodeSketch(bytes: Uint8Array): Sketch {
  return DDSketch.fromProto(inflateRawSync(bytes))
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
