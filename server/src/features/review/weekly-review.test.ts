import type { HealthReview, Notification } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { isTrendingUp, trend } from './trend.js'
import { createWeeklyReview } from './weekly-review.js'

const nothing = { this_week: null, last_week: null, change: null }
const review: HealthReview = {
  from: '2026-03-16T00:00:00.000000Z',
  to: '2026-03-23T06:00:00.000000Z',
  ingest_latency: {
    average_ms: nothing,
    p95_ms: nothing,
    requests: nothing,
    daily_p95_ms: [],
    trending_up: null,
  },
  errors: { server_error_rate: nothing, unanswered_rate: nothing, kinds: [] },
  auth: { failures: nothing, failure_rate: nothing, spikes: [] },
  llm: { availability: nothing, analyses: nothing, success_fraction: nothing },
  database_pool: { exhausted: nothing, peak_use: {}, verdict: 'No pool was ever full: large enough.' },
  slos: [],
  operational_alerts: [],
  channels: { failed: nothing, given_up: nothing, failing: [] },
  findings: [],
}

test('is sent once, on Monday from six', async () => {
  let now = Date.parse('2026-03-22T23:00:00Z')
  const sent: Array<[string, Notification['kind']]> = []
  const weekly = createWeeklyReview({
    review: async () => review,
    store: { sendReview: async (week, notice) => void sent.push([week.toISOString(), notice.kind]) },
    now: () => now,
  })
  for (let hour = 0; hour < 8 * 24; hour += 1) {
    await weekly()
    now += 3_600_000
  }
  expect(sent).toEqual([
    ['2026-03-16T00:00:00.000Z', 'review'],
    ['2026-03-23T00:00:00.000Z', 'review'],
    ['2026-03-30T00:00:00.000Z', 'review'],
  ])
})

test('a change is relative to the week before, and unknown without one', () => {
  expect(trend(110, 100).change).toBeCloseTo(0.1)
  expect([trend(1, null).change, trend(null, 1).change, trend(1, 0).change]).toEqual([null, null, null])
})

test('days that rise are a trend, days that vary are none, few days say nothing', () => {
  expect(isTrendingUp([10, 11, 11, 13, 15, 16, 20])).toBe(true)
  expect(isTrendingUp([10, 20, 9, 21, 10, 19, 11])).toBe(false)
  expect(isTrendingUp([20, 18, 15, 12, 10, 9, 8])).toBe(false)
  expect(isTrendingUp([null, 10, 11, null, 12, null, null])).toBeNull()
})
