import { createPoller, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { Sender, StoredChannel } from '../notifications/index.js'
import type { SloModule } from '../slo/index.js'
import { createDirectTeller } from './direct-teller.js'
import { createOpsEvaluator, type OpsEvaluator } from './evaluator.js'
import { createHeartbeat } from './heartbeat.js'
import { createOperations } from './operations.js'
import { operationsRoutes } from './routes.js'
import type { OpsRule } from './rules.js'
import { createSignalReader } from './signals.js'
import { createOperationsStore, type OperationsStore } from './store.js'

/** Operational alerts: evaluated on the replica that leads, handled by operators. */
export interface OperationsModule extends Module {
  rules: readonly OpsRule[]
  store: OperationsStore
}

export interface OperationsModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'log' | 'now' | 'leaderEpoch'> {
  rules: readonly OpsRule[]
  slo: SloModule
  countAlertQueue: () => Promise<number>
  send: Sender
  operationalChannels: () => Promise<StoredChannel[]>
}

export function createOperationsModule(options: OperationsModuleOptions): OperationsModule {
  const { config, database, log, now, send, operationalChannels } = options
  const pauseMs = config.OPERATIONS_INTERVAL_SECONDS * 1000
  const { rules } = options
  const store = createOperationsStore(database.alerts)
  const opsLog = log.logging('backend.services.operations')
  const runbookUrl = ({ id, signal }: OpsRule) =>
    `${config.PUBLIC_URL}/runbooks/${signal.kind === 'burn_rate' ? 'slo-burn' : id}`
  const teller = createDirectTeller({ channels: operationalChannels, send, log: opsLog, now })
  const pollers: Poller[] = []
  let evaluator: OpsEvaluator | null = null
  return {
    rules,
    store,
    async routes(app) {
      await app.register(operationsRoutes, {
        operations: createOperations({ rules, store, runbookUrl, now }),
        levels: log,
        log: log.logging('backend.routers.operations'),
      })
    },
    gauges({ gauge, labelled }) {
      gauge(
        {
          name: 'eviltwin.operational_alert.fallback_channels',
          description: 'Channels that receive operational alerts while the database is away',
        },
        teller.channelCount,
      )
      labelled(
        {
          name: 'eviltwin.operational_alert.firing',
          description: '1 for each operational alert that fires',
        },
        () => (evaluator?.firing() ?? []).map(({ name }) => [1, { alert: name }] as const),
      )
    },
    start() {
      evaluator = createOpsEvaluator({
        rules,
        read: readerOf(options),
        store,
        leadership: { epoch: options.leaderEpoch },
        isDatabaseReachable: database.isReachable,
        tellDirectly: teller.tell,
        onEvaluated: createHeartbeat({ url: config.HEARTBEAT_URL, log: opsLog, now }),
        runbookUrl,
        log: opsLog,
        now,
      })
      pollers.push(
        // Refreshing never fails: it keeps the channels that it last read.
        createPoller({ work: teller.refresh, pauseMs, onError: () => {} }),
        createPoller({
          work: evaluator.evaluate,
          pauseMs,
          onError: (error) =>
            opsLog.error('Operational alerts cannot be evaluated; trying again', {
              cause: (error as Error).message,
            }),
        }),
      )
    },
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
    },
  }
}

function readerOf({ database, slo, countAlertQueue }: OperationsModuleOptions) {
  return createSignalReader({
    store: slo.backgroundSignals,
    isDatabaseReachable: database.isReachable,
    alertQueueDepth: countAlertQueue,
    memoryShare: slo.replica.memoryShare,
    clockSkewSeconds: slo.replica.clockSkewSeconds,
    slos: slo.slos,
  })
}
