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
    attackers: [],
    policy: {
      minimum_level: 'high',
      mute_known_scanners: true,
      campaign_grouping: 'off',
      campaign_window_minutes: 60,
      ...policy,
    },
    ...others,
  }
}

const plan = (escalations: EscalationRow[], known = context()) =>
  planAlerts(escalations, known, { newId, now: NOW, isResearchScanner: (ip) => ip === '162.142.125.9' })

test('announced alerts take consecutive places in the feed; quiet ones take none', () => {
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

test('below the minimum level is quiet, and a canary never is', () => {
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
])('a mute of %s', (_what, covered, quiet) => {
  const mute = {
    id: 'm',
    reason: 'known',
    created_by: 'ann',
    created_at: NOW,
    expires_at: '2026-03-23T12:00:00.000000Z',
    ...covered,
  }
  expect(plan([escalation()], context({ mutes: [mute] })).raised).toMatchObject([
    quiet ? { suppressed_by: 'mute', suppressed_because: 'known (ann)' } : { suppressed_by: null },
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

test('of a campaign by behaviour one alert speaks for other addresses that act alike, but not for graver ones', () => {
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
