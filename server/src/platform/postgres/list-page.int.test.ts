import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createAttackerReader } from '../../features/attackers/store.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { counting } from '../../testing/work.js'

describe.each(inject('postgresServers'))('a list on $version', (server) => {
  let store: TestDatabase
  beforeAll(async () => {
    store = await createTestDatabase(server)
    await store.database.maintenance.query({
      text: `INSERT INTO attackers (source_ip, first_seen_at, last_seen_at, event_count, session_count, threat_score, threat_level, last_received_at)
        SELECT '10.0.0.0'::inet + n, now(), now() - n * interval '0.1 s', 1, 1, 0, 'low', now() FROM generate_series(1, 30000) n`,
    })
    await store.database.maintenance.query({ text: 'ANALYZE' })
  })
  afterAll(() => store.drop())

  test('is counted exactly up to 10,000 rows, and reads no more to count more', async () => {
    const { database, work } = counting(store.database.app)
    const attackers = createAttackerReader(database, () => null as never)
    const count = (more: object) => attackers.list({ sort: 'last_seen_at', limit: 1, count: true, ...more })
    expect(await count({ src_ip: '10.0.0.0/24' })).toMatchObject({ total: 255, total_is_exact: true })
    await store.database.maintenance.query({
      text: `UPDATE attackers SET last_seen_at = last_seen_at - interval '1 day' WHERE source_ip > '10.0.0.0'::inet + 10000`,
    })
    const from = new Date(Date.now() - 3_600_000).toISOString()
    expect(await count({ from })).toMatchObject({ total: 10_000, total_is_exact: true })
    await store.database.maintenance.query({ text: 'VACUUM ANALYZE attackers' })
    work.rows = 0
    expect(await count({})).toMatchObject({ total: 10_000, total_is_exact: false })
    // The page itself sorts the attackers of five minutes, which are 3,000.
    expect(work.rows).toBeLessThanOrEqual(10_001 + 3_000 + 100)
  })
})
