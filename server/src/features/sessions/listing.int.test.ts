import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { counting } from '../../testing/work.js'
import { createSessionReader } from './store.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const SESSIONS = 4_000
const LIMIT = 20
/** Every hundredth session is of high level, every thousandth of critical level. */
const LEVEL = `CASE WHEN n % 1000 = 0 THEN 'critical' WHEN n % 100 = 0 THEN 'high' WHEN n % 2 = 0 THEN 'medium' ELSE 'low' END`

describe.each(inject('postgresServers'))('sessions on $version', (server) => {
  let store: TestDatabase
  const run = (text: string) => store.database.maintenance.query({ text })
  beforeAll(async () => {
    store = await createTestDatabase(server, NOW)
    await run(
      `INSERT INTO sessions (id, source_ip, sensor_id, sensor_kind, protocols, clients, started_at, last_seen_at, event_count,
         login_attempt_count, login_success_count, command_count, file_count, proxy_request_count, signals, threat_score, threat_level,
         score_reasons, scorer, last_received_at, version)
       SELECT md5(n::text)::uuid, '10.0.0.0'::inet + n, 'cowrie-1', 'cowrie', '{ssh}', '{}', at, at, 1, 1, 0, 0, 0, 0, '{}', 0.1, ${LEVEL},
         '[]', 'rules-1', at, 1
       FROM (SELECT n, timestamptz '2026-03-22 12:00:00Z' - n * interval '1 minute' AS at FROM generate_series(0, ${SESSIONS - 1}) n) s`,
    )
    await run('VACUUM ANALYZE sessions')
  })
  afterAll(() => store.drop())

  test.each([
    ['high', SESSIONS / 100],
    ['critical', SESSIONS / 1000],
  ] as const)(
    'of level %s and above are found newest first without reading the others',
    async (threat_level, count) => {
      const { database, work } = counting(store.database.app)
      const reader = createSessionReader(database, () => NOW)
      const query = { threat_level, limit: LIMIT, active: false, count: false } as const
      const { items } = await reader.list(query)
      expect(items).toHaveLength(Math.min(LIMIT, count))
      expect(new Set(items.map((item) => item.threat_level))).toEqual(
        new Set(threat_level === 'high' ? ['high', 'critical'] : ['critical']),
      )
      const times = items.map(({ started_at }) => started_at)
      expect(times).toEqual(times.toSorted().reverse())
      expect(work.rows).toBeLessThanOrEqual(SESSIONS / 100)
    },
  )

  test('are marked as severe whoever writes their level', async () => {
    const marks = () => run(`SELECT severe FROM sessions WHERE id = md5('1')::uuid`)
    const setLevel = (level: string) =>
      run(`UPDATE sessions SET threat_level = '${level}' WHERE id = md5('1')::uuid`)
    expect(await marks()).toEqual([{ severe: false }])
    await setLevel('critical')
    expect(await marks()).toEqual([{ severe: true }])
    await setLevel('low')
    expect(await marks()).toEqual([{ severe: false }])
  })

  test('that change keep to their page, also when they rise from low to medium', async () => {
    const [version] = await run(`SELECT current_setting('server_version_num')::integer AS number`)
    // Before PostgreSQL 16 the index of the times that a page spans forbids it.
    const expected = Number(version?.['number']) >= 160_000 ? 4 : 0
    const hotUpdates = async () => {
      const [counts] = await run(
        `SELECT n_tup_hot_upd::integer AS hot FROM pg_stat_user_tables WHERE relname = 'sessions'`,
      )
      return Number(counts?.['hot'])
    }
    await run('SELECT pg_stat_force_next_flush()')
    const before = await hotUpdates()
    await store.database.maintenance.transaction(async ({ query }) => {
      for (const change of [
        `event_count = 2`,
        `threat_level = 'medium'`,
        `threat_score = 0.5`,
        `event_count = 3`,
      ])
        await query({
          text: `UPDATE sessions SET ${change}, last_seen_at = last_seen_at + interval '1 s', version = version + 1 WHERE id = md5('3')::uuid`,
        })
      await query({ text: 'SELECT pg_stat_force_next_flush()' })
    })
    expect((await hotUpdates()) - before).toBe(expected)
  })
})
