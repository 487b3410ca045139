import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { type Database, openDatabase } from '../platform/postgres/database.js'
import { migrate } from '../platform/postgres/migrate.js'
import { ensurePartitions } from '../platform/postgres/partitions.js'
import type { PostgresServer } from './postgres-servers.js'
import { silent } from './silent.js'

/** A database of its own for one test file. */
export interface TestDatabase {
  url: string
  database: Database
  drop(): Promise<void>
}

/** Creates an empty database on a test server. */
export async function createEmptyDatabase(
  server: PostgresServer,
): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const run = async (text: string) => {
    const client = new pg.Client({ connectionString: `${server.url}postgres` })
    await client.connect()
    await client.query(text)
    await client.end()
  }
  await run(`CREATE DATABASE ${name}`)
  return { url: `${server.url}${name}`, drop: () => run(`DROP DATABASE ${name} WITH (FORCE)`) }
}

/** The same, migrated, with partitions around `now`, and open. */
export async function createTestDatabase(server: PostgresServer, now = Date.now()): Promise<TestDatabase> {
  const { url, drop } = await createEmptyDatabase(server)
  const database = openDatabase({ connectionString: url }, silent('test'), () => {})
  await migrate(database, silent('test'))
  await ensurePartitions(database.maintenance, now)
  return {
    url,
    database,
    async drop() {
      await database.close()
      await drop()
    },
  }
}
