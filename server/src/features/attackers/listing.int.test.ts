import type { Attacker } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { timestampOf } from '../../domain/timestamp.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { counting } from '../../testing/work.js'
import { createAttackerReader } from './store.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const ATTACKERS = 3_000
const LIMIT = 50

describe.each(inject('postgresServers'))('attackers, newest first, on $version', (server) => {
  let store: TestDatabase
  const run = (text: string, ...values: unknown[]) => store.database.maintenance.query({ text, values })
  beforeAll(async () => {
    store = await createTestDatabase(server, NOW)
    // Twenty in each five minutes, some at the same moment.
    await run(
      `INSERT INTO attackers (source_ip, first_seen_at, last_seen_at, event_count, session_count, threat_score, threat_level,
         last_received_at, sensor_ids, signals)
       SELECT '10.0.0.0'::inet + n, $1, $1::timestamptz - (n / 2) * interval '30 s', 1, 1, 0.1, 'low', $1, '{}', '{}'
       FROM generate_series(0, ${ATTACKERS - 1}) n`,
      new Date(NOW),
    )
    await run('VACUUM ANALYZE attackers')
  })
  afterAll(() => store.drop())

  test('come page by page, each once, and a page reads little more than it shows', async () => {
    const { database, work } = counting(store.database.app)
    const reader = createAttackerReader(database, () => ({ country: null, asn: null, organization: null }))
    const found: Attacker[] = []
    let most = 0
    let cursor: string | undefined
    do {
      const before = work.rows
      const query = { sort: 'last_seen_at', limit: LIMIT, count: false, ...(cursor && { cursor }) } as const
      const page = await reader.list({ ...query, threat_level: undefined })
      most = Math.max(most, work.rows - before)
      found.push(...page.items)
      cursor = page.next_cursor ?? undefined
    } while (cursor)
    const order = found.map(({ last_seen_at, source_ip }) => `${last_seen_at} ${source_ip}`)
    expect(new Set(order).size).toBe(ATTACKERS)
    expect(found.map(({ last_seen_at }) => last_seen_at)).toEqual(
      found
        .map(({ last_seen_at }) => last_seen_at)
        .toSorted()
        .reverse(),
    )
    // Where few are left, PostgreSQL may read and sort those at once.
    expect(most).toBeLessThan(ATTACKERS / 5)
    const recent = { sort: 'last_seen_at', limit: LIMIT, count: false } as const
    const from = timestampOf(NOW - 60_000)
    const { items } = await reader.list({ ...recent, from, threat_level: undefined })
    expect(items.map(({ last_seen_at }) => last_seen_at >= from)).toEqual(Array(6).fill(true))
  })

  test('an update within five minutes stays on its page', async () => {
    const updates = async () => {
      await run('SELECT pg_stat_force_next_flush()')
      const [counts] = await run(
        `SELECT n_tup_upd::integer AS all, n_tup_hot_upd::integer AS hot FROM pg_stat_user_tables WHERE relname = 'attackers'`,
      )
      return counts as { all: number; hot: number }
    }
    const client = store.database.maintenance
    const before = await updates()
    await client.transaction(async ({ query }) => {
      for (let n = 1; n <= 3; n += 1)
        await query({
          text: `UPDATE attackers SET event_count = event_count + 1, last_seen_at = last_seen_at + interval '1 s' WHERE source_ip = '10.0.0.5'`,
        })
      await query({ text: 'SELECT pg_stat_force_next_flush()' })
    })
    const after = await updates()
    expect({ all: after.all - before.all, hot: after.hot - before.hot }).toEqual({ all: 3, hot: 3 })
  })
})
