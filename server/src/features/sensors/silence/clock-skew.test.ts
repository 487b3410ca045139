import fc from 'fast-check'
import { expect, test } from 'vitest'
import { skewOf } from './clock-skew.js'

const jitter = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 5, maxLength: 15 })

test('a clock that is wrong by the same time throughout is found, within the delay of the delivery', () => {
  fc.assert(
    fc.property(jitter, fc.integer({ min: -86_400, max: 86_400 }), (delays, wrong) => {
      const skew = skewOf(delays.map((delay) => delay + wrong)) ?? Number.NaN
      expect(skew).toBeGreaterThanOrEqual(wrong)
      expect(skew).toBeLessThanOrEqual(wrong + 20)
    }),
  )
})

test('a few late records among live ones change nothing', () => {
  expect(skewOf([1, 2, 90_000, 1, 2, 1, 86_400, 2, 1])).toBeLessThan(3)
})

test('a replay is no wrong clock, however fast it catches up', () => {
  for (const shorterEachMinute of [120, 600, 7_200]) {
    const delays = Array.from({ length: 15 }, (_, minute) => 259_200 - minute * shorterEachMinute)
    expect(skewOf(delays)).toBeNull()
  }
})

test('four delays are too few', () => {
  expect(skewOf([3_600, 3_600, 3_600, 3_600])).toBeNull()
})
