import type { FastifyInstance } from 'fastify'
import { v7 as uuidV7 } from 'uuid'
import { createAddressGuard } from '../../platform/outbound/address-guard.js'
import { createOutboundHttp } from '../../platform/outbound/outbound-http.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { createSeal } from '../../platform/seal.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import type { Remote } from '../../platform/workers/link.js'
import type { Ingest, ReadLimits } from '../ingest/index.js'
import { createBaseUrlCheck } from './base-url-check.js'
import { hideBehindCanaries } from './canary-host.js'
import { type CanaryIntake, type CanaryIntakeOptions, createCanaryIntake } from './canary-intake.js'
import { createDnsModule } from './dns/module.js'
import { createCanaryHitStore } from './hit-store.js'
import { createCanaryHits } from './hits.js'
import { recordMalformedVisits } from './malformed-visits.js'
import { createProofs } from './proofs.js'
import { canaryRoutes } from './routes.js'
import { createCanaryTokenStore } from './store.js'
import { createTokenPlaces } from './token-places.js'
import { type CanaryTokens, createCanaryTokens } from './tokens.js'
import { createUnstoredVisits, type UnstoredVisits } from './unstored-visits.js'
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
  const { config, database, events, now, storageProblem } = options
  const { publish } = events
  const store = createCanaryTokenStore(database.app)
  const places = createTokenPlaces({
    seal: createSeal(config.SECRET_KEY),
    publicUrl: config.PUBLIC_URL,
    canaryUrl: config.CANARY_URL,
    dnsZone: config.CANARY_DNS_PORT === undefined ? null : (config.CANARY_DNS_ZONE ?? null),
  })
  const tokens = createCanaryTokens({ store, places, now })
  const hits = createCanaryHits({ tokens: store, store: createCanaryHitStore(database.app), places })
  const unstored = createUnstoredVisits(store, publish)
  const writing = createUnstoredWriter(options, unstored)
  const limits = createVisitLimits(options.visits)
  const intake = intakeOf(options, limits, unstored)
  const proofs = createProofs({ secretKey: config.SECRET_KEY, purpose: 'url', now })
  const http = createOutboundHttp(createAddressGuard(config.OUTBOUND_ALLOWED_NETWORKS))
  const checkUrl = createBaseUrlCheck({ canaryUrl: config.CANARY_URL, proofs, get: http.get, now })
  const dns = createDnsModule({ ...options, tokens, intake })
  return {
    tokens,
    guard(app) {
      const { CANARY_URL: canaryUrl, PUBLIC_URL: publicUrl, ALLOWED_HOSTS: allowedHosts } = config
      hideBehindCanaries(app, { canaryUrl, publicUrl, allowedHosts })
      recordMalformedVisits(app)
    },
    async routes(app) {
      await app.register(canaryRoutes, {
        tokens,
        hits,
        checkUrl,
        dns,
        intake,
        publish,
        storageProblem,
        proofs,
      })
    },
    gauges(registry) {
      limits.gauges(registry)
      dns.gauges(registry)
    },
    async start() {
      await dns.start()
      writing.start()
    },
    async stop() {
      await dns.stop()
      await http.close()
      await writing.stop()
    },
  }
}

function intakeOf(
  { config, events, ingest, limits, now, storageProblem }: CanaryModuleOptions,
  { isWithinLimits }: VisitLimits,
  unstored: UnstoredVisits,
): CanaryIntake {
  return createCanaryIntake({
    ingest,
    publish: events.publish,
    now,
    newId: uuidV7,
    limits,
    isWithinLimits,
    unstored,
    storageProblem,
    secret: config.CANARY_WEBHOOK_SECRET,
    toleranceSeconds: config.CANARY_WEBHOOK_TOLERANCE_SECONDS,
  })
}

/** The limits of visits, which are counted once for all processes of a server. */
interface VisitLimits extends Pick<CanaryIntakeOptions, 'isWithinLimits'> {
  gauges(registry: GaugeRegistry): void
}

function createVisitLimits(visits: Remote<VisitBudget>): VisitLimits {
  let countedVisitors = 0
  return {
    async isWithinLimits(visit) {
      const { isWithin, counted } = await visits.takeVisit(visit)
      countedVisitors = counted
      return isWithin
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
  }
}

/** Writes how many visits were not stored, now and then and at the end. */
function createUnstoredWriter(
  { config, log: logs }: Pick<CanaryModuleOptions, 'config' | 'log'>,
  unstored: UnstoredVisits,
): { start(): void; stop(): Promise<void> } {
  const log = logs.logging('backend.routers.canary')
  const onError = (error: unknown) =>
    log.warning('Visits beyond the limit cannot be written; trying again', {
      cause: (error as Error).message,
    })
  let poller: Poller | undefined
  return {
    start() {
      const pauseMs = config.OPERATIONS_INTERVAL_SECONDS * 1000
      poller = createPoller({ work: unstored.flush, pauseMs, onError })
    },
    async stop() {
      await poller?.stop()
      await unstored.flush().catch(onError)
    },
  }
}
