import { ConflictError } from '../../../platform/errors.js'
import { createNameResolver } from '../../../platform/outbound/name-resolver.js'
import type { Module, ModuleContext } from '../../../platform/runtime/module.js'
import type { GaugeRegistry } from '../../../platform/telemetry/metrics/gauges.js'
import { createProofs } from '../proofs.js'
import { createAnswerBudget } from './answer-budget.js'
import { createDelegation, type Delegation } from './delegation.js'
import { createLookups, type LookupsOptions } from './lookups.js'
import { createDnsServer } from './server.js'

export interface DnsModuleOptions
  extends Pick<ModuleContext, 'config' | 'events' | 'log' | 'now' | 'place'>,
    Pick<LookupsOptions, 'tokens' | 'intake'> {}

/** The DNS server of canaries, and how its zone is delegated to it. */
export interface DnsModule extends Required<Pick<Module, 'gauges' | 'start' | 'stop'>>, Delegation {}

const none = () => 0
/** Connections over TCP of all processes together. */
const MAX_CONNECTIONS = 128

const NO_ZONE: Delegation = {
  about: { zone: null },
  async check() {
    throw new ConflictError(
      'no zone is configured; set CANARY_DNS_ZONE and CANARY_DNS_PORT first (see docs/alerts.md)',
    )
  },
}

/** The server runs where a zone is configured: the processes of a server share its port, as they share that of HTTP. */
export function createDnsModule(options: DnsModuleOptions): DnsModule {
  const { config, events, log, now, place, tokens, intake } = options
  const { publish } = events
  const { CANARY_DNS_ZONE: zone, CANARY_DNS_HOST: host, CANARY_DNS_PORT: port } = config
  if (zone === undefined || port === undefined)
    return {
      ...NO_ZONE,
      gauges: (registry) => registerGauges(registry, none, none),
      async start() {},
      async stop() {},
    }
  const address = config.CANARY_DNS_ADDRESS ?? null
  const proofs = createProofs({ secretKey: config.SECRET_KEY, purpose: 'dns', now })
  const lookups = createLookups({ tokens, intake, publish })
  const server = createDnsServer({
    host,
    port,
    zone: { name: zone, address, proofOf: proofs.answerTo },
    budget: createAnswerBudget(config.CANARY_DNS_ANSWERS_PER_SECOND, now),
    maxConnections: Math.ceil(MAX_CONNECTIONS / place.workers),
    publish,
    onLookup: lookups.add,
  })
  const delegation = createDelegation({
    settings: { name: zone, host, port, address },
    proofs,
    resolver: createNameResolver(config.CANARY_DNS_RESOLVERS),
    now,
  })
  return {
    ...delegation,
    gauges: (registry) => registerGauges(registry, server.connections, lookups.waiting),
    async start() {
      await server.start()
      log.logging('backend.routers.canary').info('Names of canaries are answered', { zone, host, port })
    },
    async stop() {
      await server.stop()
      await lookups.settle()
    },
  }
}

function registerGauges({ gauge }: GaugeRegistry, connections: () => number, waiting: () => number): void {
  const across = 'sum'
  gauge(
    {
      name: 'eviltwin.canary.dns_connections',
      across,
      description: 'Open connections of the DNS server of canaries; at most 128',
    },
    connections,
  )
  gauge(
    {
      name: 'eviltwin.canary.dns_waiting_lookups',
      across,
      description: 'Lookups of canaries that are being recorded; at most 64 in each process',
    },
    waiting,
  )
}
