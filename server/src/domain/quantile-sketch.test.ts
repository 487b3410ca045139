import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodeSketch, encodeSketch, meanOf, newSketch, quantileOf } from './quantile-sketch.js'

/** 999 fast requests and one that hung. */
function aSketch() {
  const sketch = newSketch()
  for (let n = 0; n < 999; n += 1) sketch.accept(8.25)
  sketch.accept(42_000)
  return sketch
}
const MEAN = (999 * 8.25 + 42_000) / 1_000

test('the mean is exact after a sketch is stored and merged, its slowest request included', () => {
  const merged = newSketch()
  for (let n = 0; n < 3; n += 1) merged.merge(decodeSketch(encodeSketch(aSketch())))
  expect(merged.count).toBe(3_000)
  expect(meanOf(merged)).toBeCloseTo(MEAN, 9)
  expect(quantileOf(merged, 0.5)).toBeGreaterThan(8)
})

test('the mean of a sketch that an earlier release stored is within 1 %', () => {
  const stored = deflateRawSync(aSketch().toProto())
  expect(Math.abs((meanOf(decodeSketch(stored)) ?? 0) / MEAN - 1)).toBeLessThan(0.01)
})

test('an empty sketch has no mean', () => {
  expect([meanOf(newSketch()), meanOf(decodeSketch(encodeSketch(newSketch())))]).toEqual([null, null])
})
