import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import Fastify from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { AlertPolicies } from './features/alerts/alert-policies.js'
import type { Alerts } from './features/alerts/alerts.js'
import { type AlertFeedRouteOptions, alertFeedRoutes } from './features/alerts/feed-routes.js'
import { alertRoutes } from './features/alerts/routes.js'
import type { Tickets } from './features/alerts/tickets.js'
import { attackerRoutes } from './features/attackers/routes.js'
import type { AttackerReader } from './features/attackers/store.js'
import { enforceAccess } from './features/auth/access.js'
import type { Accounts } from './features/auth/accounts.js'
import { apiKeyRoutes } from './features/auth/api-key-routes.js'
import type { ApiKeys } from './features/auth/api-keys.js'
import type { Logins } from './features/auth/logins.js'
import { authRoutes } from './features/auth/routes.js'
import { userRoutes } from './features/auth/user-routes.js'
import { type CanaryRouteOptions, canaryRoutes } from './features/canary/routes.js'
import type { Indicators } from './features/indicators/indicators.js'
import { feedRoutes } from './features/indicators/routes.js'
import { hecRoutes } from './features/ingest/hec-routes.js'
import { createIntake, type IntakeOptions } from './features/ingest/intake.js'
import { ingestRoutes } from './features/ingest/log-routes.js'
import type { Quarantine } from './features/ingest/quarantine.js'
import { quarantineRoutes } from './features/ingest/quarantine-routes.js'
import type { Channels } from './features/notifications/channels.js'
import { channelRoutes } from './features/notifications/routes.js'
import { type OperationsRouteOptions, operationsRoutes } from './features/operations/routes.js'
import { dashboardRoutes } from './features/overview/routes.js'
import type { DashboardReader } from './features/overview/store.js'
import type { RetentionPolicy } from './features/retention/policy.js'
import { retentionRoutes } from './features/retention/routes.js'
import { type ScoringRouteOptions, scoringRoutes } from './features/scoring/routes.js'
import { sensorRoutes } from './features/sensors/routes.js'
import type { SensorReader } from './features/sensors/store.js'
import { type SessionRouteOptions, sessionRoutes } from './features/sessions/routes.js'
import type { SessionReader } from './features/sessions/store.js'
import { sloRoutes } from './features/slo/routes.js'
import type { SloReader } from './features/slo/slo-reader.js'
import type { LlmProbe } from './features/triage/llm-probe.js'
import { aiRoutes } from './features/triage/routes.js'
import type { Triages } from './features/triage/triage.js'
import { serveDashboard } from './platform/http/dashboard-files.js'
import { describeApi } from './platform/http/docs.js'
import { type HealthRouteOptions, healthRoutes } from './platform/http/health.js'
import { metricsRoutes } from './platform/http/metrics.js'
import { answerProblems } from './platform/http/problem.js'
import { identifyRequests, type RequestListener, requestId } from './platform/http/request-context.js'
import type { App } from './platform/http/types.js'
import { acceptUpgrades } from './platform/http/upgrades.js'
import type { Logging } from './platform/telemetry/log.js'
import type { Metrics } from './platform/telemetry/metrics.js'

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
