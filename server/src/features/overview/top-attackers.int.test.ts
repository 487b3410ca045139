import { TopAttackers } from '@eviltwin/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { counting } from '../../testing/work.js'
import { createDashboardReader } from './store.js'

const NOW = Date.parse('2026-03-22T12:34:30.000Z')
const ADDRESSES = 30_000
/** In no hour of any address less than one event. */
const HOURS_OF_ALL = `
  INSERT INTO attacker_hours (bucket, source_ip, events)
  SELECT DISTINCT ON (1, 2) date_trunc('hour', $1::timestamptz - interval '1 hour' * ((n * 7919 + n / $2::int) % 1000)), '10.0.0.0'::inet + n % $2::int, 1 + n % 9
  FROM generate_series(1, 3 * $2::int) AS n`
/** A few send far more than all others. */
const HOURS_OF_FEW = `
  INSERT INTO attacker_hours (bucket, source_ip, events)
  SELECT date_trunc('hour', $1::timestamptz - interval '1 hour' * hour), '11.0.0.0'::inet + n, 4000 / n + hour % 5
  FROM generate_series(1, 60) AS n, generate_series(-3, 900, 7) AS hour`
const PROFILES = `
  INSERT INTO attackers (source_ip, first_seen_at, last_seen_at, event_count, session_count, threat_score, threat_level, last_received_at)
  SELECT source_ip, min(bucket), max(bucket) + interval '59 minutes', sum(events), 1, (host(source_ip)::inet - '10.0.0.0') % 7 / 10.0, 'low', max(bucket)
  FROM attacker_hours WHERE source_ip <> '11.0.0.3' GROUP BY source_ip`
/** Written without regard to how it is answered. */
const RECOMPUTED = `
  SELECT source_ip, sum(events)::int AS events, attacker_score AS threat_score FROM attacker_hours JOIN attackers USING (source_ip)
  WHERE bucket >= $1 GROUP BY source_ip, attacker_score`

describe.each(inject('postgresServers'))('top attackers on $version', (server) => {
  let store: TestDatabase
  let hours: number
  const run = (text: string, ...values: unknown[]) =>
    store.database.maintenance.query<Record<string, never>>({ text, values })
  beforeAll(async () => {
    store = await createTestDatabase(server, NOW)
    await run(HOURS_OF_ALL, new Date(NOW), ADDRESSES)
    await run(HOURS_OF_FEW, new Date(NOW))
    // The second time, every hour is there already.
    await run(
      `INSERT INTO attacker_hours SELECT * FROM attacker_hours WHERE events % 2 = 0
        ON CONFLICT (bucket, source_ip) DO UPDATE SET events = attacker_hours.events + excluded.events`,
    )
    await run(PROFILES)
    await store.database.maintenance.query({ text: 'VACUUM (ANALYZE)' })
    const [row] = await store.database.app.query<{ hours: number }>({
      text: 'SELECT count(*) AS hours FROM attacker_hours',
    })
    hours = row?.hours ?? 0
  })
  afterAll(() => store.drop())

  let counted: ReturnType<typeof counting>
  beforeEach(() => {
    counted = counting(store.database.app)
  })
  const top = (window: number, by: 'events' | 'score', limit = 20) =>
    createDashboardReader(counted.database).topAttackers(new Date(NOW), { hours: window, limit, by })

  async function recomputed(window: number, by: 'events' | 'score', limit = 20): Promise<unknown[]> {
    const from = new Date(Math.floor((NOW - window * 3_600_000) / 3_600_000) * 3_600_000)
    const order = by === 'events' ? 'events DESC, threat_score DESC' : 'threat_score DESC, events DESC'
    return run(`${RECOMPUTED} ORDER BY ${order}, source_ip LIMIT ${limit}`, from)
  }
  const shown = ({ items }: TopAttackers) =>
    items.map(({ source_ip, events, threat_score }) => ({ source_ip, events, threat_score }))

  test.each([1, 13, 24, 37, 720, 9_600])(
    'of %i hours are those that adding up all hours gives',
    async (window) => {
      for (const by of ['events', 'score'] as const) {
        const answer = await top(window, by)
        expect(TopAttackers.safeParse(answer).error).toBeUndefined()
        expect(shown(answer)).toEqual(await recomputed(window, by))
      }
      // All of them are 60 at most; below, all addresses have about as many.
      expect(shown(await top(window, 'events', 100))).toEqual(await recomputed(window, 'events', 100))
    },
  )

  test('are found without reading what most addresses did', async () => {
    await top(24, 'events')
    expect(counted.work.statements).toBe(1)
    expect(counted.work.rows).toBeLessThan(12_000)
    await top(720, 'events')
    expect(counted.work.statements).toBeLessThanOrEqual(2)
    expect(counted.work.rows).toBeLessThan(hours / 2)
  })

  test('by score are found among the severe ones, where these are enough, without reading the others', async () => {
    const threatened = (score: number) =>
      run(
        "UPDATE attackers SET threat_score = $1 WHERE source_ip < '10.0.2.0' AND source_ip >= '10.0.0.0'",
        score,
      )
    await threatened(0.95)
    await run('VACUUM (ANALYZE) attackers')
    counted = counting(store.database.app)
    const answer = await top(24, 'score', 5)
    expect(shown(answer)).toEqual(await recomputed(24, 'score', 5))
    expect(answer.items.map(({ threat_level }) => threat_level)).toEqual(Array(5).fill('critical'))
    expect(counted.work.statements).toBe(1)
    expect(counted.work.rows).toBeLessThan(5_000)
    // Fewer than are asked for.
    expect(shown(await top(24, 'score', 100))).toEqual(await recomputed(24, 'score', 100))
    await threatened(0)
  })

  test('are counted without reading them', async () => {
    const count = async (from: string) =>
      (await run('SELECT count(*)::int AS n FROM attackers WHERE last_seen_at >= $1', from))[0]?.['n']
    for (const window of [1, 24, 720]) {
      counted = counting(store.database.app)
      const stats = await createDashboardReader(counted.database).stats(new Date(NOW), window)
      expect(stats.unique_attackers).toBe(await count(stats.from))
      expect(stats.all_time.attackers).toBe(await count('-infinity'))
      expect(counted.work.rows).toBeLessThan(3_000)
    }
    const changed = "WHERE source_ip <= '10.0.1.0' AND source_ip > '10.0.0.128'"
    await run(`UPDATE attackers SET last_seen_at = $1 ${changed}`, new Date(NOW))
    await run(`DELETE FROM attackers WHERE source_ip < '10.0.0.9'`)
    const stats = await createDashboardReader(store.database.app).stats(new Date(NOW), 3)
    expect(stats.unique_attackers).toBe(await count(stats.from))
    expect(stats.all_time.attackers).toBe(await count('-infinity'))
  })

  test('days hold what hours hold', async () => {
    const differing = await run(`
      SELECT FROM (SELECT date_trunc('day', bucket, 'UTC') AS bucket, source_ip, sum(events) AS events FROM attacker_hours GROUP BY 1, 2) AS hours
      FULL JOIN attacker_days USING (bucket, source_ip) WHERE hours.events IS DISTINCT FROM attacker_days.events
        OR attacker_days.events > most_of_magnitude(magnitude)`)
    expect(differing).toEqual([])
    // Every number has the magnitude of which it is one, up to the greatest of that, and numbers that are greater have no lesser one.
    const misplaced = await run(`
      SELECT FROM (SELECT n, magnitude_of(n) AS own, magnitude_of(n + 1) AS next FROM generate_series(1::bigint, 5000) AS n
        UNION ALL SELECT n, magnitude_of(n), magnitude_of(n + 1) FROM generate_series(1::bigint << 40, (1::bigint << 40) + 50) AS n) AS numbers
      WHERE next < own OR n > most_of_magnitude(own) OR (next > own AND n <> most_of_magnitude(own))`)
    expect(misplaced).toEqual([])
  })
})

