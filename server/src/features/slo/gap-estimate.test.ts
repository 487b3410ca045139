import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Arrivals, estimateCost } from './gap-estimate.js'
import { HOUR_MS, MINUTE_MS, type TimeRange } from './time-ranges.js'

const WEEK_MS = 168 * HOUR_MS
const HOUR = Date.parse('2026-03-22T10:00:00Z')
const gap = { from: HOUR + 20 * MINUTE_MS, to: HOUR + 20 * MINUTE_MS + 136_000 }

/** So many events in each recorded hour of the weeks before, the newest first; null: not recorded. */
function arrivals(weeks: ReadonlyArray<number | null>, aMinute: number | null): Arrivals {
  const hours = new Map<number, number>()
  const unrecorded: number[] = []
  for (const [n, events] of [...weeks, null, null, null, null].slice(0, 4).entries()) {
    const hour = HOUR - (n + 1) * WEEK_MS
    if (events === null) unrecorded.push(hour)
    else hours.set(hour, events)
  }
  const minutes = new Map<number, number>()
  for (let n = 1; n <= 61; n += 1) minutes.set(HOUR + (21 - n) * MINUTE_MS, aMinute ?? 0)
  return {
    hours,
    minutes,
    recordedMs: ({ from, to }: TimeRange) =>
      unrecorded.includes(from) || (aMinute === null && from > HOUR - WEEK_MS + HOUR_MS) ? 0 : to - from,
  }
}

test('a gap costs what arrived per second in the same hour of the week before', () => {
  expect(estimateCost(gap, arrivals([36_000], 6))).toMatchObject({
    cost: 1360,
    method: 'same_hour_of_week',
  })
})

test('without that hour, what arrived in the hour before; without that, nothing', () => {
  expect(estimateCost(gap, arrivals([null, null], 60))).toMatchObject({ cost: 136, method: 'hour_before' })
  expect(estimateCost(gap, arrivals([], null))).toEqual({ cost: 0, low: 0, high: 0, method: 'none' })
})

test('an older week stands in for one that was not recorded', () => {
  expect(estimateCost(gap, arrivals([null, 3_600], 6)).cost).toBe(136)
})

test('the bounds are a Poisson interval, and as wide as the known weeks', () => {
  // 36,000 an hour: 1,360 ± 1.96 sqrt(1360 + 36000 (136 / 3600)^2) = 1,360 ± 73.6
  expect(estimateCost(gap, arrivals([36_000], 6))).toMatchObject({ low: 1286, high: 1434 })
  expect(estimateCost(gap, arrivals([36_000, 72_000, 18_000], 6))).toMatchObject({ low: 680, high: 2720 })
})

test('an hour without events has an upper bound above nothing', () => {
  const { cost, low, high } = estimateCost({ from: HOUR, to: HOUR + HOUR_MS }, arrivals([0], 6))
  expect([cost, low]).toEqual([0, 0])
  expect(high).toBeGreaterThan(0)
})

test('the estimate lies between its bounds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.nat(100_000)), { maxLength: 4 }),
      fc.option(fc.nat(1_000)),
      fc.integer({ min: 1, max: 200_000 }),
      (weeks, aMinute, seconds) => {
        const { cost, low, high } = estimateCost(
          { from: gap.from, to: gap.from + seconds * 1000 },
          arrivals(weeks, aMinute),
        )
        expect(low).toBeGreaterThanOrEqual(0)
        expect(low).toBeLessThanOrEqual(cost)
        expect(cost).toBeLessThanOrEqual(high)
      },
    ),
  )
})
