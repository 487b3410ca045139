import type { Config } from '../config.js'
import { createEvents, type Events } from '../events.js'
import type { ConnectionSettings } from '../postgres/database.js'
import { createDatabaseClock } from '../postgres/database-clock.js'
import type { Leadership } from '../postgres/leadership.js'
import type { Listener } from '../postgres/listen.js'
import { openStore } from '../postgres/open.js'
import { eventLog } from '../telemetry/event-log.js'
import type { Log } from '../telemetry/log.js'
import { createMetrics, type Metrics } from '../telemetry/metrics/metrics.js'
import type { ServerProcesses } from '../telemetry/metrics/of-workers.js'
import { createRefusalLog } from '../telemetry/refusal-log.js'
import { requestSpans, type Telemetry } from '../telemetry/telemetry.js'
import type { WorkerPlace } from '../workers/place.js'
import type { ModuleContext } from './module.js'

/** What every module stands on, running. */
export interface Platform {
  context: ModuleContext
  metrics: Metrics
  /** Starts once every module has said what it listens for. */
  listener: Listener
  /** Lets go of the database last. */
  close(): Promise<void>
}

export interface PlatformOptions {
  config: Config
  log: Log
  /** Milliseconds since the epoch, by the clock of this process. */
  now: () => number
  telemetry: Telemetry
  place: WorkerPlace
  server: ServerProcesses
  /** Of the embedded PostgreSQL, where another process runs it. */
  connection?: ConnectionSettings | undefined
}

/**
 * Opens the database and connects events with whoever logs and counts them.
 * @throws {EmbeddedPostgresError | MigrationError | StoreUnavailableError}
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, log, now, telemetry, place, server, connection } = options
  const mainLog = log.logging('backend.main')
  const events = createEvents((error, kind) =>
    mainLog.error('An event subscriber failed', { kind, cause: (error as Error).message }),
  )
  const refusals = createRefusalLog(log, now)
  events.subscribe(eventLog(log, refusals))
  const { database, close: closeStore } = await openStore(
    {
      databaseUrl: config.DATABASE_URL,
      dataDir: config.DATA_DIR,
      connection,
      now,
      slowQueryMs: config.SLOW_QUERY_MS,
    },
    log.logging,
    events.publish,
  )
  const databaseClock = createDatabaseClock(database.maintenance, now)
  // What fails now is measured with the next sign of life.
  await databaseClock.measure().catch(() => {})
  const leadership: Leadership = database.seekLeadership()
  const listener = database.listener()
  const metrics = createMetrics({
    resource: telemetry.resource,
    readers: telemetry.metricReaders,
    pools: database.use,
    events: config.INSTRUMENTATION ? events : NOBODY,
    server,
  })
  if (config.INSTRUMENTATION) {
    log.observe((level, logger, message) =>
      events.publish({ kind: 'problem_logged', level, logger, message }),
    )
    events.subscribe(requestSpans(telemetry))
  }
  const flushing = setInterval(refusals.flush, REFUSAL_FLUSH_MS).unref()
  return {
    context: {
      config,
      log,
      place,
      // Replicas stamp, count and judge by one clock, whatever their own say.
      now: databaseClock.now,
      events,
      telemetry,
      database,
      databaseClock,
      listener,
      isLeader: leadership.isLeader,
      leaderEpoch: leadership.epoch,
    },
    metrics,
    listener,
    async close() {
      await listener.close()
      await leadership.stop()
      await metrics.shutdown()
      await closeStore()
      clearInterval(flushing)
      refusals.close()
    },
  }
}

/** How late the line of a minute's refusals may be. */
const REFUSAL_FLUSH_MS = 5_000

/** INSTRUMENTATION=false: nothing is counted. */
const NOBODY: Pick<Events, 'subscribe'> = { subscribe: () => {} }
