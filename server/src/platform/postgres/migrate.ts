import { readdir, readFile } from 'node:fs/promises'
import type pg from 'pg'
import type { Logger } from '../logger.js'
import type { Database } from './database.js'
import { sqlState } from './sqlstate.js'

const MIGRATIONS = new URL('../../../migrations/', import.meta.url)
/** Says of itself that the version before cannot work with what it leaves. */
const BREAKING = /^-- Breaking:/m
/** Any constant that nothing else in the database uses: two servers that start together migrate one after the other. */
const ADVISORY_LOCK = 0x45_56_54_4d

/** The database cannot be brought to the schema this version needs. */
export class MigrationError extends Error {
  override name = 'MigrationError'
}

/**
 * Applies the numbered migrations that are still missing, each in a transaction of its own.
 * @returns names of those applied.
 * @throws {MigrationError} when one fails, or when the database has a breaking migration that this version does not know.
 */
export async function migrate(database: Database, log: Logger): Promise<string[]> {
  const available = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort()
  return database.maintenance.borrow(async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK])
    await client.query(
      'CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    )
    // By way of JSON, because the column itself comes with a migration.
    const { rows } = await client.query<{ name: string; breaking: boolean }>(
      `SELECT name, coalesce((to_jsonb(m) ->> 'breaking')::boolean, false) AS breaking FROM schema_migrations m`,
    )
    const applied = new Set(rows.map(({ name }) => name))
    refuseBreaking(
      rows.filter(({ name }) => !available.includes(name)),
      log,
    )
    const missing = available.filter((name) => !applied.has(name))
    for (const name of missing) await apply(client, name, log)
    return missing
  })
}

/** The migrations of a database, in the order of their names. */
export function appliedMigrations(database: Database): Promise<Array<{ name: string; applied_at: string }>> {
  return database.maintenance.query({ text: 'SELECT name, applied_at FROM schema_migrations ORDER BY name' })
}

/** Expansions of a newer version leave what this one uses as it was. @throws {MigrationError} */
function refuseBreaking(unknown: ReadonlyArray<{ name: string; breaking: boolean }>, log: Logger): void {
  if (unknown.length === 0) return
  const names = unknown.map(({ name }) => name).join(', ')
  if (unknown.some(({ breaking }) => breaking)) {
    throw new MigrationError(`the database was migrated by a newer EvilTwin (${names}); run that version`)
  }
  log.warning('The database has migrations of a newer EvilTwin; upgrade this server, too', {
    migrations: names,
  })
}

/** @throws {MigrationError} when the database is not one of EvilTwin's. */
export async function assertMigrated(database: Database): Promise<void> {
  const [row] = await database.maintenance.query<{ database: string; migrated: boolean }>({
    text: `SELECT current_database()::text AS database, to_regclass('schema_migrations') IS NOT NULL AS migrated`,
  })
  if (!row?.migrated)
    throw new MigrationError(
      `the database ${row?.database} holds no EvilTwin tables; set DATABASE_URL (or DATA_DIR) to that of the server, or make them with: eviltwin migrate`,
    )
}

async function apply(client: pg.PoolClient, name: string, log: Logger): Promise<void> {
  const sql = await readFile(new URL(name, MIGRATIONS), 'utf8')
  try {
    await client.query('BEGIN')
    await client.query(sql)
    await client.query('INSERT INTO schema_migrations (name) VALUES ($1)', [name])
    if (BREAKING.test(sql))
      await client.query('UPDATE schema_migrations SET breaking = true WHERE name = $1', [name])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    const hint =
      sqlState(error) === '42501'
        ? '; the role must own the database, or an administrator must create the extension pg_trgm'
        : ''
    throw new MigrationError(`migration ${name} failed: ${(error as Error).message}${hint}`, { cause: error })
  }
  log.info('migration applied', { migration: name })
}
