import { v7 as uuidV7 } from 'uuid'
import { type AppOptions, createApp } from './app.js'
import { createAlertsModule } from './features/alerts/index.js'
import { createAttackersModule, openCountries, openNetworks } from './features/attackers/index.js'
import { createAuditModule } from './features/audit/index.js'
import { createAuthModule, type FirstStart } from './features/auth/index.js'
import { createCanaryModule } from './features/canary/index.js'
import { createDecoyShellModule } from './features/decoy-shell/index.js'
import { createDemo } from './features/demo/index.js'
import { createEnrolmentModule, type KeptKey, keepKey } from './features/enrolment/index.js'
import { createEvidenceModule } from './features/evidence/index.js'
import { createForwardingModule, type Spool } from './features/forwarding/index.js'
import { createHpfeedsModule } from './features/hpfeeds/index.js'
import { createIndicatorsModule, loadResearchScanners } from './features/indicators/index.js'
import { createIngestModule, type Ingest } from './features/ingest/index.js'
import { createNotificationsModule } from './features/notifications/index.js'
import { createOperationsModule, loadRules } from './features/operations/index.js'
import { createOverviewModule } from './features/overview/index.js'
import { createRecordingsModule } from './features/recordings/index.js'
import { createRetentionModule } from './features/retention/index.js'
import { createReviewModule } from './features/review/index.js'
import { createScoringModule } from './features/scoring/index.js'
import { createSensorsModule } from './features/sensors/index.js'
import { createSessionsModule } from './features/sessions/index.js'
import { createSetupModule } from './features/setup/index.js'
import { createSeriesModule, createSloModule, lateAlertMs } from './features/slo/index.js'
import {
  createChannelTestModule,
  createSyntheticModule,
  type DecoysOfServer,
  openExpectedRuns,
} from './features/synthetic/index.js'
import { createSyslogModule } from './features/syslog/index.js'
import { createTriageModule } from './features/triage/index.js'
import type { Config } from './platform/config.js'
import type { App } from './platform/http/types.js'
import { createAccessLogModule } from './platform/runtime/access-log.js'
import { createHealthModule } from './platform/runtime/health.js'
import { createMetricsModule } from './platform/runtime/metrics.js'
import type { Module, ModuleContext } from './platform/runtime/module.js'
import { openPlatform, type Platform, type PlatformOptions } from './platform/runtime/platform.js'
import type { Log } from './platform/telemetry/log.js'
import type { Metrics } from './platform/telemetry/metrics/metrics.js'
import { ONE_PROCESS } from './platform/telemetry/metrics/of-workers.js'
import { createTelemetry } from './platform/telemetry/telemetry.js'
import { VERSION } from './platform/version.js'
import { asRemote, type Remote } from './platform/workers/link.js'
import { ALONE } from './platform/workers/place.js'
import { createSharedState, type SharedCalls } from './shared-state.js'

/** The whole server, complete and not yet listening. */
export interface Server {
  app: App
  ingest: Ingest
  firstStart: FirstStart
  /** What this process counted. */
  metrics: Pick<Metrics, 'snapshot'>
  /** Makes sure that a file has a valid key of a sensor that runs on this host. */
  keepKey(key: KeptKey): Promise<void>
  /** Begins the demo's traffic, with DEMO. @param url where the application listens, without a final slash. */
  playDemo(url: string): Promise<void>
  /** Begins the platform's attacks on its own sensors, with SYNTHETIC_ATTACKS. @param url as above. */
  beginAttacks(url: string): Promise<void>
  /** Takes which decoys run beside this server: it attacks them, too. */
  noteDecoys(decoys: DecoysOfServer): void
  /** Answers what was accepted, makes it durable, and lets go of everything. */
  close(): Promise<void>
}

/** What a process has from whoever started it. */
export interface Surroundings extends Pick<PlatformOptions, 'telemetry' | 'place' | 'server' | 'connection'> {
  /** What is counted once for all processes of the server; unset: there is one. */
  shared?: Remote<SharedCalls>
  /** Has the lines of the log for Splunk; null without SPLUNK_HEC_URL. */
  logSpool: Spool | null
}

