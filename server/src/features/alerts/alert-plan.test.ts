import { expect, test } from 'vitest'
import type { EscalationRow } from '../../domain/escalation.js'
import { planAlerts } from './alert-plan.js'
import type { AlertContext } from './alert-rows.js'

const NOW = '2026-03-22T12:00:00.000000Z'
let counter = 0
const newId = () => {
  counter += 1
  return `id-${counter}`
}

function escalation(details: Partial<EscalationRow> = {}): EscalationRow {
  return {
    id: newId(),
    kind: 'session',
    session_id: 'session-1',
    source_ip: '203.0.113.7',
    sensor_id: 'cowrie-1',
    sensor_kind: 'cowrie',
    threat_level: 'high',
    threat_score: 0.7,
    reasons: [],
    signals: ['execution'],
    clients: ['SSH-2.0-Go'],
    detail: null,
    canary: null,
    occurred_at: '2026-03-22T11:59:00.000000Z',
    received_at: '2026-03-22T11:59:59.000000Z',
    request_id: 'r1',
    traceparent: '',
    ...details,
  }
}

function context(details: Omit<Partial<AlertContext>, 'policy'> & { policy?: object } = {}): AlertContext {
  const { policy, ...others } = details
  return {
    position: 10,
    mutes: [],
    unresolved: [],
    campaigns: [],
    canaries: [],
    attackers: [],
    policy: {
      minimum_level: 'high',
      mute_known_scanners: true,
      campaign_grouping: 'off',
      campaign_window_minutes: 60,
      backfill_after_minutes: 1440,
      ...policy,
    },
    ...others,
  }
}

const plan = (escalations: EscalationRow[], known = context()) =>
  planAlerts(escalations, known, { newId, now: NOW, isResearchScanner: (ip) => ip === '162.142.125.9' })

test('announced alerts take consecutive places in the feed; suppressed ones take none', () => {
  const { raised, position } = plan(
    [
      escalation({ session_id: 'a' }),
      escalation({ session_id: 'b', source_ip: '162.142.125.9' }),
      escalation({ session_id: 'c' }),
    ],
    context(),
  )
  expect(raised.map(({ feed_position, suppressed_by }) => [feed_position, suppressed_by])).toEqual([
    [11, null],
    [null, 'known_scanner'],
    [12, null],
  ])
  expect(position).toBe(12)
})

test('a session and level that has an unresolved alert is counted, in the same batch or later', () => {
  const twice = plan([escalation(), escalation({ occurred_at: '2026-03-22T12:01:00.000000Z' })])
  expect(twice.raised).toMatchObject([
    { occurrence_count: 2, last_occurrence_at: '2026-03-22T12:01:00.000000Z' },
  ])
  const later = plan(
    [escalation(), escalation()],
    context({
      unresolved: [{ id: 'open', session_id: 'session-1', threat_level: 'high', suppressed: false }],
    }),
  )
  expect(later).toMatchObject({ raised: [], recurrences: [{ id: 'open', count: 2 }] })
})

test('a higher level of the same session is an alert of its own', () => {
  const { raised } = plan(
    [escalation({ threat_level: 'critical' })],
    context({
      unresolved: [{ id: 'open', session_id: 'session-1', threat_level: 'high', suppressed: false }],
    }),
  )
  expect(raised).toMatchObject([{ threat_level: 'critical' }])
})

test('says whether the attacker itself crossed to the level', () => {
  const { raised } = plan([
    escalation({ session_id: 'a' }),
    escalation({ session_id: 'b' }),
    escalation({ session_id: 'c', threat_level: 'critical' }),
  ])
  expect(raised.map(({ first_of_attacker }) => first_of_attacker)).toEqual([true, false, true])
  const known = plan(
    [escalation()],
    context({ attackers: [{ source_ip: '203.0.113.7', level: 'critical' }] }),
  )
  expect(known.raised).toMatchObject([{ first_of_attacker: false }])
})

test('below the minimum level is suppressed, and a canary never is', () => {
  const strict = context({ policy: { minimum_level: 'critical' } })
  expect(plan([escalation()], strict).raised).toMatchObject([{ suppressed_by: 'minimum_level' }])
  const canary = escalation({ kind: 'canary', threat_level: 'critical', source_ip: '162.142.125.9' })
  expect(plan([canary], strict).raised).toMatchObject([{ suppressed_by: null }])
})

test('a known scanner that does something critical is announced', () => {
  const source_ip = '162.142.125.9'
  expect(plan([escalation({ source_ip, threat_level: 'critical' })]).raised).toMatchObject([
    { suppressed_by: null },
  ])
})

test.each([
  ['an address', { source: '203.0.113.7', sensor_id: null }, true],
  ['a network', { source: '203.0.113.0/24', sensor_id: null }, true],
  ['a sensor', { source: null, sensor_id: 'cowrie-1' }, true],
  ['a network on another sensor', { source: '203.0.113.0/24', sensor_id: 'cowrie-2' }, false],
  ['another network', { source: '198.51.100.0/24', sensor_id: null }, false],
])('a mute of %s', (_what, covered, suppressed) => {
  const mute = {
    id: 'm',
    reason: 'known',
    created_by: 'ann',
    created_at: NOW,
    expires_at: '2026-03-23T12:00:00.000000Z',
    ...covered,
  }
  expect(plan([escalation()], context({ mutes: [mute] })).raised).toMatchObject([
    suppressed ? { suppressed_by: 'mute', suppressed_because: 'known (ann)' } : { suppressed_by: null },
  ])
})

