import { join } from 'node:path'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import { isSpokesman, ownName } from '../../platform/workers/place.js'
import type { MismatchingKey, RefusedKey } from '../auth/index.js'
import type { FailingChannel, Sender, StoredChannel } from '../notifications/index.js'
import type { SensorsModule } from '../sensors/index.js'
import { runbookOf, type SloModule } from '../slo/index.js'
import type { ForgedMarkers } from '../synthetic/index.js'
import { retiredRule } from './burn-rules.js'
import { type BurnSignal, createBurnSignal } from './burn-signal.js'
import { type DetailSources, detailOf, type FailedChannelTest } from './details.js'
import { createOpsEvaluator, type OpsEvaluator, type OpsEvaluatorOptions } from './evaluator.js'
import { createFallbackNotifier, type FallbackNotifier } from './fallback-notifier.js'
import { createHeartbeat } from './heartbeat.js'
import { createKnownSilences } from './known-silences.js'
import { createOperations } from './operations.js'
import { createOutageExplanation } from './outage-explanation.js'
import { operationsRoutes } from './routes.js'
import type { OpsRule } from './rules.js'
import { createSentDirectlyFile } from './sent-directly-file.js'
import { createSignalReader } from './signals.js'
import { SILENCES_CHANNEL } from './silence-store.js'
import { createOperationsStore, type OperationsStore } from './store.js'
import { createUnwrittenHistoryFile } from './unwritten-history.js'

/** Operational alerts: evaluated on the replica that leads, handled by operators. */
export interface OperationsModule extends Module {
  rules: readonly OpsRule[]
  store: OperationsStore
}

export interface OperationsModuleOptions
  extends Pick<
    ModuleContext,
    'config' | 'database' | 'events' | 'listener' | 'log' | 'now' | 'place' | 'leaderEpoch'
  > {
  rules: readonly OpsRule[]
  slo: SloModule
  countAlertQueue: () => Promise<number>
  notifications: {
    send: Sender
    operationalChannels: () => Promise<StoredChannel[]>
    failingChannels: () => Promise<FailingChannel[]>
  }
  /** Of the channel that is tested each week: its newest test, where it failed. */
  failedChannelTests: () => Promise<FailedChannelTest[]>
  /** Keys that were refused on the routes of sensors since then; milliseconds since the epoch. */
  refusedKeys: (since: number) => Promise<RefusedKey[]>
  /** Keys that claimed sensors for which they may not speak, since then; milliseconds since the epoch. */
  mismatchingKeys: (since: number) => Promise<MismatchingKey[]>
  /** Expected sensors without data. */
  sensors: Pick<SensorsModule, 'countSilent' | 'silentSensors'>
  /** Who sent markers of attacks of the platform that were forged, since then; milliseconds since the epoch. */
  forgedMarkers: (since: number) => Promise<ForgedMarkers[]>
  quarantine: {
    /** The part of its share that the fullest part of it uses; above 1 where records were evicted within so many milliseconds. */
    shareUsed: (evictedWithinMs: number) => Promise<number>
    /** Who holds most of it, one item a key. */
    describe: () => Promise<string[]>
  }
}

