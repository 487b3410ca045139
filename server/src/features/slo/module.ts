import { hostname } from 'node:os'
import { createPoller, oncePerMinute, type Poller } from '../../platform/poller.js'
import { createReplicaStore } from '../../platform/postgres/replicas.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { memoryUse } from '../../platform/telemetry/memory.js'
import { createGoldenSignalReader } from './golden-signals.js'
import type { Objective } from './objective.js'
import { createReplica, type Replica } from './replica.js'
import { createRouteSummary } from './route-summary.js'
import { sloRoutes } from './routes.js'
import type { SeriesModule } from './series/module.js'
import { createSloReader, type SloReader } from './slo-reader.js'
import { createSignalStore, type SignalStore } from './store.js'

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
  const { objectives, recorder, store: backgroundSignals } = options.series
  const signals = createSignalStore(database.app)
  const replica = replicaOf(options)
  const slos = createSloReader({ objectives, store: signals, flush: recorder.flush, now })
  const routes = createRouteSummary(log.logging('backend.middleware.timing'))
  let summarizer: Poller | null = null
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
    gauges({ gauge }) {
      gauge(
        {
          name: 'eviltwin.memory.used',
          unit: 'By',
          description: 'Memory in use, of the container where there is one',
        },
        () => memoryUse().used,
      )
      gauge(
        {
          name: 'eviltwin.clock.skew',
          unit: 's',
          description: 'How far the clock of this replica is ahead of the clock of the database',
        },
        () => {
          const skewMs = options.databaseClock.skewMs()
          return skewMs === null ? null : skewMs / 1000
        },
      )
      gauge(
        { name: 'eviltwin.memory.limit', unit: 'By', description: 'Memory that may be used' },
        () => memoryUse().limit,
      )
    },
    start() {
      replica.start()
      summarizer = createPoller({
        work: oncePerMinute(now, async () => routes.summarize()),
        pauseMs: config.OPERATIONS_INTERVAL_SECONDS * 1000,
        onError: (error) =>
          log.logging('backend.middleware.timing').warning('Routes cannot be summarized', {
            cause: (error as Error).message,
          }),
      })
    },
    async stop() {
      await summarizer?.stop()
      await replica.stop()
    },
  }
}

function replicaOf(options: SloModuleOptions): Replica {
  const { config, database, log, isLeader, ingestQueueRows, diskFreeBytes } = options
  const { recorder, recorderId } = options.series
  return createReplica({
    id: recorderId,
    host: hostname(),
    store: createReplicaStore(database.maintenance),
    recorder,
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
