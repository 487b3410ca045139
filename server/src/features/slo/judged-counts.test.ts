import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Counts, NOTHING, plus } from './arithmetic.js'
import { historyOf } from './history.js'
import { createJudge, missedBy } from './judged-counts.js'
import type { Objective } from './objective.js'
import { countsSince } from './recorded-series.js'
import { NO_COST, type SeriesGap } from './recording-gaps.js'
import { statusOf } from './status.js'
import { HOUR_MS, MINUTE_MS } from './time-ranges.js'

const NOW = Date.parse('2026-03-22T12:34:56Z')
const SPAN_MS = 3 * 24 * HOUR_MS

const objectiveOf = (windowMinutes: number, budgeting: Objective['budgeting']): Objective => ({
  id: 'ingest-availability',
  name: 'Ingest availability',
  description: '',
  service: 'eviltwin',
  indicator: { signal: 'http', route: 'POST /log', good: { outcome: 'succeeded' } },
  target: 0.995,
  windowMinutes,
  budgeting,
})

const anyBudgeting = fc.constantFrom('occurrences' as const, 'time_slices' as const)
/** Gaps that do not overlap, to the second, some of which share a minute. */
const anyGaps = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9_000 }), fc.integer({ min: 1, max: 9_000 }), fc.nat(5_000)), {
    maxLength: 12,
  })
  .map((parts) => {
    let at = NOW - (NOW % 1000) - SPAN_MS
    return parts.flatMap(([pause, length, cost]): SeriesGap[] => {
      const from = at + pause * 1000
      const to = from + length * 1000
      at = to
      return to <= NOW ? [{ from, to, cost: { ...NO_COST, cost, high: cost } }] : []
    })
  })
const anyEvents = fc.array(
  fc.record({ at: fc.integer({ min: NOW - SPAN_MS, max: NOW }), good: fc.boolean() }),
  { maxLength: 200 },
)

function recorded(events: ReadonlyArray<{ at: number; good: boolean }>) {
  const hours = new Map<number, Counts>()
  const minutes = new Map<number, Counts>()
  for (const { at, good } of events) {
    const one = { good: good ? 1 : 0, total: 1 }
    hours.set(at - (at % HOUR_MS), plus(hours.get(at - (at % HOUR_MS)) ?? NOTHING, one))
    minutes.set(at - (at % MINUTE_MS), plus(minutes.get(at - (at % MINUTE_MS)) ?? NOTHING, one))
  }
  return { hours, minutes }
}

test('the steps of a history sum to the headline, and its last point is the headline', () => {
  fc.assert(
    fc.property(
      anyBudgeting,
      fc.integer({ min: 30, max: 36 * 60 }),
      anyEvents,
      anyGaps,
      (budgeting, windowMinutes, events, gaps) => {
        const objective = objectiveOf(windowMinutes, budgeting)
        const counts = recorded(events)
        const status = statusOf(objective, {
          now: NOW,
          recorded: counts,
          distribution: null,
          gaps,
          firstEventAt: null,
          lastEventAt: null,
          population: { description: '', since: null, apart: [] },
          literal: null,
        })
        const history = historyOf(objective, counts, gaps, NOW)
        const sum = history.reduce(
          (all, { good, total, assumed_bad }) => ({
            good: all.good + good,
            total: all.total + total,
            assumed_bad: all.assumed_bad + assumed_bad,
          }),
          { good: 0, total: 0, assumed_bad: 0 },
        )
        expect(sum).toEqual({ ...status.judged, assumed_bad: status.gaps.assumed_bad })
        expect(history.at(-1)).toMatchObject({
          compliance: status.compliance,
          budget_remaining: status.budget.remaining,
        })
      },
    ),
    { numRuns: 300 },
  )
})

test('windows beside each other add up, and no window has fewer than no events', () => {
  const anyMinute = fc.integer({ min: NOW - SPAN_MS, max: NOW }).map((at) => at - (at % MINUTE_MS))
  fc.assert(
    fc.property(
      anyBudgeting,
      anyEvents,
      anyGaps,
      fc.tuple(anyMinute, anyMinute, anyMinute),
      (budgeting, events, gaps, moments) => {
        const counts = recorded(events)
        const between = (from: number, to: number) => {
          const [all, after] = [countsSince(counts, from, NOW), countsSince(counts, to, NOW)]
          return { good: all.good - after.good, total: all.total - after.total }
        }
        const judge = createJudge(between, missedBy(gaps, budgeting, counts.minutes))
        const [a = 0, b = 0, c = 0] = [...moments].sort((left, right) => left - right)
        const [first, second, whole] = [judge(a, b), judge(b, c), judge(a, c)]
        expect(plus(first.judged, second.judged)).toEqual(whole.judged)
        expect(first.assumedBad + second.assumedBad).toBe(whole.assumedBad)
        for (const { judged } of [first, second, whole]) {
          expect(judged.good).toBeGreaterThanOrEqual(0)
          expect(judged.total).toBeGreaterThanOrEqual(judged.good)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('time slices equal a count minute by minute, each minute of a gap one bad slice', () => {
  fc.assert(
    fc.property(anyEvents, anyGaps, (events, gaps) => {
      const counts = recorded(events)
      const expected = { good: 0, total: 0 }
      const start = NOW - (NOW % MINUTE_MS) - SPAN_MS
      for (let minute = start; minute <= NOW; minute += MINUTE_MS) {
        const isDown = gaps.some(
          ({ from, to, cost }) => cost.cost > 0 && from < minute + MINUTE_MS && to > minute,
        )
        const found = isDown ? { good: 0, total: 1 } : (counts.minutes.get(minute) ?? NOTHING)
        expected.good += found.good
        expected.total += found.total
      }
      const judge = createJudge(
        (from) => countsSince(counts, from, NOW),
        missedBy(gaps, 'time_slices', counts.minutes),
      )
      expect(judge(start, NOW + 1).judged).toEqual(expected)
    }),
  )
})

test('the cost of a gap is spread evenly, and a whole gap costs what was stored', () => {
  const from = Date.parse('2026-03-22T10:00:30Z')
  const gap = { from, to: from + 136_000, cost: { ...NO_COST, cost: 1360 } }
  const missed = missedBy([gap], 'occurrences', new Map())
  const minute = Date.parse('2026-03-22T10:00:00Z')
  expect([0, 1, 2, 3].map((n) => missed(minute + n * MINUTE_MS, minute + (n + 1) * MINUTE_MS).total)).toEqual(
    [300, 600, 460, 0],
  )
})
