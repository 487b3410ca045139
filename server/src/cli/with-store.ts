import { type Config, loadConfig } from '../platform/config.js'
import type { Database } from '../platform/postgres/database.js'
import { openStore } from '../platform/postgres/open.js'
import { createLog } from '../platform/telemetry/log.js'

/** Lends a command the database of this installation, whether or not a server is running on it. */
export async function withStore<Result>(
  work: (database: Database, config: Config) => Promise<Result>,
): Promise<Result> {
  const config = await loadConfig(process.env)
  // Results go to stdout; only what went wrong is worth a line beside them.
  const { logging } = createLog({ level: 'ERROR', destination: process.stderr })
  const { database, close } = await openStore(
    { databaseUrl: config.DATABASE_URL, dataDir: config.DATA_DIR, now: Date.now, besideServer: true },
    logging,
  )
  try {
    return await work(database, config)
  } finally {
    await close()
  }
}
