import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createEmptyDatabase } from '../../testing/test-database.js'
import type { Logger } from '../logger.js'
import { type Database, openDatabase } from './database.js'

/** Far above what a statement that does nothing takes on a busy machine. */
const SLOW_MS = 1_500

describe.each(inject('postgresServers'))('slow statements on $version', (server) => {
  let database: Database
  let drop: () => Promise<void>
  const warnings: Array<{ message: string } & Record<string, unknown>> = []
  const log: Logger = {
    debug() {},
    info() {},
    warning: (message, fields) => void warnings.push({ message, ...fields }),
    error() {},
    critical() {},
  }

  beforeAll(async () => {
    const empty = await createEmptyDatabase(server)
    drop = empty.drop
    database = openDatabase({ connectionString: empty.url }, log, () => {}, SLOW_MS)
  })
  afterAll(async () => {
    await database.close()
    await drop()
  })

  test('are logged with name, pool and duration; the wait for a connection is none', async () => {
    const pause = { name: 'pause', text: 'SELECT pg_sleep($1)', values: [SLOW_MS / 1000] }
    const quick = { name: 'quick', text: 'SELECT 1' }
    // The pool has two connections: the last one waits as long as a slow statement takes.
    await Promise.all([
      database.ingest.query(pause),
      database.ingest.query(pause),
      database.ingest.query(quick),
    ])
    expect(warnings).toEqual([
      { message: 'Slow query', name: 'pause', pool: 'ingest', duration_ms: expect.any(Number) },
      { message: 'Slow query', name: 'pause', pool: 'ingest', duration_ms: expect.any(Number) },
    ])
    for (const { duration_ms } of warnings) expect(duration_ms).toBeGreaterThanOrEqual(SLOW_MS)
  })

  test('without a name, in a transaction or in vain are logged without their values', async () => {
    warnings.length = 0
    const work = database.app.transaction(async (client) => {
      await client.query({
        text: `SELECT pg_sleep(${SLOW_MS / 1000}),\n  $1::text`,
        values: ['attacker text'],
      })
      await client.query({ text: `SELECT 1 / 0` })
    })
    await expect(work).rejects.toThrow('division by zero')
    expect(warnings).toEqual([
      {
        message: 'Slow query',
        name: `SELECT pg_sleep(${SLOW_MS / 1000}), $1::text`,
        pool: 'app',
        duration_ms: expect.any(Number),
      },
    ])
  })

  test('a connection whose statement failed serves nobody else', async () => {
    const pid = async () =>
      (await database.ingest.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' }))[0]?.pid
    const before = await pid()
    await expect(database.ingest.query({ text: 'SELECT 1 / 0' })).rejects.toThrow('division by zero')
    expect(await pid()).not.toBe(before)
  })
})
