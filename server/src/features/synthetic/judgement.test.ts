import type { SyntheticRun } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { judge, LAST_HOPS_MS, needsRaising } from './judgement.js'

const CLOSES = Date.UTC(2026, 2, 22, 12)
const at = new Date(CLOSES - 1000).toISOString()
const run: SyntheticRun = {
  id: '0195b9a0-0000-7000-8000-000000000001',
  target_id: '0195b9a0-0000-7000-8000-000000000002',
  target_name: 'decoy',
  kind: 'ssh',
  sensor_id: 'ssh-1',
  source_ip: '192.0.2.2',
  opens_at: at,
  closes_at: new Date(CLOSES).toISOString(),
  outcome: 'waiting',
  failure: null,
  session_id: null,
  threat_level: null,
  threat_score: null,
  attacked_at: at,
  received_at: null,
  scored_at: null,
  durable_at: null,
  alerted_at: null,
  alerted_by: null,
  delivered_at: null,
  acknowledged_at: null,
}
const received = { ...run, received_at: at, scored_at: at, durable_at: at, threat_level: 'high' } as const
const LATER = CLOSES + LAST_HOPS_MS + 1

test('an attack is under way until it is acknowledged or its time is over', () => {
  expect(judge(run, CLOSES)).toBeNull()
  expect(judge({ ...received, alerted_at: at, delivered_at: at }, CLOSES + 5000)).toBeNull()
})

test('an attack whose alert was acknowledged is detected at once', () => {
  const whole = { ...received, alerted_at: at, delivered_at: at, acknowledged_at: at }
  expect(judge(whole, CLOSES - 500)).toEqual({ detected: true, failure: null })
})

test.each([
  ['was not made', { attacked_at: null }, 'the attack was not made'],
  ['met an error', { failure: 'the attack failed: refused' }, 'the attack failed: refused'],
  ['was not reported', {}, 'no event with its marker arrived from ssh-1'],
  ['raised no alert', received, 'no alert was raised'],
  ['was scored low', { ...received, threat_level: 'medium' }, 'it was scored medium'],
] as const)('an attack that %s is missed, with the reason', (_, found, failure) => {
  const verdict = judge({ ...run, ...found } as SyntheticRun, LATER)
  expect(verdict?.detected).toBe(false)
  expect(verdict?.failure).toContain(failure)
})

test.each([
  ['not delivered', {}, 'did not reach the live feed'],
  ['not acknowledged', { delivered_at: at }, 'no acknowledgement'],
] as const)('an alert that was %s is detected, and what is missing is stated', (_, found, failure) => {
  const verdict = judge({ ...received, alerted_at: at, ...found }, LATER)
  expect(verdict?.detected).toBe(true)
  expect(verdict?.failure).toContain(failure)
})

test.each([
  ['once the window of a session that was scored low is over', {}, 1, true],
  ['not before: its score may still rise', {}, -1, false],
  ['not where its score raises an alert', { threat_level: 'critical' }, 1, false],
  ['not where it has one', { alerted_at: at }, 1, false],
  ['not where nothing was scored', { scored_at: null, threat_level: null }, 1, false],
  ['not for a way into the platform, whose records are an intrusion', { kind: 'hec' }, 1, false],
] as const)('an alert is raised by rule %s', (_, found, afterClose, expected) => {
  const low = { ...received, threat_level: 'low', ...found } as SyntheticRun
  expect(needsRaising(low, CLOSES + afterClose)).toBe(expected)
})
