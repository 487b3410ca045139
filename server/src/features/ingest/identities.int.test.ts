import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { silent } from '../../testing/silent.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { applyRetention } from '../retention/store.js'
import { watchIdentities } from './identities.js'
import { createIdentityStore } from './identity-store.js'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const DAY_MS = 86_400_000

describe.each(inject('postgresServers'))('the versions of identity in use on $version', (server) => {
  let store: TestDatabase
  beforeEach(async () => {
    store = await createTestDatabase(server, NOW)
  })
  afterEach(() => store.drop())

  const run = (text: string, values: unknown[] = []) => store.database.maintenance.query({ text, values })
  const inUse = async (now = NOW) => {
    const watch = await watchIdentities({
      store: createIdentityStore(store.database.maintenance),
      log: silent('test'),
      now: () => now,
      pauseMs: 1_000,
    })
    return watch.inUse()
  }
  const replica = (gauges: object, seenAt: number) =>
    run(
      'INSERT INTO replicas (id, host, started_at, seen_at, leader, gauges) VALUES ($1, $2, $3, $3, false, $4)',
      [randomUUID(), 'h', new Date(seenAt), JSON.stringify(gauges)],
    )

  test('a new database knows the current one alone', async () => {
    expect(await inUse()).toBe('current')
  })

  test('while a replica of 0.1.0 runs its ids are written, and looked for until retention removed them', async () => {
    await replica({ version: '0.2.0' }, NOW)
    await replica({}, NOW - 5_000)
    expect(await inUse()).toBe('former, checked against current')
    expect(await inUse(NOW + 60_000)).toBe('current, checked against former')
    await applyRetention(store.database.maintenance, NOW + 89 * DAY_MS, 90)
    expect(await inUse(NOW + 89 * DAY_MS)).toBe('current, checked against former')
    await applyRetention(store.database.maintenance, NOW + 92 * DAY_MS, 90)
    expect(await inUse(NOW + 92 * DAY_MS)).toBe('current')
  })
})
