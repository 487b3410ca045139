import { expect, test } from 'vitest'
import { createOutageExplanation } from './outage-explanation.js'
import { type OpsRule, parseRules } from './rules.js'

const NOW = Date.parse('2026-03-22T12:00:30Z')
const MINUTE_MS = 60_000
const RULES = parseRules(`
- { id: database, name: D, severity: critical, description: d, signal: { kind: database_unreachable }, above: 0 }
- { id: surge, name: S, severity: high, description: s, signal: { kind: failed_share, ways: [POST /log], minutes: 5 }, above: 0.05,
    inhibited_by: [database] }
- { id: slow, name: L, severity: medium, description: l,
    signal: { kind: latency_quantile, ways: [HEC], quantile: 0.95, minutes: 5 }, above: 1000, inhibited_by: [database] }
- { id: alone, name: A, severity: high, description: a, signal: { kind: failed_share, ways: [POST /log], minutes: 5 }, above: 0.05 }
- { id: refused, name: R, severity: medium, description: r, signal: { kind: keys_refused, minutes: 10 }, above: 0,
    inhibited_by: [database] }
`)
const rule = (id: string) => RULES.find((candidate) => candidate.id === id) as OpsRule
/** An outage of seven minutes. */
const explained = (id: string, minutesAgo: number) =>
  createOutageExplanation(
    { isExplainedBy: async () => false },
    {
      firings: async () => [{ from: NOW - (minutesAgo + 7) * MINUTE_MS, to: NOW - minutesAgo * MINUTE_MS }],
    },
  )(rule(id), NOW)

test.each(['surge', 'slow'])(
  'minutes that failed in an outage are explained by it after its end: %s',
  async (id) => {
    expect(await explained(id, 0)).toBe(true)
    expect(await explained(id, 5)).toBe(true)
    expect(await explained(id, 7)).toBe(false)
  },
)

test('what nothing inhibits, and what no outage causes, is not explained', async () => {
  expect([await explained('alone', 0), await explained('refused', 0)]).toEqual([false, false])
})
