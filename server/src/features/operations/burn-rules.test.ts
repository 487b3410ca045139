import { expect, test } from 'vitest'
import type { Objective } from '../slo/index.js'
import { burnRules } from './burn-rules.js'

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

test.each([
  ['a day', 1440, ['slo-x-10m', 'slo-x-13m', 'slo-x-52m', 'slo-x-206m']],
  ['a week', 10_080, ['slo-x-15m', 'slo-x-90m', 'slo-x-6h', 'slo-x-1d']],
  ['12 hours', 720, ['slo-x-10m', 'slo-x-10m-7x', 'slo-x-26m', 'slo-x-103m']],
  ['30 minutes', 30, ['slo-x-10m', 'slo-x-10m-7x', 'slo-x-10m-2x', 'slo-x-10m-1x']],
])('the burn rules of %s keep their ids', (_period, windowMinutes, ids) => {
  expect(burnRules([objective(windowMinutes)]).map(({ id }) => id)).toEqual(ids)
})
