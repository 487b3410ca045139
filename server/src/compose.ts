import { v7 as uuidV7 } from 'uuid'
import { createApp } from './app.js'
import { startAlerting } from './features/alerts/module.js'
import { openCountries, openNetworks } from './features/attackers/geo.js'
import { createAttackerReader } from './features/attackers/store.js'
import { createAccessTokens } from './features/auth/access-tokens.js'
import { createAccounts } from './features/auth/accounts.js'
import { createApiKeyStore } from './features/auth/api-key-store.js'
import { createApiKeys } from './features/auth/api-keys.js'
import { type FirstStart, prepareFirstStart } from './features/auth/first-start.js'
import { createLoginLimits } from './features/auth/login-limits.js'
import { createLogins } from './features/auth/logins.js'
import { createPasswords } from './features/auth/passwords.js'
import { createTokenStore } from './features/auth/token-store.js'
import { createUserStore } from './features/auth/user-store.js'
import { createCanaryIntake } from './features/canary/canary-intake.js'
import { createCanaryTokenStore } from './features/canary/store.js'
import { createCanaryTokens } from './features/canary/tokens.js'
import { startForwarder } from './features/forwarding/forwarder.js'
import { createHecClient } from './features/forwarding/hec-client.js'
import type { Spool } from './features/forwarding/spool.js'
import { createForwardStore } from './features/forwarding/store.js'
import { createIndicators } from './features/indicators/indicators.js'
import { createIndicatorStore } from './features/indicators/store.js'
import { createIngest, type Ingest } from './features/ingest/ingest.js'
import { createQuarantine } from './features/ingest/quarantine.js'
import { createQuarantineStore } from './features/ingest/quarantine-store.js'
import { createIngestStore } from './features/ingest/store.js'
import { createDashboardReader } from './features/overview/store.js'
import { startMaintenance } from './features/retention/maintenance.js'
import { createRetentionPolicy } from './features/retention/policy.js'
import { createRetentionSettingStore } from './features/retention/retention-setting.js'
import { startJudging } from './features/scoring/models/judging.js'
import { createScoringStore } from './features/scoring/store.js'
import { createSensorReader } from './features/sensors/store.js'
import { createSessionReader } from './features/sessions/store.js'
import { createLlm } from './features/triage/llm.js'
import { createTriages } from './features/triage/triage.js'
import { createObserving } from './observing.js'
import type { Config } from './platform/config.js'
import type { App } from './platform/http/types.js'
import { openStore } from './platform/postgres/open.js'
import { ensurePartitions } from './platform/postgres/partitions.js'
import { createSeal } from './platform/seal.js'
import type { Log } from './platform/telemetry/log.js'
import { createTelemetry, type Telemetry } from './platform/telemetry/telemetry.js'
import { traceOf } from './platform/telemetry/trace-context.js'
import { VERSION } from './platform/version.js'

/** The whole platform, complete and not yet listening. */
export interface Platform {
  app: App
  ingest: Ingest
  firstStart: FirstStart
  /** Answers what was accepted, makes it durable, and lets go of everything. */
  close(): Promise<void>
}

/** Where the log and the telemetry of this process go beside stdout. */
export interface Outlets {
  telemetry: Telemetry
  /** Takes the lines of the log for Splunk; null without SPLUNK_HEC_URL. */
  logSpool: Spool | null
}

/** How long requests under way may take once the platform closes. */
const DRAIN_MS = 10_000

/** What ends something that was started. */
type Stop = () => Promise<void>

/**
 * Starts everything but listening. When a part cannot start, those before it are stopped again.
 * @throws {Error} what kept the part from starting.
 */
