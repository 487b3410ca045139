import { randomInt } from 'node:crypto'
import { createAddressGuard } from '../../platform/outbound/address-guard.js'
import { createOutboundHttp } from '../../platform/outbound/outbound-http.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { createSeal } from '../../platform/seal.js'
import { ALERTS_CHANNEL, UPDATES_CHANNEL } from '../alerts/index.js'
import { createChannels } from './channels.js'
import { startDispatcher } from './dispatcher.js'
import type { OutboxReader } from './outbox-reader-store.js'
import { createOutboxStore, OUTBOX_CHANNEL } from './outbox-store.js'
import { channelRoutes } from './routes.js'
import { createSender, type Sender } from './sender.js'
import { type ChannelStore, createChannelStore } from './store.js'
import { createTestMessageStore, type TestMessageStore } from './test-message-store.js'

/** Outbound channels and the outbox that feeds them. */
export interface NotificationsModule extends Module {
  send: Sender
  /** The channels that carry operational alerts. */
  operationalChannels: ChannelStore['operational']
  /** Enabled channels that do not deliver. */
  failingChannels: ChannelStore['failing']
  /** Notifications written in that time that failed permanently. */
  givenUp: OutboxReader['givenUp']
  /** Test messages that take the way of every message. */
  testMessages: TestMessageStore
}

/** Notifications of PostgreSQL only speed up what polling would find, too. */
export function createNotificationsModule(
  context: Pick<ModuleContext, 'config' | 'database' | 'events' | 'listener' | 'log' | 'now'>,
): NotificationsModule {
  const { config, database, events, listener, log, now } = context
  const store = createChannelStore(database.alerts)
  const outbox = createOutboxStore(database.alerts)
  const seal = createSeal(config.SECRET_KEY)
  const guard = createAddressGuard(config.OUTBOUND_ALLOWED_NETWORKS)
  const http = createOutboundHttp(guard)
  const send = createSender({ http: http.send, guard, seal, publicUrl: config.PUBLIC_URL, now })
  const dispatcher = startDispatcher({
    outbox,
    channels: store,
    send,
    log: log.logging('backend.services.channels'),
    now,
    random: () => randomInt(1_000_000) / 1_000_000,
    publish: events.publish,
  })
  for (const channel of [ALERTS_CHANNEL, UPDATES_CHANNEL, OUTBOX_CHANNEL]) {
    listener.on(channel, dispatcher.wake)
  }
  return {
    send,
    operationalChannels: store.operational,
    failingChannels: store.failing,
    givenUp: outbox.givenUp,
    testMessages: createTestMessageStore(database.alerts),
    async routes(app) {
      const channels = createChannels({ store, outbox, seal, send, publish: events.publish, now })
      await app.register(channelRoutes, { channels })
    },
    gauges({ labelled }) {
      labelled(
        { name: 'eviltwin.channel.pending', description: 'Messages that wait for an outbound channel' },
        () => [...dispatcher.pending()].map(([channel_type, count]) => [count, { channel_type }] as const),
      )
    },
    async stop() {
      await dispatcher.stop()
      await http.close()
    },
  }
}
