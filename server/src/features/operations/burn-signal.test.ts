import type { SloStatus } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import type { Objective } from '../slo/index.js'
import { createBurnSignal } from './burn-signal.js'

const NOW = Date.parse('2026-03-22T12:00:30Z')
const MINUTE_MS = 60_000
/** Windows of 28 days: 1 h and 5 min, 6 h and 30 min, 1 d and 2 h, 4 d and 8 h. */
const OBJECTIVE = { id: 'x', name: 'X', target: 0.995, windowMinutes: 28 * 1440 } as Objective

function burning(...firing: boolean[]) {
  const severities = ['critical', 'high', 'medium', 'low'] as const
  const burn_alerts = severities.map((severity, n) => ({
    severity,
    long_window: `long ${n}`,
    short_window: `short ${n}`,
    long_rate: 20,
    factor: 14,
    firing: firing[n] ?? false,
  }))
  return createBurnSignal({
    objectives: [OBJECTIVE],
    list: async () => [{ id: 'x', burn_alerts } as unknown as SloStatus],
  })
}
const ended = (minutesAgo: number) => [
  { from: NOW - (minutesAgo + 1) * MINUTE_MS, to: NOW - minutesAgo * MINUTE_MS },
]

test('all windows of an objective are one alert with the severity of the worst', async () => {
  expect(await burning(false, true, true, true).worstRank('x', NOW)).toBe(3)
  expect(await burning().worstRank('x', NOW)).toBe(0)
  expect(await burning(true, true).describe('x', NOW)).toBe(
    'Covers: long 0 and short 0 (20.0 times, more than 14); long 1 and short 1 (20.0 times, more than 14).',
  )
})

test.each([
  ['ended just now', ended(0), [true, true, true, true], true],
  ['ended 3 minutes ago', ended(3), [true, true, true, true], true],
  ['ended 8 minutes ago, and the errors go on', ended(8), [true, true, true, true], false],
  ['ended 8 minutes ago, and so did the errors', ended(8), [false, true, true, true], true],
  ['ended 3 hours ago, and so did the errors', ended(180), [false, false, false, true], true],
  ['ended 9 hours ago', ended(540), [false, false, false, true], false],
])('an outage that %s', async (_what, outages, firing, explained) => {
  expect(await burning(...firing).isExplainedBy('x', outages, NOW)).toBe(explained)
})

test('without an outage nothing is explained', async () => {
  expect(await burning(true).isExplainedBy('x', [], NOW)).toBe(false)
})
