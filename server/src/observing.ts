import { hostname } from 'node:os'
import type { Drift, HealthReview } from '@eviltwin/contract'
import type { Sender } from './features/notifications/sender.js'
import type { StoredChannel } from './features/notifications/store.js'
import { createDirectTeller, type DirectTeller } from './features/operations/direct-teller.js'
import { type OpsEvaluator, startOpsEvaluator } from './features/operations/evaluator.js'
import { createHeartbeat } from './features/operations/heartbeat.js'
import { loadRules } from './features/operations/load-rules.js'
import { createOperations, type Operations } from './features/operations/operations.js'
import type { OpsRule } from './features/operations/rules.js'
import { createSignalReader } from './features/operations/signals.js'
import { createOperationsStore } from './features/operations/store.js'
import { createReviewer } from './features/review/review.js'
import { createWeeklyReview } from './features/review/weekly-review.js'
import { createGoldenSignalReader, type GoldenSignalReader } from './features/slo/golden-signals.js'
import { loadObjectives } from './features/slo/load-objectives.js'
import { type Replica, startReplica } from './features/slo/replica.js'
import { createRouteSummary } from './features/slo/route-summary.js'
import { createSignalRecorder } from './features/slo/series/recorder.js'
import { createSignalListener, type SignalListener } from './features/slo/signal-listener.js'
import { createSloReader, type SloReader } from './features/slo/slo-reader.js'
import { createSignalStore } from './features/slo/store.js'
import { createLlmProbe, type LlmProbe } from './features/triage/llm-probe.js'
import { createPoller } from './platform/poller.js'
import type { Database } from './platform/postgres/database.js'
import { createReplicaStore } from './platform/postgres/replicas.js'
import type { Log } from './platform/telemetry/log.js'
import { memoryUse } from './platform/telemetry/memory.js'
import { createMetrics, type Metrics } from './platform/telemetry/metrics.js'
import type { Telemetry } from './platform/telemetry/telemetry.js'

/** How the platform watches itself. */
export interface Observing {
  metrics: Metrics
  /** Hears of every request that was answered. */
  requestCompleted(route: string, status: number, milliseconds: number): void
  listener: Pick<SignalListener, 'alertDelivered' | 'aiAnalyzed'>
  slos: SloReader
  llm: LlmProbe
  operations: Operations
  goldenSignals: GoldenSignalReader
  review(days: number): Promise<HealthReview>
  /** Whether this replica is the one that does what only one may do. */
  isLeader(): boolean
  /** Starts what works by itself, once everything it looks at is there. */
  start(watched: Watched): void
  stop(): Promise<void>
}

/** What only exists after observing does. */
export interface Watched {
  ingestQueueRows: () => number
  alertQueueDepth: () => number
  countAlertQueue: () => Promise<number>
  liveFeedClients: () => number
  pendingDeliveries: () => ReadonlyMap<string, number>
  diskFreeBytes: () => number | null
  scoringDrift: () => Drift | null
  isModelLoaded: () => boolean
  topAttackers: () => Promise<ReadonlyArray<{ source_ip: string; events: number }>>
  operationalChannels: () => Promise<StoredChannel[]>
  send: Sender
}

export interface ObservingOptions {
  database: Database
  log: Log
  telemetry: Telemetry
  instanceId: string
  now: () => number
  publicUrl: string
  sloDir: string | undefined
  heartbeatUrl: string | undefined
  reviewWeekly: boolean
  /** Whether requests and log lines are counted. */
  instrumented: boolean
  /** Milliseconds between evaluations of alerts, signs of life, and looks at the LLM. */
  intervalMs: number
  llm: { baseUrl: string | undefined; apiKey: string | undefined; model: string; timeoutMs: number }
}

const MINUTE_MS = 60_000

