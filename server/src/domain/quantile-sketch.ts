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

/** @param quantile 0..1. @returns milliseconds, null for an empty sketch. */
export function quantileOf(sketch: Sketch, quantile: number): number | null {
  return sketch.count === 0 ? null : sketch.getValueAtQuantile(quantile)
}
