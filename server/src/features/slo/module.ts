import { hostname } from 'node:os'
import { createPoller, oncePerMinute, type Poller } from '../../platform/poller.js'
import { createReplicaStore } from '../../platform/postgres/replicas.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { memoryUse } from '../../platform/telemetry/memory.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import { createGapEstimator } from './gap-estimator.js'
import { createGapSearch } from './gap-search.js'
import { createGoldenSignalReader } from './golden-signals.js'
import type { Objective } from './objective.js'
import { createPlatformRun, type PlatformRun } from './platform-run.js'
import { createPlatformRunStore } from './platform-run-store.js'
import { createGapSearchStore, createRecordingGapsStore } from './recording-gaps-store.js'
import { createReplica, type Replica } from './replica.js'
import { createRouteSummary } from './route-summary.js'
import { sloRoutes } from './routes.js'
import type { SeriesModule } from './series/module.js'
import { KEPT_MS } from './series/signal-buckets.js'
import { createSloReader, type SloReader } from './slo-reader.js'
import { createSignalStore, type SignalStore } from './store.js'

/** A stalled process is noticed by how late this is. */
const HEARTBEAT_MS = 1_000

/** What this and every other replica counted of itself: objectives, golden signals, signs of life. */
export interface SloModule extends Module {
  objectives: readonly Objective[]
  slos: SloReader
  /** Series for requests of people. */
  signals: SignalStore
  /** Series for background work, whose statements may take longer. */
  backgroundSignals: SignalStore
  replica: Pick<Replica, 'live' | 'memoryShare' | 'clockSkewSeconds'>
}

export interface SloModuleOptions
  extends Pick<
    ModuleContext,
    'config' | 'database' | 'databaseClock' | 'events' | 'log' | 'now' | 'isLeader'
  > {
  series: SeriesModule
  countAlertQueue: () => Promise<number>
  ingestQueueRows: () => number
  diskFreeBytes: () => number | null
}

export function createSloModule(options: SloModuleOptions): SloModule {
  const { config, database, events, log, now } = options
  const { objectives, recorder, recorderId, store: backgroundSignals } = options.series
  const signals = createSignalStore(database.app)
  const gaps = createRecordingGapsStore(database.app)
  const run = createPlatformRun({
    store: createPlatformRunStore(database.maintenance),
    recorderId,
    now,
    keptMs: KEPT_MS,
  })
  const replica = replicaOf(options, run)
  const slos = createSloReader({ objectives, store: signals, gaps, flush: recorder.flush, now })
  const pauseMs = config.OPERATIONS_INTERVAL_SECONDS * 1000
  const routes = createRouteSummary(log.logging('backend.middleware.timing'))
  const searchGaps = gapSearchOf(options)
  const pollers: Poller[] = []
  if (config.INSTRUMENTATION) events.subscribe(routes.handlers)
  return {
    objectives,
    slos,
    signals,
    backgroundSignals,
    replica,
    async routes(app) {
      const goldenSignals = createGoldenSignalReader({
        store: signals,
        replicas: replica,
        alertQueueDepth: options.countAlertQueue,
        flush: recorder.flush,
        now,
      })
      await app.register(sloRoutes, { slos, goldenSignals })
    },
    gauges: (registry) => registerGauges(registry, options.databaseClock),
    start() {
      replica.start()
      pollers.push(
        createPoller({
          work: oncePerMinute(now, async () => routes.summarize()),
          pauseMs,
          onError: (error) =>
            log.logging('backend.middleware.timing').warning('Routes cannot be summarized', {
              cause: (error as Error).message,
            }),
        }),
        createPoller({
          work: oncePerMinute(now, searchGaps),
          pauseMs,
          onError: (error) =>
            log.logging('backend.services.signals').warning('Gaps cannot be searched; trying again', {
              cause: (error as Error).message,
            }),
        }),
        createPoller({ work: async () => run.heartbeat(), pauseMs: HEARTBEAT_MS, onError: () => {} }),
      )
    },
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
      await replica.stop()
    },
  }
}

function registerGauges({ gauge }: GaugeRegistry, clock: ModuleContext['databaseClock']): void {
  const memoryUsed = {
    name: 'eviltwin.memory.used',
    unit: 'By',
    description: 'Memory in use, of the container where there is one',
  }
  gauge(memoryUsed, () => memoryUse().used)
  const memoryLimit = { name: 'eviltwin.memory.limit', unit: 'By', description: 'Memory that may be used' }
  gauge(memoryLimit, () => memoryUse().limit)
  const skew = {
    name: 'eviltwin.clock.skew',
    unit: 's',
    description: 'How far the clock of this replica is ahead of the clock of the database',
  }
  gauge(skew, () => {
    const skewMs = clock.skewMs()
    return skewMs === null ? null : skewMs / 1000
  })
}

/** On connections for background work: an old database may have much to search, once. */
function gapSearchOf({ database, series }: SloModuleOptions): () => Promise<void> {
  const store = createRecordingGapsStore(database.maintenance)
  const estimate = createGapEstimator(series.store, store, series.objectives)
  return createGapSearch(store, createGapSearchStore(database.maintenance), estimate)
}

function replicaOf(options: SloModuleOptions, run: PlatformRun): Replica {
  const { config, database, log, isLeader, ingestQueueRows, diskFreeBytes } = options
  const { recorder, recorderId } = options.series
  return createReplica({
    id: recorderId,
    host: hostname(),
    store: createReplicaStore(database.maintenance),
    recorder,
    run,
    isLeader,
    clock: options.databaseClock,
    pools: database.use,
    memory: memoryUse,
    ingestQueueRows,
    diskFreeBytes,
    log: log.logging('backend.services.signals'),
    pauseMs: config.OPERATIONS_INTERVAL_SECONDS * 1000,
  })
}
