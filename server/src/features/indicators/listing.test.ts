import { describe, expect, test } from 'vitest'
import { type NeverBlockList, prepareNeverBlock } from '../../domain/never-block.js'
import { type Evidence, explain, explainAbsence, type ListingPolicy } from './listing.js'

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-03-22T12:00:00Z')
const list = (name: string, entry: string): NeverBlockList => ({
  name,
  version: 1,
  category: 'operator',
  source: null,
  date: null,
  licence: null,
  type: 'cidr',
  list: [entry],
})
const policy: ListingPolicy = {
  neverBlock: [
    prepareNeverBlock([list('first', '9.9.0.0/16')]),
    prepareNeverBlock([list('second', '9.8.0.0/16')]),
  ],
  minimumScore: 0.6,
  minimumSensors: 2,
  minimumKeys: 2,
  expiryMs: 30 * DAY_MS,
}
const evidence: Evidence = {
  type: 'ipv4-addr',
  value: '9.1.2.3',
  role: 'source',
  first_seen_at: '2026-03-01T12:00:00.000000Z',
  last_seen_at: '2026-03-21T12:00:00.000000Z',
  threat_level: 'high',
  threat_score: Math.fround(0.6),
  sensor_count: 2,
  key_count: 2,
}
const refusalOf = (changes: Partial<Evidence>, now = NOW) =>
  explain({ ...evidence, ...changes }, policy, now).checks.flatMap(({ check, passed }) =>
    passed ? [] : check,
  )

test('an entry that meets every condition is listed, with its reason and its end', () => {
  const { listed, indicator, checks } = explain(evidence, policy, NOW)
  expect(listed).toBe(true)
  expect(checks.every(({ passed }) => passed)).toBe(true)
  expect(indicator).toEqual({
    ...evidence,
    context: false,
    expires_at: '2026-04-20T12:00:00.000000Z',
    reason: 'source of sessions that scored up to 0.60 (high), seen by 2 sensors with 2 keys',
  })
})

describe('an entry is context, and not listed,', () => {
  test.each([
    ['score', { threat_score: 0.59 }],
    ['sensors', { sensor_count: 1 }],
    ['keys', { key_count: 1 }],
    ['never_block', { value: '9.9.1.1' }],
    ['never_block', { value: '9.8.1.1' }],
    ['evidence', { type: 'url', value: 'http://a.example/ http://b.example/', role: 'download' }],
    ['evidence', { type: 'url', value: 'tcp://9.1.2.3:443', role: 'download' }],
    ['expiry', { last_seen_at: '2026-02-20T11:59:59.000000Z' }],
  ] as const)('for want of %s', (check, changes) => {
    expect(refusalOf(changes)).toEqual([check])
    const { listed, indicator, checks } = explain({ ...evidence, ...changes }, policy, NOW)
    expect([listed, indicator?.context]).toEqual([false, true])
    expect(indicator?.reason).toBe(checks.find(({ passed }) => !passed)?.detail)
  })
})

test('who only visited canaries is not listed, whatever the configuration', () => {
  const trusting = { ...policy, minimumSensors: 1, minimumKeys: 1 }
  const visitor = { ...evidence, threat_score: 1, sensor_count: 0, key_count: 0 }
  const { listed, indicator } = explain(visitor, trusting, NOW)
  expect(listed).toBe(false)
  expect(indicator).toMatchObject({
    context: true,
    reason: expect.stringContaining('only touched canaries'),
  })
})

test('an entry expires to the millisecond', () => {
  const end = Date.parse('2026-04-20T12:00:00Z')
  expect(refusalOf({}, end - 1)).toEqual([])
  expect(refusalOf({}, end)).toEqual(['expiry'])
})

test('what no session shows is not listed, and the lists that hold it are named', () => {
  expect(explainAbsence({ type: 'ipv4-addr', value: '9.8.0.1' }, policy)).toMatchObject({
    listed: false,
    indicator: null,
    checks: [
      { check: 'evidence', passed: false },
      { check: 'never_block', passed: false, detail: 'never listed: 9.8.0.0/16 is in "second"' },
    ],
  })
})