export async function createPlatform(
  config: Config,
  platformLog: Log,
  now: () => number = Date.now,
  outlets: Outlets = { telemetry: createTelemetry(undefined, uuidV7(), VERSION), logSpool: null },
): Promise<Platform> {
  const stops: Stop[] = []
  const close = async () => {
    while (stops.length > 0) await stops.pop()?.()
  }
  try {
    const parts = await assemble(config, platformLog, now, outlets, (stop) => stops.push(stop))
    return { ...parts, close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * The composition root: config -> store -> services -> app. The only place that knows everything.
 * @param onStop takes what stops each part that was started; the last one started is to stop first.
 */
async function assemble(
  config: Config,
  platformLog: Log,
  now: () => number,
  outlets: Outlets,
  onStop: (stop: Stop) => void,
): Promise<Omit<Platform, 'close'>> {
  const { logging } = platformLog
  const { telemetry, logSpool } = outlets
  const countryOf = openCountries(config.GEO_DATABASE)
  const networkOf = openNetworks(config.ASN_DATABASE)
  const databaseUrl = config.DATABASE_URL
  const { database, close: closeStore } = await openStore(
    { databaseUrl, dataDir: config.DATA_DIR, now },
    logging,
  )
  onStop(closeStore)

  const users = createUserStore(database.app)
  const tokens = createTokenStore(database.app)
  const passwords = createPasswords()
  const accessTokens = createAccessTokens(config.SECRET_KEY, config.ACCESS_TOKEN_MINUTES * 60)
  const limits = createLoginLimits()
  const log = logging('backend.routers.auth')
  const logins = createLogins({
    users,
    tokens,
    passwords,
    accessTokens,
    limits,
    log,
    now,
    refreshDays: config.REFRESH_TOKEN_DAYS,
  })
  const accounts = createAccounts(users, tokens, passwords, now)
  const apiKeys = createApiKeys(createApiKeyStore(database.app), now)

  const observing = await createObserving({
    database,
    log: platformLog,
    telemetry,
    instanceId: uuidV7(),
    now,
    publicUrl: config.PUBLIC_URL,
    sloDir: config.SLO_DIR,
    heartbeatUrl: config.HEARTBEAT_URL,
    reviewWeekly: config.REVIEW_WEEKLY,
    instrumented: config.INSTRUMENTATION,
    intervalMs: config.OPERATIONS_INTERVAL_SECONDS * 1000,
    llm: {
      baseUrl: config.LLM_BASE_URL,
      apiKey: config.LLM_API_KEY,
      model: config.LLM_MODEL,
      timeoutMs: config.LLM_TIMEOUT_MS,
    },
  })
  onStop(observing.stop)
  const { metrics, listener } = observing
  const seal = createSeal(config.SECRET_KEY)
  const alerting = await startAlerting({
    database,
    users,
    seal,
    metrics,
    listener,
    telemetry,
    logging,
    now,
    publicUrl: config.PUBLIC_URL,
    allowedNetworks: config.OUTBOUND_ALLOWED_NETWORKS,
    heartbeatSeconds: config.WS_HEARTBEAT_SECONDS,
  })
  onStop(alerting.stop)

  const scoreLog = logging('backend.services.threat_scorer')
  const judging = await startJudging({
    store: createScoringStore(database.maintenance),
    logging,
    now,
    isLeader: observing.isLeader,
    threatModelFile: config.THREAT_MODEL_FILE,
  })
  onStop(judging.stop)
  const databaseLog = logging('backend.database')
  const ingest = createIngest({
    store: createIngestStore(database.ingest),
    ensurePartitions: () => ensurePartitions(database.maintenance, now()),
    scorer: judging.scorer,
    countryOf,
    observer: {
      sessionScored: (
        { id, source_ip, sensor_id, threat_score, threat_level, scorer: scored_by },
        { request_id, traceparent },
      ) => {
        scoreLog.info('Score computed', {
          request_id,
          ...traceOf(traceparent),
          session_id: id,
          source_ip,
          sensor_id,
          threat_score,
          threat_level,
          scored_by,
        })
      },
      escalated: alerting.manager.wake,
      commitRetried: (error, attempt) =>
        databaseLog.warning('Commit retried', { attempt, cause: (error as Error).message }),
    },
    now,
    maxQueuedRows: config.INGEST_MAX_QUEUED_EVENTS,
  })
  onStop(ingest.drain)
  const readLimits = {
    maxRecords: config.INGEST_MAX_RECORDS,
    maxDepth: 64,
    maxRecordBytes: config.INGEST_MAX_RECORD_BYTES,
  }
  const quarantineStore = createQuarantineStore(database.app)
  const quarantine = createQuarantine(quarantineStore, ingest, readLimits)

  const firstStart = await prepareFirstStart({ users, accounts, apiKeys, config })
  const retention = createRetentionPolicy({
    store: createRetentionSettingStore(database.app),
    environmentDays: config.RETENTION_DAYS,
    bounds: {
      quarantine_max_bytes: config.QUARANTINE_MAX_BYTES,
      min_free_disk_bytes: config.MIN_FREE_DISK_BYTES,
      embedded_database: databaseUrl === undefined,
    },
    log: logging('backend.maintenance'),
    now,
  })
  const maintenance = startMaintenance({
    database,
    quarantine: quarantineStore,
    apiKeys,
    log: logging('backend.maintenance'),
    now,
    retention,
    quarantineMaxBytes: config.QUARANTINE_MAX_BYTES,
    dataDir: databaseUrl === undefined ? config.DATA_DIR : undefined,
    minFreeDiskBytes: config.MIN_FREE_DISK_BYTES,
  })
  onStop(maintenance.stop)

  const canaryTokens = createCanaryTokens({
    store: createCanaryTokenStore(database.app),
    seal,
    publicUrl: config.PUBLIC_URL,
    now,
  })
  const canaryLog = logging('backend.routers.canary')
  const canaryIntake = createCanaryIntake({
    ingest,
    log: canaryLog,
    now,
    newId: uuidV7,
    limits: readLimits,
    secret: config.CANARY_WEBHOOK_SECRET,
    toleranceSeconds: config.CANARY_WEBHOOK_TOLERANCE_SECONDS,
  })

  const dashboard = createDashboardReader(database.app)
  const sessions = createSessionReader(database.app, now)
  const triages = createTriages({
    sessions,
    llm:
      config.LLM_BASE_URL === undefined
        ? null
        : createLlm({
            provider: config.LLM_PROVIDER,
            baseUrl: config.LLM_BASE_URL,
            apiKey: config.LLM_API_KEY,
            model: config.LLM_MODEL,
            timeoutMs: config.LLM_TIMEOUT_MS,
            prices: { input: config.LLM_INPUT_PRICE, output: config.LLM_OUTPUT_PRICE },
          }),
    listener: {
      asked: metrics.analysisAsked,
      analyzed(byLlm, milliseconds) {
        if (byLlm) metrics.sessionAnalyzed(milliseconds)
        listener.aiAnalyzed(byLlm)
      },
      chatted: metrics.chatTurn,
      unavailable: metrics.aiUnavailable,
      used: metrics.llmUsed,
      dropped: metrics.triageDropped,
    },
    log: logging('backend.services.llm_service'),
    now,
  })
  const { SPLUNK_HEC_URL, SPLUNK_HEC_TOKEN } = config
  const forwarder =
    logSpool && SPLUNK_HEC_URL !== undefined && SPLUNK_HEC_TOKEN !== undefined
      ? startForwarder({
          send: createHecClient(SPLUNK_HEC_URL, SPLUNK_HEC_TOKEN),
          spool: logSpool,
          events: createForwardStore(database.maintenance),
          isLeader: observing.isLeader,
          metrics,
          log: logging('backend.services.forwarder'),
          now,
        })
      : null
  if (forwarder) onStop(forwarder.stop)

  let accepting = true
  const app = await createApp(
    {
      ingest: {
        ingest,
        storageProblem: maintenance.storageProblem,
        limits: {
          ...readLimits,
          maxBodyBytes: config.INGEST_MAX_BODY_BYTES,
          maxDecompressedBytes: config.INGEST_MAX_DECOMPRESSED_BYTES,
          maxBytesInFlight: config.INGEST_MAX_BYTES_IN_FLIGHT,
        },
      },
      quarantine,
      sessions,
      attackers: createAttackerReader(database.app, (ip) => ({ country: countryOf(ip), ...networkOf(ip) })),
      dashboard,
      sensors: createSensorReader(database.app),
      retention,
      scoring: judging,
      logins,
      accounts,
      apiKeys,
      alerts: alerting.alerts,
      alertPolicies: alerting.alertPolicies,
      tickets: alerting.tickets,
      channels: alerting.channels,
      alertFeed: {
        liveFeed: alerting.liveFeed,
        tickets: alerting.tickets,
        heartbeatSeconds: config.WS_HEARTBEAT_SECONDS,
      },
      canary: {
        tokens: canaryTokens,
        intake: canaryIntake,
        log: canaryLog,
        storageProblem: maintenance.storageProblem,
      },
      metrics,
      requests: {
        requestCompleted({ method, route, status, milliseconds, trace }) {
          if (!config.INSTRUMENTATION) return
          observing.requestCompleted(`${method} ${route}`, status, milliseconds)
          const { trace_id, span_id, parent_id } = trace
          metrics.requestCompleted({ method, route, status, milliseconds, trace_id })
          telemetry.recordSpan({
            name: `${method} ${route}`,
            kind: 'server',
            parent: parent_id === null ? null : { trace_id, span_id: parent_id },
            own: { trace_id, span_id },
            startMs: Date.now() - milliseconds,
            endMs: Date.now(),
            attributes: {
              'http.request.method': method,
              'http.route': route,
              'http.response.status_code': status,
            },
            failed: status >= 500,
          })
        },
      },
      slos: observing.slos,
      llm: observing.llm,
      triages,
      tacticModel: judging.tacticModel,
      indicators: createIndicators({ sessions, store: createIndicatorStore(database.app), now }),
      operations: {
        operations: observing.operations,
        goldenSignals: observing.goldenSignals,
        review: observing.review,
        levels: platformLog,
      },
      health: {
        isDatabaseReachable: database.isReachable,
        alertQueueDepth: alerting.manager.queueDepth,
        isModelLoaded: judging.isModelLoaded,
        isAccepting: () => accepting,
        version: VERSION,
      },
    },
    {
      openIngest: config.INGEST_AUTH === 'none',
      corsOrigins: config.CORS_ORIGINS,
      trustProxy: config.TRUST_PROXY,
      compressFeeds: config.WS_COMPRESSION,
      refreshDays: config.REFRESH_TOKEN_DAYS,
      now,
    },
    logging,
  )

  onStop(async () => {
    accepting = false
    await alerting.closeFeeds()
    // Browsers open connections ahead, and Node waits for their first request.
    const hurry = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS)
    await app.close()
    clearTimeout(hurry)
  })

  observing.start({
    ingestQueueRows: ingest.queueDepth,
    alertQueueDepth: alerting.manager.queueDepth,
    countAlertQueue: alerting.countQueue,
    liveFeedClients: alerting.liveFeed.clientCount,
    pendingDeliveries: alerting.dispatcher.pending,
    diskFreeBytes: maintenance.diskFreeBytes,
    scoringDrift: judging.lastDrift,
    isModelLoaded: judging.isModelLoaded,
    topAttackers: async () =>
      (await dashboard.topAttackers(new Date(now()), { hours: 24, limit: 20, by: 'events' })).items,
    operationalChannels: alerting.operationalChannels,
    send: alerting.send,
  })

  return { app, ingest, firstStart }
}
