import type { FastifyInstance } from 'fastify'
import { v7 as uuidV7 } from 'uuid'
import { createAddressGuard } from '../../platform/outbound/address-guard.js'
import { createOutboundHttp } from '../../platform/outbound/outbound-http.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { createSeal } from '../../platform/seal.js'
import type { Remote } from '../../platform/workers/link.js'
import type { Ingest, ReadLimits } from '../ingest/index.js'
import { createBaseUrlCheck } from './base-url-check.js'
import { hideBehindCanaries } from './canary-host.js'
import { createCanaryIntake } from './canary-intake.js'
import { createDnsModule } from './dns/module.js'
import { recordMalformedVisits } from './malformed-visits.js'
import { canaryRoutes } from './routes.js'
import { createCanaryTokenStore } from './store.js'
import { type CanaryTokens, createCanaryTokens } from './tokens.js'
import { createUnstoredVisits } from './unstored-visits.js'
import type { VisitBudget } from './visit-budget.js'

export interface CanaryModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'log' | 'now' | 'place'> {
  ingest: Ingest
  limits: ReadLimits
  visits: Remote<VisitBudget>
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
}

/** Canary tokens, and every way in which a touch of one is reported. */
export interface CanaryModule extends Module {
  tokens: CanaryTokens
  /** Hides everything but canaries from who does not name this server, and sees malformed visits. Must come before every hook that answers. */
  guard(app: FastifyInstance): void
}

export function createCanaryModule(options: CanaryModuleOptions): CanaryModule {
  const { config, database, events, now, ingest, limits, visits, storageProblem } = options
  const { publish } = events
  const log = options.log.logging('backend.routers.canary')
  const store = createCanaryTokenStore(database.app)
  const tokens = createCanaryTokens({
    store,
    seal: createSeal(config.SECRET_KEY),
    publicUrl: config.PUBLIC_URL,
    canaryUrl: config.CANARY_URL,
    dnsZone: config.CANARY_DNS_PORT === undefined ? null : (config.CANARY_DNS_ZONE ?? null),
    now,
  })
  let countedVisitors = 0
  const unstored = createUnstoredVisits(store, publish)
  const onError = (error: unknown) =>
    log.warning('Visits beyond the limit cannot be written; trying again', {
      cause: (error as Error).message,
    })
  const intake = createCanaryIntake({
    ingest,
    publish,
    now,
    newId: uuidV7,
    limits,
    async isWithinLimits(visit) {
      const { isWithin, counted } = await visits.takeVisit(visit)
      countedVisitors = counted
      return isWithin
    },
    unstored,
    storageProblem,
    secret: config.CANARY_WEBHOOK_SECRET,
    toleranceSeconds: config.CANARY_WEBHOOK_TOLERANCE_SECONDS,
  })
  const http = createOutboundHttp(createAddressGuard(config.OUTBOUND_ALLOWED_NETWORKS))
  const urlCheck = createBaseUrlCheck({
    canaryUrl: config.CANARY_URL,
    secretKey: config.SECRET_KEY,
    get: http.get,
    now,
  })
  const dns = createDnsModule({ ...options, tokens, intake })
  let poller: Poller | undefined
  return {
    tokens,
    guard(app) {
      const { CANARY_URL: canaryUrl, PUBLIC_URL: publicUrl, ALLOWED_HOSTS: allowedHosts } = config
      hideBehindCanaries(app, { canaryUrl, publicUrl, allowedHosts })
      recordMalformedVisits(app)
    },
    async routes(app) {
      await app.register(canaryRoutes, { tokens, intake, publish, storageProblem, urlCheck })
    },
    gauges({ gauge }) {
      gauge(
        {
          name: 'eviltwin.canary.counted_visitors',
          description:
            'Canaries and addresses that the limits of visits count in this minute; at most 20,002',
        },
        () => countedVisitors,
      )
    },
    async start() {
      await dns?.start()
      const pauseMs = config.OPERATIONS_INTERVAL_SECONDS * 1000
      poller = createPoller({ work: unstored.flush, pauseMs, onError })
    },
    async stop() {
      await dns?.stop()
      await http.close()
      await poller?.stop()
      await unstored.flush().catch(onError)
    },
  }
}