test('a mute never covers a canary', () => {
  const mute = {
    id: 'm',
    reason: 'known',
    created_by: 'ann',
    created_at: NOW,
    expires_at: '2026-03-23T12:00:00.000000Z',
    source: '0.0.0.0/0',
    sensor_id: null,
  }
  const touched = escalation({ kind: 'canary', threat_level: 'critical' })
  expect(plan([touched], context({ mutes: [mute] })).raised).toMatchObject([{ suppressed_by: null }])
})

test('sessions of one source are one alert, but not those that are more severe, nor those of another source', () => {
  const { raised } = plan(
    [
      ...Array.from({ length: 197 }, (_, n) => escalation({ session_id: `s${n}` })),
      escalation({ session_id: 'severe', threat_level: 'critical' }),
      escalation({ session_id: 'severe too', threat_level: 'critical' }),
      escalation({ session_id: 'after', threat_level: 'high' }),
      escalation({ session_id: 'elsewhere', source_ip: '203.0.113.8' }),
    ],
    context({ policy: { campaign_grouping: 'source' } }),
  )
  const announced = raised.filter(({ suppressed_by }) => suppressed_by === null)
  expect(announced).toMatchObject([
    { session_id: 's0', threat_level: 'high', occurrence_count: 198, source_count: 1 },
    { session_id: 'severe', threat_level: 'critical', occurrence_count: 2 },
    { session_id: 'elsewhere', source_ip: '203.0.113.8', occurrence_count: 1 },
  ])
})

test('addresses of one /64 are one source', () => {
  const of = (source_ip: string) => escalation({ session_id: source_ip, source_ip })
  const { raised, sources } = plan(
    [of('2001:db8:0:1::1'), of('2001:db8:0:1::2'), of('2001:db8:0:1:ffff::'), of('2001:db8:0:2::1')],
    context({ policy: { campaign_grouping: 'source' } }),
  )
  const announced = raised.filter(({ suppressed_by }) => suppressed_by === null)
  expect(announced).toMatchObject([{ occurrence_count: 3, source_count: 3 }, { occurrence_count: 1 }])
  expect(sources.map(({ source_ip }) => source_ip)).toEqual(['2001:db8:0:1::2', '2001:db8:0:1:ffff::'])
})

test('touches of one canary join its alert, those of another one have their own, and one sensor has 20 at most', () => {
  const touch = (canary: string, details = {}) =>
    escalation({ kind: 'canary', threat_level: 'critical', canary, ...details })
  const stored = context({
    canaries: [{ id: 'stored', sensor_id: 'cowrie-1', canary: 'a' }],
  })
  const { raised, recurrences, sources } = plan(
    [
      touch('a', { source_ip: '203.0.113.1' }),
      touch('a', { source_ip: '203.0.113.2' }),
      touch('b'),
      touch('a', { sensor_id: 'cowrie-2' }),
    ],
    stored,
  )
  expect(recurrences).toMatchObject([{ id: 'stored', count: 2 }])
  expect(sources.map(({ alert_id, source_ip }) => [alert_id, source_ip])).toEqual([
    ['stored', '203.0.113.1'],
    ['stored', '203.0.113.2'],
  ])
  expect(raised.map(({ canary, sensor_id }) => [canary, sensor_id])).toEqual([
    ['b', 'cowrie-1'],
    ['a', 'cowrie-2'],
  ])
  const invented = plan(Array.from({ length: 200 }, (_, n) => touch(`invented ${n}`)))
  expect(invented.raised).toHaveLength(20)
  expect(invented.raised[0]).toMatchObject({ occurrence_count: 181 })
})

test('what arrives long after it happened is backfill, except of canaries; what is younger is announced', () => {
  const received_at = '2026-03-22T11:59:59.000000Z'
  const [limit, older] = ['2026-03-21T11:59:59.000000Z', '2026-03-21T11:59:58.000000Z']
  const { raised } = plan([
    escalation({ session_id: 'a', occurred_at: limit, received_at }),
    escalation({ session_id: 'b', occurred_at: older, received_at }),
    escalation({ kind: 'canary', threat_level: 'critical', canary: 'x', occurred_at: older, received_at }),
  ])
  expect(raised.map(({ suppressed_by, feed_position }) => [suppressed_by, feed_position])).toEqual([
    [null, 11],
    ['backfill', null],
    [null, 12],
  ])
})

test('no touch of a canary stands for a session, and no session for it', () => {
  const { raised } = plan(
    [
      escalation({ kind: 'canary', threat_level: 'critical', canary: '' }),
      escalation({ session_id: 'a' }),
      escalation({ kind: 'canary', threat_level: 'critical', canary: 'other' }),
    ],
    context({ policy: { campaign_grouping: 'source' } }),
  )
  expect(raised.map(({ suppressed_by }) => suppressed_by)).toEqual([null, null, null])
})

test('of a campaign by behaviour one alert speaks for other addresses that act alike, but not for more severe ones', () => {
  const { raised } = plan(
    [
      escalation({ session_id: 'a', source_ip: '203.0.113.1' }),
      escalation({ session_id: 'b', source_ip: '203.0.113.2' }),
      escalation({ session_id: 'c', source_ip: '203.0.113.3', signals: ['persistence'] }),
      escalation({ session_id: 'd', source_ip: '203.0.113.4', threat_level: 'critical' }),
    ],
    context({ policy: { campaign_grouping: 'behaviour' } }),
  )
  const [first] = raised
  expect(raised.map(({ suppressed_by, campaign_alert_id }) => [suppressed_by, campaign_alert_id])).toEqual([
    [null, null],
    ['campaign', first?.id],
    [null, null],
    [null, null],
  ])
  expect(first?.occurrence_count).toBe(2)
})
