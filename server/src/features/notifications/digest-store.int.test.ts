import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { addDigests } from './digest-store.js'

const hour = (n: number) => new Date(Date.parse('2026-03-22T12:00:00Z') + n * 3_600_000)

describe.each(inject('postgresServers'))('the hourly digest on $version', (server) => {
  let store: TestDatabase
  let client: pg.Client
  beforeEach(async () => {
    store = await createTestDatabase(server)
    client = new pg.Client({ connectionString: store.url })
    await client.connect()
    await client.query(
      `INSERT INTO channels (id, name, enabled, threat_alerts, operational_alerts, minimum_level, digest, settings, digested_until, created_at)
       VALUES ($1, 'x', true, true, false, 'high', 'hourly', '{"type":"webhook"}', $2, $2)`,
      [randomUUID(), hour(0)],
    )
  })
  afterEach(async () => {
    await client.end()
    await store.drop()
  })

  /** Stores an alert as release 0.1.0 does: it knows of no sequence. */
  const raise = (at: Date) =>
    client.query(`INSERT INTO alerts SELECT * FROM json_populate_recordset(NULL::alerts, $1)`, [
      JSON.stringify([
        {
          id: randomUUID(),
          kind: 'session',
          threat_level: 'high',
          threat_score: 0.7,
          session_id: randomUUID(),
          source_ip: '192.0.2.1',
          sensor_id: 's',
          sensor_kind: 'generic',
          reasons: [],
          first_of_attacker: true,
          occurred_at: at,
          event_received_at: at,
          raised_at: at,
          last_occurrence_at: at,
          occurrence_count: 1,
          state: 'open',
          traceparent: '',
        },
      ]),
    ])
  const counts = async () =>
    (
      await client.query(`SELECT notice -> 'raised' -> 'high' AS high FROM deliveries ORDER BY place`)
    ).rows.map(({ high }) => high)

  test('holds an alert that was raised before the last digest and stored after it, and each alert once', async () => {
    await raise(new Date(hour(1).getTime() - 2_000))
    await raise(new Date(hour(1).getTime() + 2_000))
    await addDigests(store.database.alerts, hour(1))
    await raise(new Date(hour(1).getTime() - 1_000))
    await addDigests(store.database.alerts, hour(2))
    await addDigests(store.database.alerts, hour(3))
    expect(await counts()).toEqual([1, 2])
  })
})
