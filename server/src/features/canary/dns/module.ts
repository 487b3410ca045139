import type { ModuleContext } from '../../../platform/runtime/module.js'
import { createAnswerBudget } from './answer-budget.js'
import { createLookups, type LookupsOptions } from './lookups.js'
import { createDnsServer, type DnsServer } from './server.js'

export interface DnsModuleOptions
  extends Pick<ModuleContext, 'config' | 'events' | 'log' | 'now' | 'place'>,
    Pick<LookupsOptions, 'tokens' | 'intake'> {}

/** Connections over TCP of all processes together. */
const MAX_CONNECTIONS = 128

/** The DNS server of canaries where one is configured: the processes of a server share its port, as they share that of HTTP. */
export function createDnsModule(options: DnsModuleOptions): DnsServer | null {
  const { config, events, log, now, place, tokens, intake } = options
  const { CANARY_DNS_ZONE: zone, CANARY_DNS_HOST: host, CANARY_DNS_PORT: port } = config
  if (zone === undefined || port === undefined) return null
  const lookups = createLookups({ tokens, intake, publish: events.publish })
  const server = createDnsServer({
    host,
    port,
    zone: { name: zone, address: config.CANARY_DNS_ADDRESS ?? null },
    budget: createAnswerBudget(config.CANARY_DNS_ANSWERS_PER_SECOND, now),
    maxConnections: Math.ceil(MAX_CONNECTIONS / place.workers),
    onLookup: lookups.add,
  })
  return {
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
