import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig, readSettings, type Settings } from '../platform/config.js'
import type { Logging } from '../platform/logger.js'
import type { Database } from '../platform/postgres/database.js'
import { DataDirInUseError } from '../platform/postgres/embedded/error.js'
import { openStore } from '../platform/postgres/open.js'
import { createLog } from '../platform/telemetry/log.js'
import { CliError } from './errors.js'

export interface StoreAccess {
  /** Whether the command makes a database where there is none; without it, such a place is refused. */
  create?: boolean
  /** Whether no server may run meanwhile. */
  alone?: boolean
}

/** Lends a command the database of this installation, whether or not a server is running on it. */
export async function withStore<Result>(
  work: (database: Database, config: Settings, logging: Logging) => Promise<Result>,
  { create = false, alone = false }: StoreAccess = {},
): Promise<Result> {
  const config = create ? await loadConfig(process.env) : readSettings(process.env)
  if (!create && config.DATABASE_URL === undefined) await assertDataDir(config.DATA_DIR)
  // Results go to stdout; only what went wrong is worth a line beside them.
  const { logging } = createLog({ level: 'ERROR', destination: process.stderr })
  const { database, close } = await openStore(
    {
      databaseUrl: config.DATABASE_URL,
      dataDir: config.DATA_DIR,
      now: Date.now,
      besideServer: !alone,
      existing: !create,
    },
    logging,
  ).catch((error: unknown) => {
    if (!(alone && error instanceof DataDirInUseError)) throw error
    throw new CliError(`nothing was changed: ${error.message}`)
  })
  try {
    return await work(database, config, logging)
  } finally {
    await close()
  }
}

/** A server writes `instance` into its data directory at the first start, before anything else. */
async function assertDataDir(dataDir: string): Promise<void> {
  const found = await access(join(dataDir, 'instance')).then(
    () => true,
    () => false,
  )
  if (found) return
  const state = await readdir(dataDir).then(
    () => 'holds no EvilTwin database',
    () => 'does not exist or cannot be read',
  )
  throw new CliError(
    `DATA_DIR ${dataDir} ${state}; set DATA_DIR (or DATABASE_URL) to that of the server, or create one here with: eviltwin start`,
  )
}
