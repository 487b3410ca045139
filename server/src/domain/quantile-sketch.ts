import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { DDSketch } from '@datadog/sketches-js'

/**
 * A distribution of durations in milliseconds that can be merged with others and gives any quantile within 1 % of the true
 * value. Masson, Rim, Lee: "DDSketch", PVLDB 12(12), 2019.
 */
export type Sketch = DDSketch

const RELATIVE_ACCURACY = 0.01

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

/** @param quantile 0..1. @returns milliseconds, null for an empty sketch. */
export function quantileOf(sketch: Sketch, quantile: number): number | null {
  return sketch.count === 0 ? null : sketch.getValueAtQuantile(quantile)
}
