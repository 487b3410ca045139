import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newSketch } from '../../domain/quantile-sketch.js'
import type { Counts } from './arithmetic.js'
import { historyOf } from './history.js'
import type { Objective } from './objective.js'
import { countsSince } from './recorded-series.js'
import { type GapCost, NO_COST, type SeriesGap } from './recording-gaps.js'
import { type SloEvidence, statusOf } from './status.js'
import { HOUR_MS, MINUTE_MS, startOf } from './time-ranges.js'

const DAY = 1440
const NOW = Date.parse('2026-03-22T12:34:56Z')

const latency: Objective = {
  id: 'ingest-latency',
  name: 'Ingest latency',
  description: '',
  service: 'eviltwin',
  indicator: { signal: 'http', route: 'POST /log', good: { faster_than_ms: 500 } },
  target: 0.95,
  windowMinutes: DAY,
  budgeting: 'occurrences',
}
const availability: Objective = {
  ...latency,
  id: 'ingest-availability',
  indicator: { signal: 'http', route: 'POST /log', good: { outcome: 'succeeded' } },
  target: 0.995,
  windowMinutes: 7 * DAY,
}
const slices: Objective = {
  ...latency,
  id: 'ai-availability',
  indicator: { signal: 'ai_probe', good: { outcome: 'succeeded' } },
  windowMinutes: 7 * DAY,
  budgeting: 'time_slices',
}

/** Events as they would be recorded: in minutes, and in hours that sum them up. */
function recorded(events: ReadonlyArray<{ at: number; good: boolean }>) {
  const hours = new Map<number, Counts>()
  const minutes = new Map<number, Counts>()
  for (const { at, good } of events) {
    for (const [buckets, span] of [
      [hours, HOUR_MS],
      [minutes, MINUTE_MS],
    ] as const) {
      const bucket = at - (at % span)
      const known = buckets.get(bucket) ?? { good: 0, total: 0 }
      buckets.set(bucket, { good: known.good + (good ? 1 : 0), total: known.total + 1 })
    }
  }
  return { hours, minutes }
}

function evidence(
  events: ReadonlyArray<{ at: number; good: boolean }>,
  more: Partial<SloEvidence> = {},
): SloEvidence {
  return {
    now: NOW,
    recorded: recorded(events),
    distribution: null,
    gaps: [],
    firstEventAt: NOW - 30 * DAY * MINUTE_MS,
    lastEventAt: events.at(-1)?.at ?? null,
    population: { description: 'All requests count.', since: null, apart: [] },
    literal: null,
    ...more,
  }
}

/** So many events, evenly over the last so many minutes, of which every n-th is bad. */
function traffic(count: number, minutes: number, badEvery: number) {
  return Array.from({ length: count }, (_, n) => ({
    at: NOW - Math.floor(((count - n) / count) * minutes * MINUTE_MS),
    good: (n + 1) % badEvery !== 0,
  }))
}

test('counts of any window equal a count of the events in it', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ at: fc.integer({ min: NOW - 3 * DAY * MINUTE_MS, max: NOW }), good: fc.boolean() }),
      ),
      fc.integer({ min: 1, max: 2 * DAY }),
      (events, minutes) => {
        const from = startOf(NOW, minutes)
        const within = events.filter(({ at }) => at >= from)
        expect(countsSince(recorded(events), from, NOW)).toEqual({
          good: within.filter(({ good }) => good).length,
          total: within.length,
        })
      },
    ),
  )
})

test('a met objective says so, with its budget', () => {
  const status = statusOf(latency, evidence(traffic(10_000, 1000, 100)))
  expect(status).toMatchObject({
    state: 'met',
    compliance: 0.99,
    measured: { good: 9_900, total: 10_000 },
    exhausted_at: null,
  })
  expect(status.budget.consumed).toBeCloseTo(0.2)
  expect(status.budget.remaining).toBeCloseTo(0.8)
})

test('exactly at the target is no breach, one more bad event is', () => {
  expect(statusOf(latency, evidence(traffic(1000, 1000, 20))).state).not.toBe('breached')
  const over = [...traffic(1000, 1000, 20), { at: NOW, good: false }]
  expect(statusOf(latency, evidence(over)).state).toBe('breached')
})

test('a fast burn is at risk, and the time of exhaustion comes first', () => {
  const calm = traffic(10_000, DAY - 61, 1_000_000).map((event) => ({
    ...event,
    at: event.at - 61 * MINUTE_MS,
  }))
  const burning = traffic(600, 60, 5)
  const status = statusOf(latency, evidence([...calm, ...burning]))
  expect(status.state).toBe('at_risk')
  expect(status.exhausted_at).not.toBeNull()
  expect(status.explanation[0]).toMatch(
    /^At the pace of the last hour \(burn rate 4\.0\) the budget of 1d is exhausted at 2026-03-22 \d\d:\d\d UTC\.$/,
  )
})

test('a single error at low traffic fires nothing', () => {
  const status = statusOf(availability, evidence([...traffic(5, 8, 100), { at: NOW, good: false }]))
  expect(status.burn_alerts.some(({ firing }) => firing)).toBe(false)
})

