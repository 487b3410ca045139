import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Counts } from './arithmetic.js'
import { burnWindows } from './burn-windows.js'
import { historyOf, historyScale } from './history.js'
import type { Objective } from './objective.js'
import { OpenSloError, parseOpenSlo, toOpenSlo } from './openslo.js'
import { HOUR_MS, MINUTE_MS, startOf } from './time-ranges.js'

const SHORTEST = 30
const LONGEST = 90 * 1440
const NOW = Date.parse('2026-03-22T12:34:56Z')

const objective = (windowMinutes: number): Objective => ({
  id: 'ingest-latency',
  name: 'Ingest latency',
  description: '',
  service: 'eviltwin',
  indicator: { signal: 'http', route: 'POST /log', good: { faster_than_ms: 500 } },
  target: 0.95,
  windowMinutes,
  budgeting: 'occurrences',
})
const anyWindow = fc.oneof(
  fc.integer({ min: SHORTEST, max: 2 * 1440 }),
  fc.integer({ min: SHORTEST, max: LONGEST }),
)

/** Buckets that count how often they are read. */
class CountedBuckets extends Map<number, Counts> {
  reads = 0
  override get(bucket: number): Counts | undefined {
    this.reads += 1
    return super.get(bucket)
  }
}

/** Some traffic in each bucket but every seventh, over twice the window. */
function traffic(windowMinutes: number) {
  const { span, windowMs } = historyScale(windowMinutes)
  const bucketMs = span === 'minute' ? MINUTE_MS : HOUR_MS
  const recorded = { hours: new CountedBuckets(), minutes: new CountedBuckets() }
  const buckets = span === 'minute' ? recorded.minutes : recorded.hours
  for (let at = NOW - (NOW % bucketMs); at > NOW - 2 * windowMs; at -= bucketMs) {
    const n = at / bucketMs
    if (n % 7 !== 0) buckets.set(at, { good: n % 5, total: (n % 5) + (n % 3) })
  }
  return { recorded, buckets, bucketMs }
}

test('every window from 30 minutes to 90 days has unique burn windows, each long enough for minutes', () => {
  fc.assert(
    fc.property(anyWindow, fc.constantFrom(0.5, 0.95, 0.999), (windowMinutes, target) => {
      const windows = burnWindows(windowMinutes, target)
      expect(new Set(windows.map(({ id }) => id)).size).toBe(windows.length)
      for (const { longMinutes, shortMinutes } of windows) {
        expect(longMinutes).toBeGreaterThan(shortMinutes)
        expect(shortMinutes).toBeGreaterThanOrEqual(1)
        expect(longMinutes).toBeLessThanOrEqual(windowMinutes)
        expect(Number.isInteger(longMinutes) && Number.isInteger(shortMinutes)).toBe(true)
      }
    }),
  )
})

test('every window from 30 minutes to 90 days has a history that ends now and equals a count of its windows', () => {
  fc.assert(
    fc.property(anyWindow, fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), (windowMinutes, samples) => {
      const { recorded, buckets } = traffic(windowMinutes)
      const { stepMs, windowMs } = historyScale(windowMinutes)
      const history = historyOf(objective(windowMinutes), recorded, [], NOW)
      // The fewest are those of 91 minutes, in steps of five.
      expect(history.length).toBeGreaterThanOrEqual(18)
      expect(Date.parse(history.at(-1)?.at ?? '')).toBe(NOW)
      for (const sample of [...samples, history.length - 1]) {
        const index = sample % history.length
        const end = NOW - (NOW % stepMs) + stepMs - (history.length - 1 - index) * stepMs
        const sum = (from: number) =>
          [...buckets].reduce(
            (all, [at, { good, total }]) =>
              at >= from && at < end ? { good: all.good + good, total: all.total + total } : all,
            { good: 0, total: 0 },
          )
        const isLast = index === history.length - 1
        const start = startOf(NOW, windowMinutes)
        const window = sum(isLast ? start : end - windowMs)
        expect(history[index]).toMatchObject(sum(Math.max(start, end - stepMs)))
        expect(history[index]?.compliance).toBe(window.total === 0 ? null : window.good / window.total)
      }
    }),
    { numRuns: 60 },
  )
})

test('a history reads each bucket of its windows once', () => {
  fc.assert(
    fc.property(anyWindow, (windowMinutes) => {
      const { recorded, buckets, bucketMs } = traffic(windowMinutes)
      const { stepMs, windowMs } = historyScale(windowMinutes)
      historyOf(objective(windowMinutes), recorded, [], NOW)
      const others = recorded.hours.reads + recorded.minutes.reads - buckets.reads
      // The part of an hour in which the window begins is read by the minute.
      expect(others).toBeLessThan(60)
      expect(buckets.reads).toBeLessThanOrEqual((2 * windowMs + stepMs) / bucketMs)
    }),
    { numRuns: 60 },
  )
})

test.each(['29m', '0m', '91d', '13w'])('a window of %s is refused', (duration) => {
  const text = toOpenSlo([objective(1440)]).replace('duration: 1d', `duration: ${duration}`)
  expect(() => parseOpenSlo(text, 'slo.yaml')).toThrow(OpenSloError)
})
