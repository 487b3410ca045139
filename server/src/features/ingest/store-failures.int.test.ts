import pg from 'pg'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'

let api: TestPlatform
let other: pg.Client
beforeEach(async () => {
  const [server] = inject('postgresServers')
  if (!server) throw new Error('there is always the embedded PostgreSQL')
  api = await startTestPlatform(server, { environment: { INGEST_TIMEOUT_SECONDS: '1' } })
  other = new pg.Client({ connectionString: api.databaseUrl })
  await other.connect()
})
afterEach(async () => {
  await other.end()
  await api.close()
})

const event = JSON.stringify({ source_ip: '203.0.113.7', occurred_at: '2026-03-22T00:10:42Z' })

async function expectUnavailable(response: Response): Promise<void> {
  const problem = await response.json()
  expect(response.status, JSON.stringify(problem)).toBe(503)
  expect(response.headers.get('retry-after')).toBe('2')
  expect(problem.type).toBe('/problems/store-unavailable')
  expect(problem.detail).toContain('database')
  expect(problem.detail).not.toContain('time range')
}

test.each([
  ['the table of events', 'event_keys', SENSOR_KEY],
  ['the table of keys, for a key that was not seen yet', 'api_keys', 'a-key-of-nobody'],
])('a database that hangs on %s is a 503 in time that says so', async (_what, table, key) => {
  await other.query('BEGIN')
  await other.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  const response = await api.call('/log', { method: 'POST', as: key, body: event })
  await other.query('ROLLBACK')
  await expectUnavailable(response)
  // Nothing has to be repaired, and the same event again does no harm.
  expect((await api.send(event)).status).toBe(200)
})

test('a database that has become read-only is a 503 until it is not', async () => {
  const { rows } = await other.query('SELECT current_database() AS name')
  const database = pg.escapeIdentifier(rows[0].name)
  const reconnect = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`
  await other.query(`ALTER DATABASE ${database} SET default_transaction_read_only = on`)
  await other.query(reconnect)
  await expectUnavailable(await api.send(event))
  await other.query(`SET default_transaction_read_only = off`)
  await other.query(`ALTER DATABASE ${database} RESET default_transaction_read_only`)
  await other.query(reconnect)
  expect((await api.send(event)).status).toBe(200)
})

test('a table that is gone is a 503 to sensors, never a 500', async () => {
  await other.query('ALTER TABLE event_keys RENAME TO event_keys_away')
  const response = await api.send(event)
  await other.query('ALTER TABLE event_keys_away RENAME TO event_keys')
  await expectUnavailable(response)
  expect((await api.send(event)).status).toBe(200)
})
