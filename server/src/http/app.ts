import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import Fastify from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { AlertPolicies } from '../alerts/alert-policies.js'
import type { Alerts } from '../alerts/alerts.js'
import type { Tickets } from '../alerts/tickets.js'
import type { Accounts } from '../auth/accounts.js'
import type { ApiKeys } from '../auth/api-keys.js'
import type { Logins } from '../auth/logins.js'
import type { Channels } from '../channels/channels.js'
import type { Indicators } from '../indicators/indicators.js'
import type { LlmProbe } from '../observability/llm-probe.js'
import type { Logging } from '../observability/log.js'
import type { Metrics } from '../observability/metrics.js'
import type { SloReader } from '../observability/slo/slo-reader.js'
import type { Quarantine } from '../pipeline/quarantine.js'
import type { RetentionPolicy } from '../retention.js'
import type { AttackerReader } from '../store/attackers.js'
import type { DashboardReader } from '../store/dashboard.js'
import type { SensorReader } from '../store/sensors.js'
import type { SessionReader } from '../store/sessions.js'
import type { Triages } from '../triage/triage.js'
import { enforceAccess } from './access.js'
import { aiRoutes } from './ai.js'
import { type AlertFeedRouteOptions, alertFeedRoutes } from './alert-feed.js'
import { alertRoutes } from './alerts.js'
import { apiKeyRoutes } from './api-keys.js'
import { attackerRoutes } from './attackers.js'
import { authRoutes } from './auth.js'
import { type CanaryRouteOptions, canaryRoutes } from './canary.js'
import { channelRoutes } from './channels.js'
import { dashboardRoutes } from './dashboard.js'
import { serveDashboard } from './dashboard-files.js'
import { describeApi } from './docs.js'
import { feedRoutes } from './feeds.js'
import { type HealthRouteOptions, healthRoutes } from './health.js'
import { hecRoutes } from './hec.js'
import { ingestRoutes } from './ingest.js'
import { createIntake, type IntakeOptions } from './intake.js'
import { metricsRoutes } from './metrics.js'
import { type OperationsRouteOptions, operationsRoutes } from './operations.js'
import { answerProblems } from './problem.js'
import { quarantineRoutes } from './quarantine.js'
import { identifyRequests, type RequestListener, requestId } from './request-context.js'
import { retentionRoutes } from './retention.js'
import { type ScoringRouteOptions, scoringRoutes } from './scoring.js'
import { sensorRoutes } from './sensors.js'
import { type SessionRouteOptions, sessionRoutes } from './sessions.js'
import { sloRoutes } from './slos.js'
import type { App } from './types.js'
import { acceptUpgrades } from './upgrades.js'
import { userRoutes } from './users.js'

/** Everything the API speaks to. */
export interface Services {
  ingest: Omit<IntakeOptions, 'log'>
  quarantine: Quarantine
  sessions: SessionReader
  attackers: AttackerReader
  dashboard: DashboardReader
  logins: Logins
  accounts: Accounts
  apiKeys: ApiKeys
  alerts: Alerts
  alertPolicies: AlertPolicies
  tickets: Tickets
  alertFeed: AlertFeedRouteOptions
  channels: Channels
  canary: CanaryRouteOptions
  metrics: Metrics
  requests: RequestListener
  slos: SloReader
  llm: LlmProbe
  triages: Triages
  sensors: SensorReader
  retention: RetentionPolicy
  scoring: ScoringRouteOptions['scoring']
  tacticModel: SessionRouteOptions['tacticModel']
  indicators: Indicators
  operations: Omit<OperationsRouteOptions, 'log'>
  health: HealthRouteOptions
}

export interface AppSettings {
  openIngest: boolean
  corsOrigins: string[]
  trustProxy: string[]
  compressFeeds: boolean
  /** How long the cookie of a browser's login lives. */
  refreshDays: number
  now: () => number
}

/** Puts the HTTP API together; it is complete but does not listen. */
export async function createApp(services: Services, settings: AppSettings, logging: Logging): Promise<App> {
  const app = Fastify({
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: settings.trustProxy.length > 0 ? settings.trustProxy : false,
    bodyLimit: 1024 * 1024,
    requestTimeout: 60_000,
    connectionTimeout: 0,
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 128 },
  }).withTypeProvider<ZodTypeProvider>() as unknown as App
  app.setValidatorCompiler(validatorCompiler)
  // Handlers are typed by the response schemas; checking every answer again would only cost time.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))

  await acceptUpgrades(app, settings.compressFeeds)
  identifyRequests(app, logging('backend.middleware.timing'), services.requests)
  answerProblems(app, logging('backend.errors'))
  enforceAccess(app, { ...services, openIngest: settings.openIngest })
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // TLS ends at the operator's proxy, which alone knows whether every host below it has TLS.
    strictTransportSecurity: false,
  })
  if (settings.corsOrigins.length > 0) await app.register(cors, { origin: settings.corsOrigins, maxAge: 600 })

  await app.register(cookie)
  await describeApi(app, services.health.version)
  const ingestLog = logging('backend.routers.ingest')
  const intake = createIntake({ ...services.ingest, log: ingestLog })
  await app.register(ingestRoutes, { ...services.ingest, intake })
  await app.register(hecRoutes, { ...services.ingest, intake, log: ingestLog })
  await app.register(sessionRoutes, services)
  await app.register(attackerRoutes, services)
  await app.register(scoringRoutes, services)
  await app.register(retentionRoutes, services)
  await app.register(sensorRoutes, { sensors: services.sensors, now: settings.now })
  await app.register(dashboardRoutes, { dashboard: services.dashboard, now: settings.now })
  await app.register(alertRoutes, services)
  await app.register(alertFeedRoutes, services.alertFeed)
  await app.register(canaryRoutes, services.canary)
  await app.register(channelRoutes, services)
  await app.register(quarantineRoutes, services)
  await app.register(authRoutes, { ...services, refreshDays: settings.refreshDays })
  await app.register(userRoutes, services)
  await app.register(apiKeyRoutes, services)
  await app.register(healthRoutes, services.health)
  await app.register(metricsRoutes, services)
  await app.register(sloRoutes, services)
  await app.register(aiRoutes, services)
  await app.register(feedRoutes, { indicators: services.indicators, now: settings.now })
  await app.register(operationsRoutes, {
    ...services.operations,
    log: logging('backend.routers.operations'),
  })
  await serveDashboard(app)
  return app
}