/** Composes metrics, SLOs, operational alerts and the review. @throws {OpenSloError | RulesError} */
export async function createObserving(options: ObservingOptions): Promise<Observing> {
  const { database, log, telemetry, instanceId, now, publicUrl } = options
  const { logging } = log
  const objectives = await loadObjectives(options.sloDir)
  const rules = await loadRules(objectives)
  const store = createSignalStore(database.maintenance)
  const reader = createSignalStore(database.app)
  const operationsStore = createOperationsStore(database.alerts)
  const recorder = createSignalRecorder({ store, recorderId: instanceId, now })
  const listener = createSignalListener(recorder, objectives)
  const metrics = createMetrics(telemetry.resource, telemetry.metricReaders)
  const slos = createSloReader({ objectives, store: reader, flush: recorder.flush, now })
  const runbookUrl = ({ id, signal }: OpsRule) =>
    `${publicUrl}/runbooks/${signal.kind === 'burn_rate' ? 'slo-burn' : id}`
  const operations = createOperations({ rules, store: operationsStore, runbookUrl, now })
  const llm = createLlmProbe({
    ...options.llm,
    log: logging('backend.services.llm_service'),
    now,
    onUnavailable: metrics.aiUnavailable,
  })
  const routes = createRouteSummary(logging('backend.middleware.timing'))
  const leadership = database.seekLeadership()
  const opsLog = logging('backend.services.operations')
  if (options.instrumented) {
    log.observe((...line) => {
      metrics.logged(...line)
      listener.logged(...line)
    })
  }

  let watched: Watched | null = null
  let replica: Replica | null = null
  let evaluator: OpsEvaluator | null = null
  let teller: DirectTeller | null = null
  let topAttackers: ReadonlyArray<{ source_ip: string; events: number }> = []
  let lastProbe = 0
  let lastLook = 0

  const countAlertQueue = async () => (await watched?.countAlertQueue()) ?? 0
  const live = async () => (await replica?.live()) ?? []

  const review = createReviewer({
    store: reader,
    slos: slos.list,
    replicas: live,
    operations: operationsStore,
    rules,
    now,
  })

  const sendReview = createWeeklyReview({ review, store: operationsStore, now })

  /** Once a minute, on the replica that leads: one slice of availability. */
  async function probeLlm(): Promise<void> {
    const minute = Math.floor(now() / MINUTE_MS)
    if (!llm.isConfigured || !leadership.isLeader() || minute === lastProbe) return
    lastProbe = minute
    listener.aiProbed((await llm.status()).available)
  }

  const prober = createPoller({
    work: async () => {
      await teller?.refresh()
      const minute = Math.floor(now() / MINUTE_MS)
      if (watched && minute !== lastLook)
        topAttackers = await watched.topAttackers().catch(() => topAttackers)
      if (minute !== lastLook) routes.tell()
      lastLook = minute
      await probeLlm()
      if (options.reviewWeekly && leadership.isLeader()) await sendReview()
    },
    pauseMs: options.intervalMs,
    onError: (error) => opsLog.warning('The LLM probe failed', { cause: (error as Error).message }),
  })

  return {
    metrics,
    requestCompleted(route, status, milliseconds) {
      listener.requestCompleted(route, status, milliseconds)
      routes.add(route, status, milliseconds)
    },
    listener,
    isLeader: leadership.isLeader,
    slos,
    llm,
    operations,
    goldenSignals: createGoldenSignalReader({
      store: reader,
      replicas: { live },
      alertQueueDepth: countAlertQueue,
      flush: recorder.flush,
      now,
    }),
    review,
    start(given) {
      watched = given
      replica = startReplica({
        id: instanceId,
        host: hostname(),
        store: createReplicaStore(database.maintenance),
        recorder,
        isLeader: leadership.isLeader,
        pools: database.use,
        memory: memoryUse,
        ingestQueueRows: given.ingestQueueRows,
        diskFreeBytes: given.diskFreeBytes,
        log: logging('backend.services.signals'),
        now,
        pauseMs: options.intervalMs,
      })
      const started = replica
      teller = createDirectTeller({ channels: given.operationalChannels, send: given.send, log: opsLog, now })
      const told = teller
      evaluator = startOpsEvaluator({
        rules,
        read: createSignalReader({
          store,
          isDatabaseReachable: database.isReachable,
          alertQueueDepth: given.countAlertQueue,
          memoryShare: started.memoryShare,
          slos,
        }),
        store: operationsStore,
        leadership,
        isDatabaseReachable: database.isReachable,
        tellDirectly: told.tell,
        onEvaluated: createHeartbeat({ url: options.heartbeatUrl, log: opsLog, now }),
        runbookUrl,
        log: opsLog,
        now,
        pauseMs: options.intervalMs,
      })
      metrics.observe({
        ...given,
        topAttackers: () => topAttackers,
        pools: database.use,
        memory: memoryUse,
        aiAvailable: llm.lastAvailable,
        firingAlerts: () => evaluator?.firing().map(({ name }) => name) ?? [],
      })
      prober.wake()
    },
    async stop() {
      await Promise.all([evaluator?.stop(), prober.stop()])
      await replica?.stop()
      await leadership.stop()
      await metrics.shutdown()
    },
  }
}
