import { readdirSync, readFileSync } from 'node:fs'
import type { ApiKey, IngestMany } from '@eviltwin/contract'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { createEmptyDatabase } from '../../testing/test-database.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { hashOf } from './key-text.js'

const MIGRATIONS = new URL('../../../migrations/', import.meta.url)
const KEYS = {
  named: 'a-key-that-names-its-sensor',
  unnamed: 'a-key-for-whatever-it-sends',
  revoked: 'a-key-that-was-revoked-once',
  metrics: 'a-key-of-a-metrics-scraper',
}

/** Keys as they were stored before keys had bindings. */
async function databaseBefore0031(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    'CREATE TABLE schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
  )
  for (const name of readdirSync(MIGRATIONS)
    .sort()
    .filter((file) => file < '0031')) {
    await client.query(readFileSync(new URL(name, MIGRATIONS), 'utf8'))
    await client.query('INSERT INTO schema_migrations (name) VALUES ($1)', [name])
  }
  const add = (name: keyof typeof KEYS, scope: string, sensor_id: string | null, revoked_at: string | null) =>
    client.query(
      `INSERT INTO api_keys (id, name, key_hash, prefix, scopes, sensor_id, created_at, revoked_at)
        VALUES (gen_random_uuid(), $1, $2, 'a-key', ARRAY[$3], $4, '2026-03-01T00:00:00Z', $5)`,
      [name, hashOf(KEYS[name]), scope, sensor_id, revoked_at],
    )
  await add('named', 'ingest', 'old-1', null)
  await add('unnamed', 'ingest', null, null)
  await add('revoked', 'ingest', 'old-2', '2026-03-02T00:00:00Z')
  await add('metrics', 'metrics:read', null, null)
  await client.end()
}

test.each(inject('postgresServers'))(
  'keys of before bindings work after the migration on $version',
  async (server) => {
    const { url, drop } = await createEmptyDatabase(server)
    await databaseBefore0031(url)
    const api = await startTestPlatform(server, {
      environment: { DATABASE_URL: url, METRICS_OPEN: 'false' },
      beside: { databaseUrl: url } as TestPlatform,
    })
    const { items } = (await (await api.call('/api-keys', { as: await api.login() })).json()) as {
      items: ApiKey[]
    }
    const keyOf = (wanted: string) => items.find(({ name }) => name === wanted)
    expect(keyOf('named')).toMatchObject({
      kind: 'sensor',
      sensor_id: 'old-1',
      bound_by: 'operator',
      bound_at: '2026-03-01T00:00:00.000000Z',
    })
    expect(keyOf('unnamed')).toMatchObject({
      kind: 'collector',
      sensor_ids: null,
      any_sensor: true,
      bound_by: null,
      bound_at: null,
    })
    expect(keyOf('revoked')).toMatchObject({ kind: 'sensor', sensor_id: 'old-2', any_sensor: false })
    expect(keyOf('metrics')).toMatchObject({ kind: null, any_sensor: false })

    const send = (key: string, sensor_id: string) =>
      api.call('/log', {
        method: 'POST',
        as: key,
        body: JSON.stringify([
          { source_ip: '203.0.113.7', occurred_at: new Date().toISOString(), sensor_id },
        ]),
      })
    for (const [key, claimed] of [
      [KEYS.named, 'something-else'],
      [KEYS.unnamed, 'free-1'],
      [KEYS.unnamed, 'free-2'],
    ] as const)
      expect((await (await send(key, claimed)).json()) as IngestMany).toMatchObject({ accepted: 1 })
    expect((await send(KEYS.revoked, 'old-2')).status).toBe(401)
    expect((await api.call('/metrics', { as: KEYS.metrics })).status).toBe(200)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query('SELECT DISTINCT sensor_id FROM events ORDER BY 1')
    await client.end()
    // The key that names its sensor goes on giving it to whatever it sends.
    expect(rows.map(({ sensor_id }) => sensor_id)).toEqual(['free-1', 'free-2', 'old-1'])
    await api.close()
    await drop()
  },
)
