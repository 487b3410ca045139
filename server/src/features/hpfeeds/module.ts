import { networks } from '../../domain/networks.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { createStreamListener, type StreamListener } from '../../platform/sockets/stream-listener.js'
import { isSpokesman } from '../../platform/workers/place.js'
import { type ConnectorEvents, createConnectorEvents } from '../ingest/index.js'
import { createBroker } from './broker.js'
import { type HpfeedsClient, startClient } from './client.js'
import type { RecordOptions } from './records.js'
import { type BrokerAccounts, readAccounts, readSubscriptions } from './settings.js'

/** hpfeeds in both roles: sensors publish to the broker, and the clients subscribe at brokers of others. */
export interface HpfeedsModule extends Module {
  /** What keeps the clients from receiving, in words that anybody may read. */
  problems(): string[]
}

export interface HpfeedsModuleOptions
  extends Pick<ModuleContext, 'config' | 'events' | 'log' | 'now' | 'place' | 'isLeader'>,
    Pick<RecordOptions, 'connectors' | 'limits'> {}

const BROKER_LIMITS = { maxConnections: 256, maxConnectionsPerAddress: 64 }
const AUTHENTICATION_MS = 10_000
/** Sensors may be without an attacker for hours. */
const IDLE_MS = 24 * 3_600_000
const MAX_UNSENT_BYTES = 8 * 1024 * 1024

/** @throws {ConfigError} */
export function createHpfeedsModule(options: HpfeedsModuleOptions): HpfeedsModule {
  const { config, log, place } = options
  const events = createConnectorEvents(options.events.publish, 'hpfeeds', 'tcp')
  const hpfeedsLog = log.logging('backend.services.connectors')
  const subscriptions = readSubscriptions(config)
  const accounts = readAccounts(config)
  // One process has all publishers and all subscribers, so that these receive everything.
  const broker = accounts && isSpokesman(place) ? createBrokerPort(options, events, accounts) : null
  let clients: HpfeedsClient[] = []
  return {
    gauges({ gauge, labelled }) {
      if (accounts)
        gauge(
          {
            name: 'eviltwin.hpfeeds.broker_connections',
            across: 'sum',
            description: 'Open connections of hpfeeds publishers and subscribers',
          },
          () => broker?.connections() ?? 0,
        )
      if (subscriptions.length > 0)
        labelled(
          {
            name: 'eviltwin.hpfeeds.connected',
            description: 'Whether the leader is subscribed at the hpfeeds broker (1) or not (0)',
          },
          () => clients.map((client) => [client.isConnected() ? 1 : 0, { broker: client.broker }] as const),
        )
    },
    async start() {
      await broker?.start()
      if (broker)
        hpfeedsLog.info('The hpfeeds broker listens', {
          host: config.HPFEEDS_BROKER_HOST,
          port: config.HPFEEDS_BROKER_PORT,
        })
      clients = subscriptions.map((subscription) =>
        startClient({
          ...options,
          subscription,
          events,
          publish: options.events.publish,
          log: hpfeedsLog,
        }),
      )
    },
    async stop() {
      await Promise.all([broker?.stop(), ...clients.map((client) => client.stop())])
    },
    problems: () => clients.flatMap((client) => client.problem() ?? []),
  }
}

function createBrokerPort(
  { config, connectors, limits }: HpfeedsModuleOptions,
  events: ConnectorEvents,
  accounts: BrokerAccounts,
): StreamListener {
  const { serve } = createBroker({
    accounts,
    connectors,
    limits,
    events,
    authenticationMs: AUTHENTICATION_MS,
    idleMs: IDLE_MS,
    maxUnsentBytes: MAX_UNSENT_BYTES,
  })
  return createStreamListener({
    host: config.HPFEEDS_BROKER_HOST,
    port: config.HPFEEDS_BROKER_PORT as number,
    // Every client authenticates, whatever its address is.
    allowed: networks('0.0.0.0/0', '::/0'),
    ...BROKER_LIMITS,
    onRefused: events.refused,
    serve,
  })
}
