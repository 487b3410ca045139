import { ensurePartitions } from '../../platform/postgres/partitions.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { traceOf } from '../../platform/telemetry/trace-context.js'
import type { Scorer } from '../scoring/index.js'
import type { CommitObserver } from './commit.js'
import { hecRoutes } from './hec-routes.js'
import { watchIdentities } from './identities.js'
import { createIdentityStore } from './identity-store.js'
import { createIngest, type Ingest } from './ingest.js'
import { createIntake } from './intake.js'
import { ingestRoutes } from './log-routes.js'
import { createQuarantine } from './quarantine.js'
import { quarantineRoutes } from './quarantine-routes.js'
import { createQuarantineStore } from './quarantine-store.js'
import type { ReadLimits } from './read-records.js'
import { createIngestStore } from './store.js'

/** Every way of an event into the store: POST /log, the HTTP Event Collector, replays of the quarantine. */
export interface IngestModule extends Module {
  ingest: Ingest
  limits: ReadLimits
}

export interface IngestModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'log' | 'now'> {
  scorer: Scorer
  countryOf: (ip: string) => string | null
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
}

const MAX_DEPTH = 64

export async function createIngestModule(options: IngestModuleOptions): Promise<IngestModule> {
  const { config, database, events, log, now, scorer, countryOf, storageProblem } = options
  const limits = {
    maxRecords: config.INGEST_MAX_RECORDS,
    maxDepth: MAX_DEPTH,
    maxRecordBytes: config.INGEST_MAX_RECORD_BYTES,
  }
  const identities = await watchIdentities({
    store: createIdentityStore(database.maintenance),
    log: log.logging('backend.routers.ingest'),
    now,
    pauseMs: config.OPERATIONS_INTERVAL_SECONDS * 1000,
  })
  const ingest = createIngest({
    store: createIngestStore(database.ingest),
    ensurePartitions: () => ensurePartitions(database.maintenance, now()),
    scorer,
    countryOf,
    observer: commitObserver(options),
    now,
    maxQueuedRows: config.INGEST_MAX_QUEUED_EVENTS,
    identitiesInUse: identities.inUse,
  })
  const quarantine = createQuarantine(createQuarantineStore(database.app), ingest, limits)
  return {
    ingest,
    limits,
    async routes(app) {
      const routeLog = log.logging('backend.routers.ingest')
      const bodyLimits = {
        ...limits,
        maxBodyBytes: config.INGEST_MAX_BODY_BYTES,
        maxDecompressedBytes: config.INGEST_MAX_DECOMPRESSED_BYTES,
        maxBytesInFlight: config.INGEST_MAX_BYTES_IN_FLIGHT,
      }
      const { publish } = events
      const intake = createIntake({ ingest, storageProblem, limits: bodyLimits, log: routeLog, publish })
      await app.register(ingestRoutes, { intake, limits: bodyLimits })
      await app.register(hecRoutes, { intake, limits: bodyLimits, storageProblem, log: routeLog })
      await app.register(quarantineRoutes, { quarantine })
    },
    gauges({ gauge }) {
      gauge(
        { name: 'eviltwin.ingest.queue_rows', description: 'Rows that wait for their commit' },
        ingest.queueDepth,
      )
    },
    start: identities.start,
    async stop() {
      await identities.stop()
      await ingest.drain()
    },
  }
}

/** What a commit states, as events. */
function commitObserver({ events, log }: Pick<ModuleContext, 'events' | 'log'>): CommitObserver {
  const databaseLog = log.logging('backend.database')
  return {
    sessionScored(
      { id, source_ip, sensor_id, threat_score, threat_level, scorer },
      { request_id, traceparent },
    ) {
      events.publish({
        kind: 'score_computed',
        request_id,
        ...traceOf(traceparent),
        session_id: id,
        source_ip,
        sensor_id,
        threat_score,
        threat_level,
        scored_by: scorer,
      })
    },
    escalated: (count) => events.publish({ kind: 'escalations_stored', count }),
    commitRetried: (error, attempt) =>
      databaseLog.warning('Commit retried', { attempt, cause: (error as Error).message }),
  }
}
