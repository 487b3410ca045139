import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { createRunStore } from './run-store.js'

const NOW = Date.parse('2026-03-22T12:34:30.000Z')
const minutesAgo = (minutes: number) => new Date(NOW - minutes * 60_000)

describe.each(inject('postgresServers'))('sensors that an attack proves, on $version', (server) => {
  let store: TestDatabase
  beforeAll(async () => {
    store = await createTestDatabase(server, NOW)
  })
  afterAll(async () => {
    await store.drop()
  })

  const attack = (sensor_id: string, minutes: number, state: 'verified' | 'failed' | 'expected') =>
    store.database.maintenance.query({
      text: `INSERT INTO synthetic_runs (id, target_id, target_name, kind, sensor_id, source_ip, nonce, marker_digest, opens_at, closes_at, state)
        VALUES ($1, $2, 'decoy', 'ssh', $3, '127.0.0.1', $4, $4, $5, $5, $6)`,
      values: [randomUUID(), randomUUID(), sensor_id, randomBytes(32), minutesAgo(minutes), state],
    })

  test('are those that reported their newest attack, and that lately', async () => {
    await attack('reports', 8, 'failed')
    await attack('reports', 5, 'verified')
    await attack('reports', 0, 'expected')
    await attack('stopped', 5, 'verified')
    await attack('stopped', 2, 'failed')
    await attack('long ago', 20, 'verified')
    expect(await createRunStore(store.database.app).provenSince(minutesAgo(10))).toEqual(['reports'])
  })
})