/** What ends something that was started. */
type Stop = () => Promise<void>

/** Takes a module that was created, and gives it back. */
type AddModule = <M extends Module>(module: M) => M

/** How long requests under way may take once the server closes; the whole stop has 9 s (cli/shutdown.ts). */
const DRAIN_MS = 5_000

/**
 * The composition root: config -> platform -> modules -> application; the only place that knows everything. When a part cannot
 * start, those before it are stopped again. @throws {Error} what kept the part from starting.
 */
export async function composeServer(
  config: Config,
  log: Log,
  now: () => number = Date.now,
  surroundings: Surroundings = {
    telemetry: createTelemetry(undefined, uuidV7(), VERSION),
    place: ALONE,
    server: ONE_PROCESS,
    logSpool: null,
  },
): Promise<Server> {
  const stops: Stop[] = []
  const close = async () => {
    while (stops.length > 0) await stops.pop()?.()
  }
  try {
    const platform = await openPlatform({ config, log, now, ...surroundings })
    stops.push(platform.close)
    const { context, metrics, listener } = platform
    const { modules, audit, auth, alerts, canary, demo, health, ingest, synthetic } = await createModules(
      platform,
      surroundings,
      stops,
    )
    const guard = (application: App) => {
      canary.guard(application)
      demo.guard(application)
      auth.guard(application, alerts.tickets)
      audit.watch(application)
    }
    const app = await createApp(appOptions(context, guard), modules)
    stops.push(async () => {
      health.refuseTraffic()
      await alerts.closeFeeds()
      await drain(app)
    })
    stops.push(demo.stop)
    stops.push(synthetic.end)
    for (const { gauges } of modules) gauges?.(metrics.gauges)
    // Last of what may fail: passwords that it makes are shown once, by the start that succeeds.
    const firstStart = await auth.prepareFirstStart()
    const { admin, keys } = firstStart
    await audit.recordStart({ admin: admin?.username, keys })
    listener.start()
    for (const { start } of modules) await start?.()
    const keepKey = keyKeeper(auth, audit)
    return {
      app,
      ingest,
      firstStart,
      metrics,
      keepKey,
      playDemo: demo.play,
      beginAttacks: synthetic.begin,
      noteDecoys: synthetic.noteDecoys,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function appOptions({ config, log, events }: ModuleContext, guard: AppOptions['guard']): AppOptions {
  return {
    corsOrigins: config.CORS_ORIGINS,
    trustProxy: config.TRUST_PROXY,
    compressFeeds: config.WS_COMPRESSION,
    bodyIdleMs: config.BODY_IDLE_SECONDS * 1000,
    version: VERSION,
    logging: log.logging,
    publish: events.publish,
    guard,
  }
}

/** Every feature in the order in which it is created; `stops` takes what ends each, and is called from its end. */
async function createModules(
  { context, metrics }: Platform,
  { logSpool, server, shared = ownState(context) }: Surroundings,
  stops: Stop[],
) {
  const { modules, add } = collectModules(stops)
  const { countryOf, locate } = openLocations(context.config)

  // What may be configured wrongly comes first: nothing has begun yet.
  add(createAccessLogModule(context))
  const series = add(await createSeriesModule(context))
  const rules = await loadRules(series.objectives)
  const isResearchScanner = await loadResearchScanners()
  const audit = add(createAuditModule(context))
  const auth = add(createAuthModule({ ...context, limits: shared }))
  const { users, apiKeys } = auth
  const lateAfterMs = lateAlertMs(series.objectives)
  const alerts = add(
    await createAlertsModule({ ...context, users, feedQuota: shared, isResearchScanner, lateAfterMs }),
  )
  const notifications = add(createNotificationsModule(context))
  const scoring = add(await createScoringModule(context))
  const retention = add(createRetentionModule({ ...context, apiKeys }))
  const expected = openExpectedRuns(context)
  const ingestModule = add(
    await createIngestModule({
      ...context,
      scorer: scoring.scorer,
      syntheticRuns: expected,
      acknowledgements: shared,
      countryOf,
      storageProblem: retention.storageProblem,
      keyBindings: { bind: apiKeys.bindFirst, of: apiKeys.bindings },
      identifyKey: apiKeys.identify,
    }),
  )
  const { ingest, limits, connectors } = ingestModule
  add(createSyslogModule({ ...context, connectors, limits }))
  const hpfeeds = add(createHpfeedsModule({ ...context, connectors, limits }))
  const { reader: sessions } = add(createSessionsModule({ ...context, tacticModel: scoring.tacticModel }))
  add(createAttackersModule({ ...context, locate }))
  const { sensors, canary, synthetic, evidence, failedChannelTests } = createDeception(context, add, {
    auth,
    alerts,
    testMessages: notifications.testMessages,
    retention,
    ingestModule,
    sessions,
    expected,
    visits: shared,
  })
  const demo = await createDemo({ ...context, apiKeys, tokens: canary.tokens })
  add(createTriageModule({ ...context, sessions, isResearchScanner }))
  add(await createIndicatorsModule(context))
  const watched = {
    ...{ series, rules, auth, alerts, notifications, scoring, retention, sensors, ingestModule },
    forgedMarkers: synthetic.forgedMarkers,
    evidence,
  }
  const health = createOversight(context, add, {
    ...watched,
    failedChannelTests,
    hpfeeds,
    auditStore: audit.store,
    logSpool,
    uptimeSeconds: server.uptimeSeconds,
  })
  add(createMetricsModule(metrics, context.config.METRICS_OPEN))
  return { modules, audit, auth, alerts, canary, demo, health, ingest, synthetic }
}

/** What deception uses. */
interface Deceiving {
  auth: ReturnType<typeof createAuthModule>
  alerts: Awaited<ReturnType<typeof createAlertsModule>>
  testMessages: ReturnType<typeof createNotificationsModule>['testMessages']
  retention: ReturnType<typeof createRetentionModule>
  ingestModule: Awaited<ReturnType<typeof createIngestModule>>
  sessions: ReturnType<typeof createSessionsModule>['reader']
  expected: ReturnType<typeof openExpectedRuns>
  visits: Remote<SharedCalls>
}

/** Sensors, what they send beside events, canary tokens, and the proof that all of it works. */
function createDeception(
  context: ModuleContext,
  add: AddModule,
  { auth, alerts, testMessages, retention, ingestModule, sessions, expected, visits }: Deceiving,
) {
  const { apiKeys } = auth
  const { ingest, limits } = ingestModule
  const { storageProblem, days: retentionDays } = retention
  const sensors = add(createSensorsModule({ ...context, storageProblem }))
  add(createEnrolmentModule({ ...context, apiKeys }))
  add(createOverviewModule(context))
  const canary = add(createCanaryModule({ ...context, ingest, limits, visits, storageProblem }))
  const { sourceOfEvidence } = expected
  add(createRecordingsModule({ ...context, apiKeys, sessions, sourceOfEvidence, storageProblem }))
  const evidence = add(
    createEvidenceModule({ ...context, apiKeys, sourceOfEvidence, storageProblem, retentionDays }),
  )
  add(createDecoyShellModule({ ...context, apiKeys }))
  const { expectedSensors } = sensors
  const issueTicket = alerts.tickets.issueService
  const synthetic = add(
    createSyntheticModule({ ...context, expected, ingest, apiKeys, issueTicket, expectedSensors }),
  )
  const { idleBecause } = synthetic
  const { failedTests } = add(createChannelTestModule({ ...context, messages: testMessages, idleBecause }))
  return { sensors, canary, synthetic, evidence, failedChannelTests: failedTests }
}

/** Modules in the order in which they are added. @param stops takes what ends each. */
function collectModules(stops: Stop[]): { modules: readonly Module[]; add: AddModule } {
  const modules: Module[] = []
  return {
    modules,
    add(module) {
      modules.push(module)
      if (module.stop) stops.push(module.stop)
      return module
    },
  }
}

function openLocations({ GEO_DATABASE, ASN_DATABASE }: Config) {
  const countryOf = openCountries(GEO_DATABASE)
  const networkOf = openNetworks(ASN_DATABASE)
  return { countryOf, locate: (ip: string) => ({ country: countryOf(ip), ...networkOf(ip) }) }
}

/** What oversight watches. */
interface Watched {
  series: Awaited<ReturnType<typeof createSeriesModule>>
  rules: Awaited<ReturnType<typeof loadRules>>
  auth: ReturnType<typeof createAuthModule>
  alerts: Awaited<ReturnType<typeof createAlertsModule>>
  notifications: ReturnType<typeof createNotificationsModule>
  scoring: Awaited<ReturnType<typeof createScoringModule>>
  retention: ReturnType<typeof createRetentionModule>
  sensors: ReturnType<typeof createSensorsModule>
  failedChannelTests: ReturnType<typeof createChannelTestModule>['failedTests']
  ingestModule: Awaited<ReturnType<typeof createIngestModule>>
  forgedMarkers: ReturnType<typeof createSyntheticModule>['forgedMarkers']
  evidence: ReturnType<typeof createEvidenceModule>
  hpfeeds: ReturnType<typeof createHpfeedsModule>
  auditStore: ReturnType<typeof createAuditModule>['store']
  logSpool: Spool | null
  uptimeSeconds: () => number
}

/** What watches the platform itself and states how it is: objectives, operational alerts, reviews, the first steps, forwarding, health. */
function createOversight(
  context: ModuleContext,
  add: AddModule,
  {
    series,
    rules,
    auth,
    alerts,
    notifications,
    scoring,
    retention,
    sensors,
    failedChannelTests,
    ingestModule,
    forgedMarkers,
    evidence,
    hpfeeds,
    auditStore,
    logSpool,
    uptimeSeconds,
  }: Watched,
) {
  const { countQueue: countAlertQueue, queueDepth: alertQueueDepth } = alerts
  const { quarantine, totals, connectors } = ingestModule
  const { queueDepth: ingestQueueRows } = ingestModule.ingest
  const slo = add(
    createSloModule({
      ...context,
      series,
      countAlertQueue,
      ingestQueueRows,
      diskFreeBytes: retention.diskFreeBytes,
    }),
  )
  const operations = add(
    createOperationsModule({
      ...context,
      rules,
      slo,
      countAlertQueue,
      notifications,
      failedChannelTests,
      refusedKeys: auth.refusedKeys,
      mismatchingKeys: auth.mismatchingKeys,
      sensors,
      forgedMarkers,
      quarantine,
    }),
  )
  add(createReviewModule({ ...context, slo, operations, notifications }))
  add(createSetupModule(context))
  add(createForwardingModule({ ...context, logSpool, audit: auditStore }))
  const { isReachable: isDatabaseReachable } = context.database
  const parts = [quarantine, totals, connectors, hpfeeds, evidence]
  const degradations = () =>
    [retention.storageProblem() ?? [], parts.flatMap((part) => part.problems())].flat()
  return add(
    createHealthModule({
      isDatabaseReachable,
      alertQueueDepth,
      isModelLoaded: scoring.isModelLoaded,
      degradations,
      demo: context.config.DEMO,
      uptimeSeconds,
    }),
  )
}

/** What a server of one process counts. */
function ownState({ config, now }: ModuleContext): Remote<SharedCalls> {
  return asRemote(createSharedState(config, now).of(ALONE.slot))
}

/** What is made is in the audit log, as the keys of a first start are. */
function keyKeeper(
  { apiKeys }: ReturnType<typeof createAuthModule>,
  audit: ReturnType<typeof createAuditModule>,
): Server['keepKey'] {
  return async (key) => {
    if (await keepKey(apiKeys, key)) await audit.recordStart({ keys: [key.name] })
  }
}

/** Browsers open connections ahead, and Node waits for their first request. */
async function drain(app: App): Promise<void> {
  const forceClose = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS)
  await app.close()
  clearTimeout(forceClose)
}
