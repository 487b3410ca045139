import type { KeyBinding } from '../../domain/key-binding.js'
import { type Config, KEY_LOOKUP_SHARE } from '../../platform/config.js'
import { type BodyBudget, createBodyBudget } from '../../platform/http/body-budget.js'
import { type Bodies, createBodies } from '../../platform/http/raw-body.js'
import type { App } from '../../platform/http/types.js'
import { ensurePartitions } from '../../platform/postgres/partitions.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import { traceOf } from '../../platform/telemetry/trace-context.js'
import type { Remote } from '../../platform/workers/link.js'
import type { Scorer } from '../scoring/index.js'
import type { CommitObserver } from './commit.js'
import { type ConnectorIntake, createConnectorIntake, type IdentifiedKey } from './connector-intake.js'
import type { HecAcknowledgements } from './hec-acknowledgements.js'
import { hecRoutes } from './hec-routes.js'
import { type IdentityWatch, watchIdentities } from './identities.js'
import { createIdentityStore } from './identity-store.js'
import { createIngest, type Ingest } from './ingest.js'
import { createIntake, type Intake } from './intake.js'
import { ingestRoutes } from './log-routes.js'
import { createPendingTotals, type PendingTotals } from './pending-totals.js'
import { createPermits } from './permits.js'
import { createQuarantine, type Quarantine } from './quarantine.js'
import { createQuarantineQuota, type QuarantineQuota } from './quarantine-quota.js'
import { quarantineRoutes } from './quarantine-routes.js'
import { createQuarantineStore } from './quarantine-store.js'
import { createQuarantineUsageStore } from './quarantine-usage-store.js'
import { createQuarantineWatch, type QuarantineWatch } from './quarantine-watch.js'
import type { ReadLimits } from './read-records.js'
import { createIngestStore } from './store.js'
import type { SyntheticRuns } from './synthetic-runs.js'
import { createPendingTotalsStore } from './totals-store.js'

/** Every way of an event into the store: POST /log, the HTTP Event Collector, replays of the quarantine. */
export interface IngestModule extends Module {
  ingest: Ingest
  limits: ReadLimits
  /** For what receives records by another way than HTTP. */
  connectors: ConnectorIntake
  quarantine: Pick<QuarantineWatch, 'problems' | 'shareUsed' | 'describe'>
  totals: Pick<PendingTotals, 'problems'>
}

export interface IngestModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'isLeader' | 'log' | 'now' | 'place'> {
  scorer: Scorer
  acknowledgements: Remote<HecAcknowledgements>
  countryOf: (ip: string) => string | null
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
  keyBindings: {
    /** Binds a key that is bound to no sensor yet. @returns what it is bound to now. */
    bind: (key_id: string, sensor_id: string) => Promise<KeyBinding>
    /** What keys may speak for now, by the ids of those that are stored. */
    of: (key_ids: readonly string[]) => Promise<ReadonlyMap<string, KeyBinding>>
  }
  /** The attacks of the platform itself, whose events are kept apart. */
  syntheticRuns: SyntheticRuns
  /** Whose key a text is; undefined for one that is unknown or revoked. */
  identifyKey: (key: string) => Promise<IdentifiedKey | undefined>
}

const MAX_DEPTH = 64
/** zlib works on the four threads of Node's pool; of one sender only half of them. What waits is as small as it was sent. */
const DECOMPRESSION = { total: 4, perOwner: 2, maxWaiting: 1024, maxWaitingPerOwner: 256 }

export async function createIngestModule(options: IngestModuleOptions): Promise<IngestModule> {
  const { config, database, events, isLeader, log, now, keyBindings } = options
  const ingestLog = log.logging('backend.routers.ingest')
  const pauseMs = config.OPERATIONS_INTERVAL_SECONDS * 1000
  const limits = readLimitsOf(config)
  const identities = await watchIdentities({
    store: createIdentityStore(database.maintenance),
    log: ingestLog,
    now,
    pauseMs,
  })
  const quarantineLimits = {
    maxBytes: config.QUARANTINE_MAX_BYTES,
    maxBytesPerKey: config.QUARANTINE_MAX_BYTES_PER_KEY,
  }
  const quota = createQuarantineQuota({
    store: createQuarantineUsageStore(database.ingest),
    limits: quarantineLimits,
    publish: events.publish,
    log: ingestLog,
  })
  const usage = createQuarantineUsageStore(database.app)
  const ingest = createPipeline(options, quota, identities)
  const totals = createPendingTotals({
    store: createPendingTotalsStore(database.maintenance),
    isLeader,
    log: ingestLog,
  })
  const budget = createBodyBudget(config.INGEST_MAX_BYTES_IN_FLIGHT)
  const bodies = createBodies({
    budget,
    idleMs: config.BODY_IDLE_SECONDS * 1000,
    keyOf: ({ apiKey }) => apiKey?.id ?? null,
  })
  const watch = createQuarantineWatch({ usage, limits: quarantineLimits, quota, pauseMs, log: ingestLog })
  const quarantine = createQuarantine({
    store: createQuarantineStore(database.app, limits.maxRecordBytes),
    usage,
    ingest,
    bindingsOf: keyBindings.of,
    readLimits: limits,
    limits: quarantineLimits,
  })
  const { intake, connectors } = createIntakes(options, ingest, bodies, limits)
  return {
    ingest,
    limits,
    connectors,
    quarantine: watch,
    totals,
    routes: (app) => registerRoutes(app, options, { intake, bodies, quarantine, limits }),
    gauges(registry) {
      registerGauges(registry, ingest, budget)
      watch.registerGauges(registry)
      totals.registerGauges(registry)
    },
    start() {
      identities.start()
      watch.start()
      totals.start()
    },
    async stop() {
      await identities.stop()
      await watch.stop()
      await ingest.drain()
      await totals.stop()
    },
  }
}

