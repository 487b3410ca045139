import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Database } from '../../platform/postgres/database.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { counting } from '../../testing/work.js'
import { createIndicatorStore } from './store.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const SESSIONS = 6_000
const SOURCES = 60
const SELECTION = { since: new Date(NOW - 86_400_000), minimumLevel: 'medium', minimumScore: 0.3 } as const
const LEVELS = ['low', 'medium', 'high', 'critical'] as const

interface StoredSession {
  source: string
  sensor_id: string
  sensor_kind: string
  signals: string[]
  threat_score: number
  threat_level: (typeof LEVELS)[number]
  started: number
  last: number
}

/** Sessions of a few sources on three sensors, some of them touches of canaries, with scores of every level. */
const STORED = Array.from({ length: SESSIONS }, (_, n): StoredSession => {
  const rank = (n * 7) % 4
  return {
    source: `45.9.148.${n % SOURCES}`,
    sensor_id: `sensor ${((n * 3) % 7) % 3}`,
    sensor_kind: n % 11 === 0 ? 'canarytoken' : 'cowrie',
    signals: n % 13 === 0 ? ['canary_triggered'] : ['brute_force'],
    threat_score: rank * 0.25 + ((n * 31) % 20) / 100,
    threat_level: LEVELS[rank] ?? 'low',
    started: NOW - (n % 50) * 3_600_000 - 600_000,
    last: NOW - (n % 50) * 3_600_000,
  }
})

/** What a feed is made of, from the sessions one by one. */
function recomputed() {
  const chosen = STORED.filter(
    ({ last, threat_level, threat_score }) =>
      last >= SELECTION.since.getTime() &&
      threat_level !== 'low' &&
      Math.fround(threat_score) >= Math.fround(0.3),
  )
  return [...new Set(chosen.map(({ source }) => source))].map((value) => {
    const sessions = chosen.filter(({ source }) => source === value)
    // No canary token is known here, so only what the token's own hook or a sensor says of a touch is left out.
    const corroborating = sessions.filter(
      ({ sensor_kind, signals }) => sensor_kind !== 'canarytoken' && !signals.includes('canary_triggered'),
    )
    const counted = corroborating.length > 0 ? corroborating : sessions
    const highest = Math.max(...counted.map(({ threat_score }) => threat_score))
    return {
      value,
      threat_score: Math.fround(highest),
      threat_level: counted.find(({ threat_score }) => threat_score === highest)?.threat_level,
      last_seen_at: Math.max(...sessions.map(({ last }) => last)),
      // The profile has seen the source before.
      first_seen_at: NOW - 90 * 86_400_000,
      sensor_ids: [...new Set(corroborating.map(({ sensor_id }) => sensor_id))].sort(),
    }
  })
}

describe.each(inject('postgresServers'))('sources of feeds on $version', (server) => {
  let store: TestDatabase
  beforeAll(async () => {
    store = await createTestDatabase(server, NOW)
    await store.database.maintenance.query({
      text: `INSERT INTO sessions (id, source_ip, sensor_id, sensor_kind, protocols, clients, started_at, last_seen_at, event_count,
          login_attempt_count, login_success_count, command_count, file_count, proxy_request_count, signals, threat_score, threat_level,
          score_reasons, scorer, last_received_at, version, credential_sketch, techniques, unread_characters, behaviours_version)
        SELECT gen_random_uuid(), (s ->> 'source')::inet, s ->> 'sensor_id', s ->> 'sensor_kind', '{}', '{}',
          to_timestamp((s ->> 'started')::float8 / 1000), to_timestamp((s ->> 'last')::float8 / 1000), 1, 0, 0, 0, 0, 0,
          ARRAY(SELECT jsonb_array_elements_text(s -> 'signals')), (s ->> 'threat_score')::real, s ->> 'threat_level', '[]', 'rules', now(), 1,
          '{}', '{}', 0, 1
        FROM jsonb_array_elements($1::jsonb) AS s`,
      values: [JSON.stringify(STORED)],
    })
    await store.database.maintenance.query({
      text: `INSERT INTO attackers (source_ip, first_seen_at, last_seen_at, event_count, session_count, threat_score, threat_level, last_received_at)
        SELECT '45.9.148.0'::inet + n, $1::timestamptz - interval '90 days', $1, 1, 1, 0, 'low', $1 FROM generate_series(0, 19999) AS n`,
      values: [new Date(NOW)],
    })
    await store.database.maintenance.query({ text: 'VACUUM (ANALYZE)' })
  })
  afterAll(() => store.drop())

  test('are what the sessions one by one give, each of which is read once', async () => {
    const { database, work } = counting(store.database.feeds)
    const feeds = createIndicatorStore({ ...store.database.feeds, ...database } as Database['feeds'])
    const found = await feeds.newest(SELECTION, 1_000)
    const time = (text: string) => Date.parse(text)
    expect(
      found.map(({ type: _, ...candidate }) => ({
        ...candidate,
        threat_score: Math.fround(candidate.threat_score),
        last_seen_at: time(candidate.last_seen_at),
        first_seen_at: time(candidate.first_seen_at),
        sensor_ids: candidate.sensor_ids.toSorted(),
      })),
    ).toEqual(expect.arrayContaining(recomputed()))
    expect(found).toHaveLength(recomputed().length)
    // There are no downloads.
    expect(work.rows).toBeLessThanOrEqual(SESSIONS + 2 * SOURCES)
  })
})