test('no events are no statement', () => {
  const status = statusOf(latency, evidence([]))
  expect(status).toMatchObject({
    state: 'no_data',
    compliance: null,
    budget: { consumed: null, remaining: null },
  })
  expect(status.explanation).toEqual([
    'No data: no events in the last 1d. The objective is neither met nor missed.',
  ])
})

describe('time that nobody recorded', () => {
  const range = { from: startOf(NOW, 200), to: startOf(NOW, 100) }
  const gapOf = (cost: Partial<GapCost>): SeriesGap => ({ ...range, cost: { ...NO_COST, ...cost } })
  const events = traffic(10_080, 7 * DAY, 1_000_000)

  test('counts against an availability objective as an estimate with bounds', () => {
    const gap = gapOf({ cost: 101, low: 80, high: 125, method: 'same_hour_of_week' })
    const status = statusOf(availability, evidence(events, { gaps: [gap] }))
    expect(status.gaps).toMatchObject({
      seconds: 6000,
      minutes: 100,
      assumed_bad: 101,
      low: 80,
      high: 125,
      intervals: [{ assumed_bad: 101, low: 80, high: 125, method: 'same_hour_of_week' }],
    })
    expect(status.judged).toEqual({ good: 10_080, total: 10_181 })
    expect(status.compliance).toBeCloseTo(10_080 / 10_181)
    expect(status.state).toBe('breached')
    expect(status.explanation.join(' ')).toContain(
      'For 1 h 40 min the platform was down or could not record; that counts as 101 failed requests, an estimate between 80 and 125: as many per second as in the same hour of the week before.',
    )
  })

  test('is a bad slice a minute, whatever was recorded in it', () => {
    const gaps = [
      { from: range.from + 30_000, to: range.from + 40_000, cost: { ...NO_COST, cost: 1, low: 1, high: 1 } },
      { from: range.from + 50_000, to: range.from + 70_000, cost: { ...NO_COST, cost: 2, low: 2, high: 2 } },
    ]
    const slicesOfHours = Array.from({ length: 300 }, (_, n) => ({ at: NOW - n * MINUTE_MS, good: true }))
    const status = statusOf(slices, evidence(slicesOfHours, { gaps }))
    expect(status.gaps).toMatchObject({ seconds: 30, minutes: 1, assumed_bad: 2 })
    expect(status.measured).toEqual({ good: 300, total: 300 })
    expect(status.judged).toEqual({ good: 298, total: 300 })
  })

  test('says nothing about latency', () => {
    const status = statusOf(latency, evidence(events, { gaps: [gapOf({})] }))
    expect(status.gaps).toMatchObject({ minutes: 100, assumed_bad: 0 })
    expect(status.judged).toEqual(status.measured)
  })

  test('is in the burn rates, the burn alerts and the words of the last hour', () => {
    const gap = {
      from: NOW - 41 * MINUTE_MS,
      to: NOW - MINUTE_MS,
      cost: { cost: 400, low: 360, high: 440, method: 'hour_before' as const },
    }
    const status = statusOf(availability, evidence(traffic(100_800, 7 * DAY, 1_000_000), { gaps: [gap] }))
    const lastHour = status.burn_rates.find(({ window }) => window === '1h')
    expect(lastHour?.rate).toBeGreaterThan(14)
    expect(status.burn_alerts.some(({ firing }) => firing)).toBe(true)
    expect(status.explanation.join(' ')).not.toContain('Nothing was bad')
  })

  test('of a young installation pages nobody, as long as nothing was recorded as bad', () => {
    const gap = {
      from: NOW - 60_000,
      to: NOW - 20_000,
      cost: { cost: 36, low: 21, high: 51, method: 'hour_before' as const },
    }
    const young = (ageMinutes: number, badEvery: number) =>
      statusOf(
        availability,
        evidence(traffic(51, 2, badEvery), {
          gaps: [gap],
          firstEventAt: NOW - ageMinutes * MINUTE_MS,
        }),
      ).burn_alerts.flatMap(({ long_window, firing }) => (firing ? [long_window] : []))
    expect(young(2, 1_000)).toEqual([])
    // The longer windows hold too few events to say anything.
    expect(young(2, 5)).toEqual(['15m', '90m'])
    // From the age of a window on, what gaps cost counts in it.
    expect(young(15, 1_000)).toEqual(['15m'])
    expect(young(100, 1_000)).toEqual(['15m', '90m'])
  })

  test('never lets the words claim that nothing was bad', () => {
    const duration = fc.integer({ min: 1, max: 3600 })
    fc.assert(
      fc.property(
        fc.constantFrom(latency, availability, slices),
        fc.integer({ min: 0, max: 3_000 }),
        duration,
        fc.nat(3),
        (objective, secondsAgo, seconds, cost) => {
          const to = NOW - secondsAgo * 1000
          const gap = { from: to - seconds * 1000, to, cost: { ...NO_COST, cost, high: cost } }
          const { explanation } = statusOf(objective, evidence(events, { gaps: [gap] }))
          expect(explanation.join(' ')).not.toContain('Nothing was bad')
        },
      ),
    )
  })

  test('is not absence of senders', () => {
    const old = [{ at: NOW - 40 * MINUTE_MS, good: true }]
    const gap = { from: NOW - 30 * MINUTE_MS, to: NOW - 10 * MINUTE_MS, cost: NO_COST }
    expect(statusOf(latency, evidence(old, { gaps: [gap] })).absence.firing).toBe(false)
  })
})

