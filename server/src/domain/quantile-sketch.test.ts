import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeSketch, encodeSketch, meanOf, newSketch, quantileOf } from './quantile-sketch.js'

test('a quantile is within 1 % of the duration at its nearest rank', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.1, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.5, 0.9, 0.95, 0.99, 0.995),
      (durations, quantile) => {
        const sketch = newSketch()
        for (const duration of durations) sketch.accept(duration)
        const rank = Math.ceil(quantile * durations.length)
        const exact = [...durations].sort((a, b) => a - b)[rank - 1] ?? 0
        expect(Math.abs((quantileOf(sketch, quantile) ?? 0) / exact - 1)).toBeLessThanOrEqual(0.0101)
      },
    ),
  )
})

test.each([
  [0.07, 100, 7],
  [0.95, 20, 19],
  [0.95, 11, 11],
  [0.5, 2, 1],
  [1, 3, 3],
  [0.95, 1, 1],
])('the %d quantile of 1 to %d is %d', (quantile, count, expected) => {
  const sketch = newSketch()
  for (let n = 1; n <= count; n += 1) sketch.accept(n)
  expect(Math.abs((quantileOf(sketch, quantile) ?? 0) / expected - 1)).toBeLessThanOrEqual(0.0101)
})

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
