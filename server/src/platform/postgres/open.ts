import type { Publish } from '../../domain/platform-event.js'
import type { Logging } from '../logger.js'
import { type ConnectionSettings, type Database, openDatabase } from './database.js'
import { DataDirInUseError } from './embedded/error.js'
import { attachEmbeddedPostgres, startEmbeddedPostgres } from './embedded/postmaster.js'
import { assertMigrated, migrate } from './migrate.js'
import { ensurePartitions } from './partitions.js'

/** The database of this server, ready for use. */
export interface OpenStore {
  database: Database
  /** Closes connections, and stops PostgreSQL when it is ours. */
  close(): Promise<void>
}

export interface StoreSettings {
  /** DATABASE_URL; without it the embedded PostgreSQL runs in `dataDir`. */
  databaseUrl: string | undefined
  dataDir: string
  /** How to reach a database that another process of this server runs. */
  connection?: ConnectionSettings | undefined
  now: () => number
  /** Command-line tools work beside a running server; a server must be alone. */
  besideServer?: boolean
  /** Refuse a database that no server has migrated. */
  existing?: boolean
  /** Statements that take as long are logged; unset: none is. */
  slowQueryMs?: number
}

/**
 * Starts or reaches PostgreSQL, migrates it, and makes room for today's events.
 * @param publish receives `pool_exhausted`; tools that nobody watches leave it out.
 * @throws {EmbeddedPostgresError | MigrationError | StoreUnavailableError}
 */
export async function openStore(
  settings: StoreSettings,
  logging: Logging,
  publish: Publish = () => {},
): Promise<OpenStore> {
  const log = logging('backend.database')
  const { connection, stop } = await reach(settings, logging)
  const database = openDatabase(connection, log, publish, settings.slowQueryMs)
  const close = async () => {
    await database.close()
    await stop()
  }
  try {
    if (settings.existing) await assertMigrated(database)
    await migrate(database, log)
    await ensurePartitions(database.maintenance, settings.now())
    return { database, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function reach(
  { databaseUrl, dataDir, connection, besideServer }: StoreSettings,
  logging: Logging,
): Promise<{ connection: ConnectionSettings; stop: () => Promise<void> }> {
  const nothing = async () => {}
  if (connection !== undefined) return { connection, stop: nothing }
  if (databaseUrl !== undefined) return { connection: { connectionString: databaseUrl }, stop: nothing }
  try {
    const embedded = await startEmbeddedPostgres(dataDir, logging)
    return { connection: embedded.connection, stop: embedded.stop }
  } catch (error) {
    if (!(besideServer && error instanceof DataDirInUseError)) throw error
    return { connection: await attachEmbeddedPostgres(dataDir), stop: nothing }
  }
}
