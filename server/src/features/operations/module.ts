import { createPoller, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { Sender, StoredChannel } from '../notifications/index.js'
import type { SloModule } from '../slo/index.js'
import { createDirectTeller } from './direct-teller.js'
import { type OpsEvaluator, startOpsEvaluator } from './evaluator.js'
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
  extends Pick<ModuleContext, 'config' | 'database' | 'log' | 'now' | 'isLeader'> {
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
  let channelRefresher: Poller | null = null
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
    gauges({ labelled }) {
      labelled(
        {
          name: 'eviltwin.operational_alert.firing',
          description: '1 for each operational alert that fires',
        },
        () => (evaluator?.firing() ?? []).map(({ name }) => [1, { alert: name }] as const),
      )
    },
    start() {
      channelRefresher = createPoller({
        work: teller.refresh,
        pauseMs,
        onError: (error) =>
          opsLog.warning('The channels of operational alerts cannot be read', {
            cause: (error as Error).message,
          }),
      })
      evaluator = startOpsEvaluator({
        rules,
        read: readerOf(options),
        store,
        leadership: { isLeader: options.isLeader },
        isDatabaseReachable: database.isReachable,
        tellDirectly: teller.tell,
        onEvaluated: createHeartbeat({ url: config.HEARTBEAT_URL, log: opsLog, now }),
        runbookUrl,
        log: opsLog,
        now,
        pauseMs,
      })
    },
    async stop() {
      await Promise.all([evaluator?.stop(), channelRefresher?.stop()])
    },
  }
}

function readerOf({ database, slo, countAlertQueue }: OperationsModuleOptions) {
  return createSignalReader({
    store: slo.backgroundSignals,
    isDatabaseReachable: database.isReachable,
    alertQueueDepth: countAlertQueue,
    memoryShare: slo.replica.memoryShare,
    slos: slo.slos,
  })
}
