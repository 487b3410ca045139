import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { PlatformEvent } from '../../domain/platform-event.js'
import type { PostgresServer } from '../../testing/postgres-servers.js'
import { silent } from '../../testing/silent.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { startTestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'
import { openDatabase } from './database.js'

const [server] = inject('postgresServers') as [PostgresServer]
let fixture: TestDatabase
beforeAll(async () => {
  fixture = await createTestDatabase(server)
})
afterAll(() => fixture.drop())

test('the peak of a pool is the most connections in use at once, also between two looks', async () => {
  const { app, use } = fixture.database
  await Promise.all(Array.from({ length: 5 }, () => app.query({ text: 'SELECT pg_sleep(0.05)' })))
  expect(use().app).toMatchObject({ peak: 5, waiting: 0 })
  await app.query({ text: 'SELECT 1' })
  expect(use().app.peak).toBe(5)
})

test('loops that begin at the same moment take turns on the connections of their pool, and no pool is exhausted', async () => {
  const platform = await startTestPlatform(server)
  try {
    // Every loop has run, and has read what it needs.
    await until(async () => {
      const health = (await (await platform.call('/health')).json()) as { uptime_seconds: number }
      return health.uptime_seconds > 2
    })
    expect(platform.logged.filter(({ message }) => message === 'DB connection pool exhausted')).toEqual([])
  } finally {
    await platform.close()
  }
})

test('a pool of loops is exhausted once statements have waited for a while without a break', async () => {
  const published: PlatformEvent[] = []
  const database = openDatabase(
    { connectionString: fixture.url },
    silent('test'),
    (event) => void published.push(event),
  )
  let release: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const holders = Array.from({ length: 4 }, () => database.maintenance.borrow(() => held))
  const waiting = [1, 2].map(() => database.maintenance.query({ text: 'SELECT 1' }))
  expect(published).toEqual([])
  await until(() => published.length > 0)
  expect(published).toEqual([
    { kind: 'pool_exhausted', pool: 'maintenance', pool_size: 4, waiting: waiting.length },
  ])
  release()
  await Promise.allSettled([...holders, ...waiting])
  await database.close()
})
