import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boundOf,
  bucketOf,
  GAP_BUCKETS,
  heartbeatLimit,
  LONGEST_LIMIT_SECONDS,
  learnedLimit,
  learnGap,
  medianOf,
  SHORTEST_LIMIT_SECONDS,
  silenceQuantile,
} from './cadence.js'

const gap = fc.double({ min: 0, max: 60 * 86_400, noNaN: true })
const weights = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), {
  minLength: GAP_BUCKETS,
  maxLength: GAP_BUCKETS,
})

/** Weights of gaps that came so often. */
const weightsOf = (...gaps: ReadonlyArray<readonly [seconds: number, times: number]>) => {
  const all = Array.from({ length: GAP_BUCKETS }, () => 0)
  for (const [seconds, times] of gaps) all[bucketOf(seconds)] = (all[bucketOf(seconds)] ?? 0) + times
  return all
}

describe('buckets of gaps', () => {
  test('a gap is in the first bucket whose bound is not below it', () => {
    fc.assert(
      fc.property(gap, (seconds) => {
        const bucket = bucketOf(seconds)
        expect(bucket).toBeGreaterThanOrEqual(0)
        expect(bucket).toBeLessThan(GAP_BUCKETS)
        // Whole powers of the root of two are not exact.
        if (bucket < GAP_BUCKETS - 1) expect(boundOf(bucket)).toBeGreaterThanOrEqual(seconds * (1 - 1e-9))
        if (bucket > 0) expect(boundOf(bucket - 1)).toBeLessThan(seconds * (1 + 1e-9))
      }),
    )
  })

  test.each([Number.NaN, -1, 0, 60])('%s is in the first bucket', (seconds) => {
    expect(bucketOf(seconds)).toBe(0)
  })

  test('the last bound is beyond the longest limit', () => {
    expect(boundOf(GAP_BUCKETS - 1)).toBeGreaterThan(LONGEST_LIMIT_SECONDS)
  })
})

describe('the silence that a sensor exceeds during a share of its time', () => {
  test('is exceeded during no more than that share, and a shorter silence during more', () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (all, share) => {
        const total = all.reduce((sum, weight, bucket) => sum + weight * boundOf(bucket), 0)
        fc.pre(total > 1e-6)
        const exceeded = (limit: number) =>
          all.reduce((sum, weight, bucket) => sum + weight * Math.max(0, boundOf(bucket) - limit), 0) / total
        const quantile = silenceQuantile(all, share)
        expect(exceeded(quantile)).toBeLessThanOrEqual(share * (1 + 1e-6))
        expect(exceeded(quantile * 0.99)).toBeGreaterThanOrEqual(share * (1 - 1e-6))
      }),
    )
  })

  test('is 0 without gaps', () => {
    expect(silenceQuantile([])).toBe(0)
    expect(silenceQuantile(Array(GAP_BUCKETS).fill(0))).toBe(0)
  })

  test('is that of the nights where a sensor is quiet each night, though such a gap is one in a thousand', () => {
    const days = weightsOf([60, 1_000 * 7], [8 * 3_600, 7])
    expect(silenceQuantile(days)).toBeGreaterThan(7 * 3_600)
  })

  test('hardly grows with one outage in two weeks', () => {
    const before = silenceQuantile(weightsOf([300, 4_000]))
    const after = silenceQuantile(weightsOf([300, 4_000], [3_600, 1]))
    expect(after).toBeLessThan(2 * before)
  })
})

describe('limits', () => {
  test('are whole seconds from half an hour to 30 days', () => {
    fc.assert(
      fc.property(weights, (all) => {
        const limit = learnedLimit(all)
        expect(Number.isInteger(limit)).toBe(true)
        expect(limit).toBeGreaterThanOrEqual(SHORTEST_LIMIT_SECONDS)
        expect(limit).toBeLessThanOrEqual(LONGEST_LIMIT_SECONDS)
      }),
    )
  })

  test('of a steady sensor are above twice its gap, so that it is never called silent', () => {
    fc.assert(
      fc.property(fc.double({ min: 60, max: 86_400, noNaN: true }), (seconds) => {
        expect(learnedLimit(weightsOf([seconds, 100]))).toBeGreaterThan(1.9 * seconds)
      }),
    )
  })

  test('of heartbeats are three usual gaps, whatever a few of them are', () => {
    expect(heartbeatLimit(Array(15).fill(60))).toBe(180)
    expect(heartbeatLimit([60, 60, 60, 60, 86_400])).toBe(180)
    expect(heartbeatLimit([1, 1, 1])).toBe(120)
    expect(heartbeatLimit([])).toBe(120)
    expect(heartbeatLimit([9e9])).toBe(LONGEST_LIMIT_SECONDS)
  })
})

describe('learning', () => {
  test('keeps as many buckets, and no weight below 0 or without end', () => {
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 200 }), (gaps) => {
        let learned: number[] = []
        for (const seconds of gaps) learned = learnGap(learned, seconds, null)
        expect(learned.every((weight) => weight >= 0 && weight <= gaps.length)).toBe(true)
        if (gaps.length > 0) expect(learned).toHaveLength(GAP_BUCKETS)
      }),
    )
  })

  test('forgets half in a week', () => {
    const learned = learnGap(weightsOf([60, 100]), 7 * 86_400, null)
    expect(learned[0]).toBeCloseTo(50, 5)
  })

  test('counts a gap at most as twice the limit: a week of silence is not learned', () => {
    const learned = learnGap(weightsOf([300, 1_000]), 7 * 86_400, 1_800)
    expect(learned[bucketOf(3_600)]).toBe(1)
    expect(learned[bucketOf(7 * 86_400)]).toBe(0)
  })

  test('a sensor that becomes silent each night has learned it within two weeks', () => {
    let learned = weightsOf([60, 5_000])
    const limits: number[] = []
    for (let night = 0; night < 14; night += 1) {
      for (let minute = 0; minute < 16 * 60; minute += 1)
        learned = learnGap(learned, 60, learnedLimit(learned))
      learned = learnGap(learned, 8 * 3_600, learnedLimit(learned))
      limits.push(learnedLimit(learned))
    }
    expect(limits[0]).toBeLessThan(2 * 3_600)
    expect(limits.at(-1)).toBeGreaterThan(8 * 3_600)
  })
})

test('the median is the middle, or the mean of both', () => {
  expect([medianOf([]), medianOf([3]), medianOf([9, 1, 5]), medianOf([4, 2])]).toEqual([null, 3, 5, 3])
})
