import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { budgetConsumed, burnRate, compliance, minimumEvents, minutesToExhaustion } from './arithmetic.js'
import { absenceMinutes, burnWindows } from './burn-windows.js'

const DAY = 1440

test('nothing is neither good nor bad', () => {
  const nothing = { good: 0, total: 0 }
  expect([compliance(nothing), burnRate(nothing, 0.95), budgetConsumed(nothing, 0.95)]).toEqual([
    null,
    null,
    null,
  ])
})

test('a burn rate of 1 uses the whole budget of a period, whatever the period holds', () => {
  expect(burnRate({ good: 9_950, total: 10_000 }, 0.995)).toBeCloseTo(1)
  expect(burnRate({ good: 90, total: 100 }, 0.95)).toBeCloseTo(2)
  expect(burnRate({ good: 0, total: 1 }, 0.995)).toBeCloseTo(200)
})

test('at burn rate b the budget of a period P lasts P / b (Google SRE Workbook, ch. 5)', () => {
  expect(minutesToExhaustion(0, 2, DAY)).toBe(DAY / 2)
  expect(minutesToExhaustion(0.5, 14.4, 28 * DAY)).toBeCloseTo((28 * DAY * 0.5) / 14.4)
  expect(minutesToExhaustion(0.5, 1, DAY)).toBe(Number.POSITIVE_INFINITY)
  expect(minutesToExhaustion(1, 0, DAY)).toBe(0)
})

test('one bad event never exceeds the factor of a window that holds the minimum of events', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 7, 14),
      fc.double({ min: 0.5, max: 0.9999, noNaN: true }),
      (factor, target) => {
        const total = minimumEvents(factor, target)
        expect(burnRate({ good: total - 1, total }, target) ?? 0).toBeLessThanOrEqual(factor * (1 + 1e-9))
      },
    ),
  )
})

describe('burn windows', () => {
  test('are those of the SRE Workbook for four weeks', () => {
    expect(
      burnWindows(28 * DAY, 0.99).map(({ longMinutes, shortMinutes, factor }) => [
        longMinutes,
        shortMinutes,
        factor,
      ]),
    ).toEqual([
      [60, 5, 14],
      [360, 30, 7],
      [DAY, 120, 2],
      [4 * DAY, 480, 1],
    ])
  })

  test('shrink with the period, but not below what minutes can carry', () => {
    expect(
      burnWindows(DAY, 0.95).map(({ longMinutes, shortMinutes }) => [longMinutes, shortMinutes]),
    ).toEqual([
      [10, 2],
      [13, 2],
      [52, 5],
      [206, 18],
    ])
  })
})

test('absence is worth telling after half of the time in which an outage would use the budget', () => {
  expect([absenceMinutes(7 * DAY, 0.995), absenceMinutes(DAY, 0.95)]).toEqual([25, 36])
})
