import { expect, inject, test } from 'vitest'
import { createTestDatabase } from '../../testing/test-database.js'

test('the peak of a pool is the most connections in use at once, also between two looks', async () => {
  const [server] = inject('postgresServers')
  const fixture = await createTestDatabase(server as NonNullable<typeof server>)
  try {
    const { app, use } = fixture.database
    await Promise.all(Array.from({ length: 5 }, () => app.query({ text: 'SELECT pg_sleep(0.05)' })))
    expect(use().app).toMatchObject({ peak: 5, waiting: 0 })
    await app.query({ text: 'SELECT 1' })
    expect(use().app.peak).toBe(5)
  } finally {
    await fixture.drop()
  }
})
