import { describe, expect, test } from 'vitest'
import { timestampOf } from '../../../domain/timestamp.js'
import { bucketOf, GAP_BUCKETS } from './cadence.js'
import { judge, type PlatformTime, type SensorFacts, type StoredState } from './judgement.js'
import { advance } from './watch.js'

const AT = Date.parse('2026-03-22T12:00:00Z')
const DAY_S = 86_400
const TIME: PlatformTime = { at: AT, seconds: 10 * DAY_S, resumedAtSeconds: 0 }
const ago = (seconds: number) => timestampOf(AT - seconds * 1000)

const STORED: StoredState = {
  sensor_id: 'cowrie-1',
  state: 'active',
  since: ago(DAY_S),
  expected: true,
  judged_by: 'events',
  limit_seconds: 1_800,
  heard_at: ago(60),
  heard_at_seconds: 10 * DAY_S - 60,
  first_at_seconds: 0,
  seen_at: ago(61),
  event_at: ago(60),
  event_at_seconds: 10 * DAY_S - 60,
  gap_weights: Array.from({ length: GAP_BUCKETS }, (_, bucket) => (bucket === bucketOf(300) ? 500 : 0)),
  gaps: 500,
  delays: Array(15).fill(1),
  clock_skew_seconds: 1,
  duplicate: false,
}
const FACTS: SensorFacts = {
  sensor_kind: 'cowrie',
  last_received_at: ago(60),
  last_seen_at: ago(61),
  heartbeat: null,
  expectation: null,
  duplicate: false,
}
/** Nothing was received for so long. */
const silentFor = (seconds: number): StoredState => ({
  ...STORED,
  heard_at: ago(seconds),
  heard_at_seconds: TIME.seconds - seconds,
  event_at: ago(seconds),
  event_at_seconds: TIME.seconds - seconds,
})
const silentFacts = (seconds: number): SensorFacts => ({
  ...FACTS,
  last_received_at: ago(seconds),
  last_seen_at: null,
})
const heartbeat = (secondsAgo: number, gaps: number[] = Array(15).fill(60)) => ({
  first_received_at: ago(secondsAgo + DAY_S),
  received_at: ago(secondsAgo),
  gaps,
  delays: Array<number>(15).fill(0),
})
const expectation = (expected: 'automatic' | 'yes' | 'no', more: object = {}) => ({
  expected,
  until: null,
  silence_limit_seconds: null,
  ...more,
})

describe('the state of a sensor', () => {
  test.each<[string, SensorFacts, StoredState, Partial<StoredState>]>([
    [
      'is active within its limit',
      FACTS,
      STORED,
      { state: 'active', expected: true, judged_by: 'events', limit_seconds: 1_800 },
    ],
    [
      'is no data beyond it',
      silentFacts(1_801),
      silentFor(1_801),
      { state: 'no_data', since: timestampOf(AT) },
    ],
    [
      'is unknown with 23 gaps',
      FACTS,
      { ...STORED, gaps: 23 },
      { state: 'unknown', expected: false, limit_seconds: null, judged_by: null },
    ],
    ['is unknown within a day', FACTS, { ...STORED, first_at_seconds: 9.5 * DAY_S }, { state: 'unknown' }],
    [
      'is judged by heartbeats where there are some',
      { ...silentFacts(7_200), heartbeat: heartbeat(170) },
      silentFor(7_200),
      { state: 'active', judged_by: 'heartbeat', limit_seconds: 180 },
    ],
    [
      'is no data where its heartbeats stop, as soon as no event comes either',
      { ...silentFacts(7_200), heartbeat: heartbeat(190) },
      { ...silentFor(190), event_at: ago(7_200) },
      { state: 'no_data', judged_by: 'heartbeat' },
    ],
    [
      'is judged by events again where they go on for a week without heartbeats',
      { ...FACTS, heartbeat: heartbeat(8 * DAY_S) },
      STORED,
      { state: 'active', judged_by: 'events' },
    ],
    [
      'is not judged by heartbeats of a few minutes',
      { ...FACTS, heartbeat: { ...heartbeat(30, Array(5).fill(10)), first_received_at: ago(80) } },
      { ...STORED, gaps: 0 },
      { state: 'unknown' },
    ],
    [
      'is judged by an own limit before all else',
      {
        ...FACTS,
        heartbeat: heartbeat(30),
        expectation: expectation('automatic', { silence_limit_seconds: 600 }),
      },
      STORED,
      { judged_by: 'own_limit', limit_seconds: 600, expected: true },
    ],
    [
      'is judged by a day where it is expected and nothing is known',
      { ...FACTS, expectation: expectation('yes') },
      { ...STORED, gaps: 0 },
      { state: 'active', expected: true, judged_by: 'events', limit_seconds: DAY_S },
    ],
    [
      'of a canary token is no alert',
      { ...silentFacts(7_200), sensor_kind: 'canarytoken' },
      silentFor(7_200),
      { state: 'no_data', expected: false },
    ],
  ])('%s', (_what, facts, before, after) => {
    expect(judge(facts, before, TIME)).toMatchObject(after)
  })

  test.each([
    ['yes', null, true],
    ['yes', AT + 1, true],
    ['yes', AT, false],
    ['no', null, false],
    ['no', AT + 1, false],
    ['no', AT, true],
    ['automatic', AT, true],
  ] as const)('expected %s until %s is expected: %s', (expected, until, isExpected) => {
    const facts = {
      ...FACTS,
      expectation: expectation(expected, { until: until === null ? null : timestampOf(until) }),
    }
    expect(judge(facts, STORED, TIME).expected).toBe(isExpected)
  })

  test('stays as it was for five minutes after the platform stood still', () => {
    const resumed = (seconds: number) => ({ ...TIME, resumedAtSeconds: TIME.seconds - seconds })
    const before = silentFor(7_200)
    expect(judge(silentFacts(7_200), before, resumed(299)).state).toBe('active')
    expect(judge(silentFacts(7_200), { ...before, state: 'no_data' }, resumed(299)).state).toBe('no_data')
    expect(judge(silentFacts(7_200), before, resumed(300)).state).toBe('no_data')
  })

  test('a look that finds nothing new changes nothing', () => {
    const once = judge(FACTS, STORED, TIME)
    expect(judge(FACTS, once, TIME)).toEqual(once)
  })
})

describe("the platform's own time", () => {
  const stored = { looked_at: ago(0), seconds: 1_000, resumed_at_seconds: 400 }

  test.each([
    ['goes on with each look', 60, false, 1_060, 400],
    ['goes on over a look that was left out', 150, false, 1_150, 400],
    ['stands still while no look was made', 151, false, 1_000, 1_000],
    ['stands still while nothing can be stored', 60, true, 1_000, 1_000],
  ])('%s', (_what, seconds, isPaused, now, resumed) => {
    const at = AT + seconds * 1000
    expect(advance(stored, at, isPaused)).toEqual({ at, seconds: now, resumedAtSeconds: resumed })
  })
})
