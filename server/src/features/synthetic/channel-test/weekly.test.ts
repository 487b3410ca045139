import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextWeekly } from './weekly.js'

/** A Sunday. */
const SUNDAY = Date.parse('2026-03-22T12:34:56Z')

test.each([
  [{ weekday: 1, hour: 6 }, '2026-03-23T06:00:00.000Z'],
  [{ weekday: 7, hour: 13 }, '2026-03-22T13:00:00.000Z'],
  [{ weekday: 7, hour: 12 }, '2026-03-29T12:00:00.000Z'],
  [{ weekday: 6, hour: 23 }, '2026-03-28T23:00:00.000Z'],
])('the next hour %j after a Sunday at noon is %s', (weekly, expected) => {
  expect(new Date(nextWeekly(weekly, SUNDAY)).toISOString()).toBe(expected)
})

test('it is always later, by at most a week, on that weekday at that hour', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 4e12 }),
      (weekday, hour, after) => {
        const next = nextWeekly({ weekday, hour }, after)
        expect(next).toBeGreaterThan(after)
        expect(next - after).toBeLessThanOrEqual(7 * 86_400_000)
        const at = new Date(next)
        expect([at.getUTCDay() || 7, at.getUTCHours(), next % 3_600_000]).toEqual([weekday, hour, 0])
      },
    ),
  )
})