/** What takes bodies of HTTP requests, and what takes records of other protocols. */
function createIntakes(
  { config, events, log, identifyKey, storageProblem }: IngestModuleOptions,
  ingest: Ingest,
  bodies: Bodies,
  limits: ReadLimits,
): { intake: Intake; connectors: ConnectorIntake } {
  const intake = createIntake({
    ingest,
    bodies,
    decompression: createPermits(DECOMPRESSION),
    storageProblem,
    // The lookup of the key has had its part.
    timeoutMs: config.INGEST_TIMEOUT_SECONDS * 1000 * (1 - KEY_LOOKUP_SHARE),
    limits: { ...limits, maxDecompressedBytes: config.INGEST_MAX_DECOMPRESSED_BYTES },
    publish: events.publish,
  })
  const connectors = createConnectorIntake({
    intake,
    identifyKey,
    storageProblem,
    publish: events.publish,
    log: log.logging('backend.services.connectors'),
  })
  return { intake, connectors }
}

function createPipeline(
  options: IngestModuleOptions,
  quota: QuarantineQuota,
  identities: Pick<IdentityWatch, 'inUse'>,
): Ingest {
  const { config, database, now, place, scorer, countryOf, keyBindings } = options
  return createIngest({
    store: createIngestStore(database.ingest, now),
    syntheticRuns: options.syntheticRuns,
    quota,
    ensurePartitions: () => ensurePartitions(database.maintenance, now()),
    scorer,
    countryOf,
    appendTotals: place.workers > 1,
    observer: commitObserver(options),
    now,
    maxQueuedRows: config.INGEST_MAX_QUEUED_EVENTS,
    bindKey: keyBindings.bind,
    identitiesInUse: identities.inUse,
  })
}

function readLimitsOf(config: Config): ReadLimits {
  return {
    maxRecords: config.INGEST_MAX_RECORDS,
    maxDepth: MAX_DEPTH,
    maxRecordBytes: config.INGEST_MAX_RECORD_BYTES,
  }
}

async function registerRoutes(
  app: App,
  { config, log, acknowledgements, storageProblem }: IngestModuleOptions,
  {
    intake,
    bodies,
    quarantine,
    limits: readLimits,
  }: { intake: Intake; bodies: Bodies; quarantine: Quarantine; limits: ReadLimits },
): Promise<void> {
  const routeLog = log.logging('backend.routers.ingest')
  const limits = { ...readLimits, maxBodyBytes: config.INGEST_MAX_BODY_BYTES }
  await app.register(ingestRoutes, { intake, bodies, limits })
  await app.register(hecRoutes, {
    acknowledgements,
    intake,
    bodies,
    limits,
    storageProblem,
    queryTokens: config.HEC_QUERY_TOKENS,
    log: routeLog,
  })
  await app.register(quarantineRoutes, { quarantine, log: routeLog })
}

function registerGauges({ gauge }: GaugeRegistry, ingest: Ingest, budget: BodyBudget): void {
  gauge(
    { name: 'eviltwin.ingest.queue_rows', across: 'sum', description: 'Rows that wait for their commit' },
    ingest.queueDepth,
  )
  gauge(
    { name: 'eviltwin.ingest.bodies', across: 'sum', description: 'Bytes of bodies in memory', unit: 'By' },
    budget.held,
  )
  gauge(
    {
      name: 'eviltwin.ingest.bodies.peak',
      across: 'sum',
      description: 'The most bytes of bodies in memory at the same time since the start',
      unit: 'By',
    },
    budget.peak,
  )
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
    markerIgnored: ({ sensor_id, source_ip, session_id }, marker) =>
      events.publish({ kind: 'synthetic_marker_ignored', sensor_id, source_ip, session_id, marker }),
    escalated: (count) => events.publish({ kind: 'escalations_stored', count }),
    commitRetried: (error, attempt) =>
      databaseLog.warning('Commit retried', { attempt, cause: (error as Error).message }),
  }
}
