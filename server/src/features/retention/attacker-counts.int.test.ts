import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { applyRetention } from './store.js'

const NOW = Date.parse('2026-11-20T12:30:00Z')
const HOUR_MS = 3_600_000
const hourOf = (at: number) => Math.floor(at / HOUR_MS)

describe.each(inject('postgresServers'))('counts of attackers on $version', (server) => {
  let target: TestDatabase
  beforeAll(async () => {
    target = await createTestDatabase(server, NOW)
  })
  afterAll(() => target.drop())

  const query = (text: string, values: unknown[] = []) => target.database.maintenance.query({ text, values })
  const addAttacker = (address: string, at: number) =>
    query(
      `INSERT INTO attackers (source_ip, first_seen_at, last_seen_at, event_count, session_count, threat_score, threat_level,
        last_received_at, sensor_ids, signals) VALUES ($1, $2, $2, 1, 1, 0.1, 'low', $2, '{}', '{}')`,
      [address, new Date(at)],
    )
  const counts = () =>
    query('SELECT last_seen_hour AS hour, shard, attackers FROM attacker_counts ORDER BY 1, 2')

  test('of former days are one row an hour after retention, those of today stay where they are', async () => {
    const [long, recent] = [NOW - 50 * HOUR_MS, NOW - HOUR_MS]
    for (const [address, at] of [
      ['192.0.2.1', long],
      ['192.0.2.2', long],
      ['192.0.2.3', long - HOUR_MS],
      ['192.0.2.4', recent],
    ] as const)
      await addAttacker(address, at)
    // As another connection counts that one of them came back.
    await query(`INSERT INTO attacker_counts VALUES ($1, 99, -1), ($2, 99, 1)`, [
      hourOf(long),
      hourOf(recent),
    ])
    await query(`DELETE FROM attackers WHERE source_ip = '192.0.2.3'`)
    for (const _ of [1, 2]) await applyRetention(target.database.maintenance, NOW, 400)
    const rows = await counts()
    expect(rows.filter(({ hour }) => hour === hourOf(long))).toEqual([
      { hour: hourOf(long), shard: -1, attackers: 1 },
    ])
    expect(rows.filter(({ hour }) => hour === hourOf(long) - 1)).toEqual([])
    const today = rows.filter(({ hour }) => hour === hourOf(recent))
    expect(today.map(({ attackers }) => attackers)).toEqual([1, 1])
  })
})