export function createOperationsModule(options: OperationsModuleOptions): OperationsModule {
  const { config, database, log, now, slo } = options
  const { send, operationalChannels } = options.notifications
  const pauseMs = config.OPERATIONS_INTERVAL_SECONDS * 1000
  const { rules } = options
  const store = createOperationsStore(database.alerts)
  const opsLog = log.logging('backend.services.operations')
  const runbookUrl = (rule: OpsRule) => `${config.PUBLIC_URL}/runbooks/${runbookNameOf(rule, slo)}`
  const notifier = createFallbackNotifier({ channels: operationalChannels, send, log: opsLog, now })
  const burn = createBurnSignal(slo.slos)
  const details = detailSources(options, burn)
  const describe = (rule: OpsRule, at: number) => detailOf(rule, at, details)
  const silences = createKnownSilences(store, now)
  // Whoever silences an alert may stop the database a moment later.
  options.listener.on(SILENCES_CHANNEL, () => void silences.refresh().catch(() => {}))
  const pollers: Poller[] = []
  let evaluator: OpsEvaluator | null = null
  return {
    rules,
    store,
    async routes(app) {
      await app.register(operationsRoutes, {
        operations: createOperations({ rules, store, silences, describe, runbookUrl, now }),
        levels: log,
        log: log.logging('backend.routers.operations'),
      })
    },
    gauges: (registry) => registerGauges(registry, notifier.channelCount, () => evaluator?.firing() ?? []),
    start() {
      evaluator = createEvaluator(options, {
        store,
        burn,
        silences,
        describe,
        runbookUrl,
        notifier,
        log: opsLog,
      })
      pollers.push(
        // Refreshing never fails: it keeps the channels that it last read.
        createPoller({ work: notifier.refresh, pauseMs, onError: () => {} }),
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

/** What the evaluator shares with the rest of the module. */
interface EvaluatorParts extends Pick<OpsEvaluatorOptions, 'silences' | 'describe' | 'runbookUrl' | 'log'> {
  store: OperationsStore
  burn: BurnSignal
  notifier: FallbackNotifier
}

function createEvaluator(
  options: OperationsModuleOptions,
  { burn, notifier, ...parts }: EvaluatorParts,
): OpsEvaluator {
  const { config, database, place, now, slo } = options
  const stateFile = (name: string) => join(config.DATA_DIR, 'operations', ownName(name, place))
  return createOpsEvaluator({
    ...parts,
    rules: options.rules,
    read: readerOf(options, burn),
    isExplained: createOutageExplanation(burn, parts.store),
    retiredRule: (id) => retiredRule(id, slo.objectives),
    leadership: { epoch: options.leaderEpoch },
    isDatabaseReachable: database.isReachable,
    isSpokesman: isSpokesman(place),
    notifyDirectly: notifier.notify,
    retryDirectly: notifier.retry,
    sentDirectly: createSentDirectlyFile(stateFile('sent-directly.json'), parts.log),
    unwritten: createUnwrittenHistoryFile(stateFile('unwritten-history.json'), parts.log),
    onEvaluated: createHeartbeat({
      url: config.HEARTBEAT_URL,
      log: parts.log,
      publish: options.events.publish,
      now,
    }),
    now,
  })
}

function registerGauges(
  { gauge, labelled }: GaugeRegistry,
  channelCount: () => number,
  firing: OpsEvaluator['firing'],
): void {
  const channels = {
    name: 'eviltwin.operational_alert.fallback_channels',
    description: 'Channels that receive operational alerts while the database is away',
  }
  gauge(channels, channelCount)
  const alerts = {
    name: 'eviltwin.operational_alert.firing',
    description: '1 for each operational alert that fires',
  }
  labelled(alerts, () => firing().map(({ name }) => [1, { alert: name }] as const))
}

function runbookNameOf({ id, signal }: OpsRule, { objectives }: Pick<SloModule, 'objectives'>): string {
  if (signal.kind !== 'burn_rate') return id
  const objective = objectives.find((candidate) => candidate.id === signal.objective)
  return objective ? runbookOf(objective) : 'slo-burn'
}

function detailSources(options: OperationsModuleOptions, burn: BurnSignal): DetailSources {
  return {
    burn,
    failingChannels: options.notifications.failingChannels,
    failedChannelTests: options.failedChannelTests,
    refusedKeys: options.refusedKeys,
    mismatchingKeys: options.mismatchingKeys,
    silentSensors: options.sensors.silentSensors,
    forgedMarkers: options.forgedMarkers,
    quarantineHolders: options.quarantine.describe,
  }
}

function readerOf(options: OperationsModuleOptions, burn: BurnSignal) {
  const { database, slo, countAlertQueue, notifications, refusedKeys, mismatchingKeys, quarantine } = options
  return createSignalReader({
    store: slo.backgroundSignals,
    isDatabaseReachable: database.isReachable,
    alertQueueDepth: countAlertQueue,
    memoryShare: slo.replica.memoryShare,
    clockSkewSeconds: slo.replica.clockSkewSeconds,
    burn,
    failingChannels: notifications.failingChannels,
    failedChannelTests: options.failedChannelTests,
    refusedKeys,
    mismatchingKeys,
    silentSensors: options.sensors.countSilent,
    forgedMarkers: options.forgedMarkers,
    quarantineShare: quarantine.shareUsed,
  })
}