describe.each(inject('postgresServers'))('sessions of the overview on $version', (server) => {
  let store: TestDatabase
  beforeAll(async () => {
    store = await createTestDatabase(server, NOW)
    // One in ten thousand goes on for a day and a half; all others are over within a minute.
    await store.database.maintenance.query({
      text: `INSERT INTO sessions (id, source_ip, sensor_id, sensor_kind, protocols, clients, started_at, last_seen_at, event_count,
          login_attempt_count, login_success_count, command_count, file_count, proxy_request_count, signals, threat_score, threat_level,
          score_reasons, scorer, last_received_at, version, credential_sketch, techniques, unread_characters, behaviours_version)
        SELECT gen_random_uuid(), '10.0.0.0'::inet + n % 500, 's', 'cowrie', '{}', '{}', $1::timestamptz - interval '3 seconds' * n,
          $1::timestamptz - interval '3 seconds' * n + CASE WHEN n % 10000 = 7 THEN interval '36 hours' ELSE interval '1 minute' END,
          1, 0, 0, 0, 0, 0, '{}', 0, 'low', '[]', 'rules', $1, 1, '{}', '{}', 0, 1
        FROM generate_series(100000, 1, -1) AS n`,
      values: [new Date(NOW)],
    })
    await store.database.maintenance.query({ text: 'VACUUM (ANALYZE)' })
  })
  afterAll(() => store.drop())

  test('that were going on when the window began are counted without reading those that began in it', async () => {
    const { database, work } = counting(store.database.app)
    const stats = await createDashboardReader(database).stats(new Date(NOW), 24)
    const [expected] = await store.database.app.query<{ sessions: number }>({
      text: 'SELECT count(*) AS sessions FROM sessions WHERE started_at < $1 AND last_seen_at >= $1',
      values: [stats.from],
    })
    // Those that began in the window come from the rollup, which is empty here.
    expect(stats.total_sessions).toBe(expected?.sessions)
    expect(stats.total_sessions).toBeGreaterThan(4)
    expect(work.rows).toBeLessThan(10_000)
  })
})
