import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { createApiKeyStore } from './api-key-store.js'
import { createApiKeys } from './api-keys.js'
import { hashOf } from './key-text.js'
import { createRefusedKeyStore, type Refusals } from './refused-key-store.js'

const AT = Date.parse('2026-03-22T12:00:00Z')

describe.each(inject('postgresServers').slice(0, 1))('refused keys on $version', (server) => {
  let fixture: TestDatabase
  beforeEach(async () => {
    fixture = await createTestDatabase(server, AT)
  })
  afterEach(() => fixture.drop())

  const refusals = (key: string, key_prefix: string, more: Partial<Refusals> = {}): Refusals => ({
    key_prefix,
    address: '203.0.113.7',
    key_hash: hashOf(key),
    refusals: 5,
    last_at: new Date(AT),
    ...more,
  })
  const strangers = (count: number, more: Partial<Refusals> = {}) =>
    Array.from({ length: count }, (_, n) => refusals(`stranger ${n}`, `s${n}`, more))

  test('a revoked key is noted and named first, however many strangers try keys', async () => {
    const keys = createApiKeys(createApiKeyStore(fixture.database.app), () => AT)
    const { id, key } = await keys.create({
      name: 'forgotten',
      scopes: ['ingest'],
      kind: 'sensor',
      sensor_id: null,
    })
    await keys.revoke(id)
    const store = createRefusedKeyStore(fixture.database.app)
    await store.add(strangers(1_000))
    const later = { last_at: new Date(AT + 1_000) }
    expect(await store.add(strangers(30, later))).toHaveLength(30)
    const written = await store.add([
      refusals('a new stranger', 'new'),
      refusals(key, 'et_f', { refusals: 1 }),
    ])
    expect(written.map(({ key_prefix }) => key_prefix)).toEqual(['et_f'])
    const named = await store.since(new Date(AT - 1_000))
    expect(named).toHaveLength(20)
    expect(named[0]).toEqual({ key_prefix: 'et_f', address: '203.0.113.7', revoked: true, refusals: 1 })
    expect(await keys.identify(key)).toBeUndefined()
    expect([keys.isRevoked(key), keys.isRevoked('a new stranger')]).toEqual([true, false])
  })

  test('keys of which nothing was refused for an hour make room for others', async () => {
    const store = createRefusedKeyStore(fixture.database.app)
    await store.add(strangers(1_000))
    const later = { last_at: new Date(AT + 3_601_000) }
    expect(await store.add([refusals('a new stranger', 'new', later)])).toHaveLength(1)
  })

  test('a valid key that may not send events is not called revoked', async () => {
    const keys = createApiKeys(createApiKeyStore(fixture.database.app), () => AT)
    const { key } = await keys.create({
      name: 'metrics',
      scopes: ['metrics:read'],
      kind: 'sensor',
      sensor_id: null,
    })
    const store = createRefusedKeyStore(fixture.database.app)
    await store.add([refusals(key, 'et_m')])
    expect(await store.since(new Date(AT - 1_000))).toMatchObject([{ key_prefix: 'et_m', revoked: false }])
    await keys.identify(key)
    expect(keys.isRevoked(key)).toBe(false)
  })
})