test('absence is told once it lasts, but not for what never happened', () => {
  const old = [{ at: NOW - 40 * MINUTE_MS, good: true }]
  expect(statusOf(latency, evidence(old)).absence).toMatchObject({ after_minutes: 36, firing: true })
  expect(statusOf(latency, evidence([])).absence).toMatchObject({ last_event_at: null, firing: false })
})

test('11 requests of which one is slow breach, and their percentile is the slow one', () => {
  const distribution = newSketch()
  for (let n = 0; n < 10; n += 1) distribution.accept(11)
  distribution.accept(900)
  const status = statusOf(latency, evidence(traffic(11, 100, 11), { distribution }))
  expect(status.state).toBe('breached')
  expect(status.percentile?.value_ms).toBeGreaterThan(890)
})

test('the state and the percentile never contradict each other', () => {
  const { objective_ms, quantile } = { objective_ms: 500, quantile: 0.95 }
  fc.assert(
    fc.property(
      fc.array(
        // Half of them within the accuracy of the sketch around the threshold.
        fc.oneof(
          fc.double({ min: 0.1, max: 2000, noNaN: true }),
          fc.double({ min: 494, max: 506, noNaN: true }),
        ),
        { minLength: 1, maxLength: 80 },
      ),
      (durations) => {
        const distribution = newSketch()
        for (const duration of durations) distribution.accept(duration)
        const events = durations.map((duration) => ({ at: NOW - MINUTE_MS, good: duration < objective_ms }))
        const status = statusOf(latency, evidence(events, { distribution }))
        const exact = [...durations].sort((a, b) => a - b)[Math.ceil(quantile * durations.length) - 1] ?? 0
        const { value_ms } = status.percentile ?? { value_ms: 0 }
        expect(value_ms < objective_ms).toBe(status.state !== 'breached')
        expect(value_ms < objective_ms).toBe(exact < objective_ms)
        expect(Math.abs(value_ms / exact - 1)).toBeLessThanOrEqual(0.0101)
        const words = status.explanation.find((sentence) => sentence.includes('percentile')) ?? ''
        const shown = Number(/percentile is ([\d.]+) ms/.exec(words)?.[1] ?? value_ms)
        expect(shown < objective_ms).toBe(status.state !== 'breached')
      },
    ),
    { numRuns: 500 },
  )
})

test('the sentences about shares and counts never contradict the state', () => {
  const number = (text: string | undefined) => Number((text ?? '').replaceAll(',', ''))
  fc.assert(
    fc.property(
      fc.constantFrom(0.71, 0.9, 0.95, 0.99, 0.995, 0.999),
      fc.integer({ min: 1, max: 2_000_000 }),
      fc.integer({ min: -2, max: 2 }),
      (target, total, offset) => {
        const bad = Math.min(total, Math.max(0, Math.floor(total * (1 - target)) + offset))
        const at = NOW - (NOW % HOUR_MS)
        const counts = new Map([[at, { good: total - bad, total }]])
        const status = statusOf(
          { ...availability, target },
          evidence([], { recorded: { hours: counts, minutes: counts } }),
        )
        const words = status.explanation.join(' ')
        const [, good, objective] = /([\d.]+) % of [\d,]+ events .* objective is ([\d.]+) %/.exec(words) ?? []
        const [, used, failed, allowed] =
          /([\d.]+) % of the error budget is used: ([\d,]+) of ([\d,]+) allowed failures/.exec(words) ?? []
        const isBreached = status.state === 'breached'
        expect([
          number(good) < number(objective),
          number(used) > 100,
          number(failed) > number(allowed),
        ]).toEqual([isBreached, isBreached, isBreached])
      },
    ),
    { numRuns: 500 },
  )
})

test('the percentile comes from the sketch, within one per cent', () => {
  const distribution = newSketch()
  for (let n = 1; n <= 1000; n += 1) distribution.accept(n)
  const { percentile } = statusOf(latency, evidence(traffic(1000, 100, 2), { distribution }))
  expect(percentile).toMatchObject({ quantile: 0.95, objective_ms: 500 })
  expect(Math.abs((percentile?.value_ms ?? 0) / 950 - 1)).toBeLessThanOrEqual(0.011)
})

test('history ends with now and shows each hour of the window', () => {
  const history = historyOf(latency, recorded(traffic(1000, 600, 10)), [], NOW)
  expect(history).toHaveLength(25)
  expect(history.at(-1)).toMatchObject({ at: '2026-03-22T12:34:56.000000Z', compliance: 0.9 })
  expect(history[0]).toMatchObject({ compliance: null, budget_remaining: null })
})
