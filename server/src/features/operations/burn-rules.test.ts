import { expect, test } from 'vitest'
import type { Objective } from '../slo/index.js'
import { burnRules, retiredRule } from './burn-rules.js'
import { cappedSeverity } from './severity.js'

const objective = (windowMinutes: number): Objective => ({
  id: 'x',
  name: 'X',
  description: '',
  service: 'eviltwin',
  indicator: { signal: 'http', route: 'GET /x', good: { faster_than_ms: 500 } },
  target: 0.95,
  windowMinutes,
  budgeting: 'occurrences',
})

test('an objective has one burn alert, whatever its windows', () => {
  expect(burnRules([objective(1440)])).toMatchObject([
    { id: 'slo-x', name: 'SLO burn: X', severity: 'critical', inhibited_by: ['database-unreachable'] },
  ])
})

test('the severity of a burn alert is capped by the maximum of its objective', () => {
  const [rule] = burnRules([{ ...objective(1440), maximumSeverity: 'low' }])
  expect(rule?.severity).toBe('low')
  expect([0, 1, 2, 4].map((rank) => cappedSeverity(rule as { severity: 'low' }, rank))).toEqual([
    null,
    'low',
    'low',
    'low',
  ])
})

test.each([
  ['a day', 1440, ['slo-x-10m', 'slo-x-13m', 'slo-x-52m', 'slo-x-206m']],
  ['a week', 10_080, ['slo-x-15m', 'slo-x-90m', 'slo-x-6h', 'slo-x-1d']],
  ['12 hours', 720, ['slo-x-10m', 'slo-x-10m-7x', 'slo-x-26m', 'slo-x-103m']],
])('the former burn rules of %s are known by their names', (_period, windowMinutes, ids) => {
  for (const id of ids) {
    const window = id.replace('slo-x-', '').replace('-', ', ')
    expect(retiredRule(id, [objective(windowMinutes)])).toMatchObject({ id, name: `SLO burn: X (${window})` })
  }
})

test('a rule that nobody knows any more ends under its id', () => {
  expect(retiredRule('slo-gone-1h', [])).toMatchObject({ name: 'slo-gone-1h', signal: { kind: 'retired' } })
})
