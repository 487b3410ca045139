import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HealthReview, Notice } from '@eviltwin/contract'
import type { Sender } from './channels/sender.js'
import { createGoldenSignalReader, type GoldenSignalReader } from './observability/golden-signals.js'
import { createLlmProbe, type LlmProbe } from './observability/llm-probe.js'
import type { Log } from './observability/log.js'
import { memoryUse } from './observability/memory.js'
import { createMetrics, type Metrics } from './observability/metrics.js'
import { type Replica, startReplica } from './observability/replica.js'
import { createRouteSummary } from './observability/route-summary.js'
import { createSignalListener, type SignalListener } from './observability/signal-listener.js'
import { createSignalRecorder } from './observability/signals/recorder.js'
import { loadObjectives } from './observability/slo/load-objectives.js'
import { createSloReader, type SloReader } from './observability/slo/slo-reader.js'
import type { Telemetry } from './observability/telemetry.js'
import { type OpsEvaluator, startOpsEvaluator } from './operations/evaluator.js'
import { loadRules } from './operations/load-rules.js'
import { createOperations, type Operations } from './operations/operations.js'
import type { OpsRule } from './operations/rules.js'
import { createSignalReader } from './operations/signals.js'
import { createPoller } from './poller.js'
import { reviewMarkdown } from './review/markdown.js'
import { createReviewer } from './review/review.js'
import type { StoredChannel } from './store/channels.js'
import type { Database } from './store/database.js'
import { createOperationsStore } from './store/operations.js'
import { createReplicaStore } from './store/replicas.js'
import { createSignalStore } from './store/signals.js'

/** How the platform watches itself. */
export interface Observing {
  metrics: Metrics
  /** Hears of every request that was answered. */
  requestCompleted(route: string, status: number, milliseconds: number): void
  listener: Pick<SignalListener, 'alertDelivered'>
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
const HOUR_MS = 60 * MINUTE_MS
const WEEK_MS = 7 * 24 * HOUR_MS
const REVIEW_HOUR_MS = 6 * HOUR_MS
const REVIEW_DAYS = 7
/** 1970-01-05, the first Monday of the epoch. */
const FIRST_MONDAY_MS = 4 * 24 * HOUR_MS
const HEARTBEAT_TIMEOUT_MS = 5_000
const DIRECT_ATTEMPTS = 3

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
  let channels: readonly StoredChannel[] = []
  let topAttackers: ReadonlyArray<{ source_ip: string; events: number }> = []
  let lastProbe = 0
  let lastLook = 0
  let lastHeartbeat = 0
  let reviewedWeek = 0

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

  /** Once a minute, on the replica that leads: one slice of availability. */
  async function probeLlm(): Promise<void> {
    const minute = Math.floor(now() / MINUTE_MS)
    if (!llm.isConfigured || !leadership.isLeader() || minute === lastProbe) return
    lastProbe = minute
    listener.aiProbed((await llm.status()).available)
  }

  /** Every Monday at six, once whichever replica leads then. */
  async function sendReview(): Promise<void> {
    const monday = mondayOf(now())
    if (
      !options.reviewWeekly ||
      !leadership.isLeader() ||
      monday === reviewedWeek ||
      now() < monday + REVIEW_HOUR_MS
    )
      return
    const answers = await review(REVIEW_DAYS)
    await operationsStore.sendReview(
      new Date(monday),
      {
        kind: 'review',
        from: answers.from,
        to: answers.to,
        findings: answers.findings,
        markdown: reviewMarkdown(answers),
      },
      new Date(now()),
    )
    reviewedWeek = monday
  }

  /** Tells a dead-man's switch elsewhere that the evaluator lives; its silence is the alert that we cannot send ourselves. */
  function heartbeat(): void {
    const { heartbeatUrl } = options
    if (heartbeatUrl === undefined || now() - lastHeartbeat < MINUTE_MS) return
    lastHeartbeat = now()
    fetch(heartbeatUrl, { method: 'POST', signal: AbortSignal.timeout(HEARTBEAT_TIMEOUT_MS) }).then(
      (response) => response.body?.cancel(),
      (error: Error) => opsLog.warning('The heartbeat could not be sent', { cause: error.message }),
    )
  }

  async function tellDirectly(notices: readonly Notice[]): Promise<void> {
    const send = watched?.send
    if (!send) return
    await Promise.all(
      channels.flatMap((channel) => notices.map((notice) => tryToSend(send, channel, notice))),
    )
  }

  async function tryToSend(send: Sender, channel: StoredChannel, notice: Notice): Promise<void> {
    for (let attempt = 1; attempt <= DIRECT_ATTEMPTS; attempt += 1) {
      try {
        await send(channel, `${instanceId}-${now()}`, notice)
        return
      } catch (error) {
        opsLog.warning('Notice not delivered', {
          channel_id: channel.id,
          attempt,
          cause: (error as Error).message,
        })
        await sleep(2 ** attempt * 500 * (0.5 + Math.random() / 2))
      }
    }
  }

  const prober = createPoller({
    work: async () => {
      // What is needed while the database is away has to be known before.
      if (watched) channels = await watched.operationalChannels().catch(() => channels)
      const minute = Math.floor(now() / MINUTE_MS)
      if (watched && minute !== lastLook)
        topAttackers = await watched.topAttackers().catch(() => topAttackers)
      if (minute !== lastLook) routes.tell()
      lastLook = minute
      await probeLlm()
      await sendReview()
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
        tellDirectly,
        onEvaluated: heartbeat,
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

/** Midnight (UTC) of the Monday of a week. */
function mondayOf(ms: number): number {
  return ms - ((ms - FIRST_MONDAY_MS) % WEEK_MS)
}
