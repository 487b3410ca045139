import { randomInt } from 'node:crypto'
import type { Network } from '../../domain/networks.js'
import { createAddressGuard } from '../../platform/outbound/address-guard.js'
import { createOutboundHttp } from '../../platform/outbound/outbound-http.js'
import type { Database } from '../../platform/postgres/database.js'
import type { Seal } from '../../platform/seal.js'
import type { Logging } from '../../platform/telemetry/log.js'
import type { Metrics } from '../../platform/telemetry/metrics.js'
import type { Telemetry } from '../../platform/telemetry/telemetry.js'
import { spanOf } from '../../platform/telemetry/trace-context.js'
import type { UserStore } from '../auth/user-store.js'
import { type Channels, createChannels } from '../notifications/channels.js'
import { type Dispatcher, startDispatcher } from '../notifications/dispatcher.js'
import { createOutboxStore, OUTBOX_CHANNEL } from '../notifications/outbox-store.js'
import { createSender, type Sender } from '../notifications/sender.js'
import { type ChannelStore, createChannelStore } from '../notifications/store.js'
import type { SignalListener } from '../slo/signal-listener.js'
import { type AlertManager, startAlertManager } from './alert-manager.js'
import { behaviourOf } from './alert-plan.js'
import { type AlertPolicies, createAlertPolicies } from './alert-policies.js'
import { type Alerts, createAlerts } from './alerts.js'
import { type LiveFeed, startLiveFeed } from './live-feed.js'
import { createAlertPolicyStore } from './policy-store.js'
import { ALERTS_CHANNEL, createAlertQueueStore } from './queue-store.js'
import { createAlertStore, UPDATES_CHANNEL } from './store.js'
import { createWsTicketStore, LOGINS_CHANNEL } from './ticket-store.js'
import { createTickets, type Tickets } from './tickets.js'

/** Everything between a stored event and the people who are told of it. */
export interface Alerting {
  alerts: Alerts
  alertPolicies: AlertPolicies
  liveFeed: LiveFeed
  tickets: Tickets
  channels: Channels
  manager: Pick<AlertManager, 'wake' | 'queueDepth'>
  dispatcher: Pick<Dispatcher, 'pending'>
  /** Escalations that wait, counted now. */
  countQueue(): Promise<number>
  operationalChannels: ChannelStore['operational']
  send: Sender
  /** Ends the live feeds; their clients resume elsewhere, or here later. */
  closeFeeds(): Promise<void>
  /** Finishes what is under way. What waits is in the database. */
  stop(): Promise<void>
}

export interface AlertingOptions {
  database: Database
  users: UserStore
  seal: Seal
  metrics: Metrics
  listener: Pick<SignalListener, 'alertDelivered'>
  telemetry: Pick<Telemetry, 'recordSpan'>
  logging: Logging
  now: () => number
  publicUrl: string
  /** Private networks that channels may send to. */
  allowedNetworks: readonly Network[]
  heartbeatSeconds: number
}

/** Composes alerts, live feed and channels. Notifications only ever hurry what polling would find, too. */
export async function startAlerting(options: AlertingOptions): Promise<Alerting> {
  const { database, users, seal, metrics, listener, telemetry, logging, now, publicUrl } = options
  const alertStore = createAlertStore(database.alerts)
  const ticketStore = createWsTicketStore(database.alerts)
  const channelStore = createChannelStore(database.alerts)
  const outbox = createOutboxStore(database.alerts)
  const guard = createAddressGuard(options.allowedNetworks)
  const http = createOutboundHttp(guard)
  const send = createSender({ http: http.send, guard, seal, publicUrl, now })

  /** From one step of an alert's way to the next, as spans of the request that brought its event. */
  const span = (
    name: string,
    traceparent: string,
    from: string,
    attributes: Record<string, string | number>,
  ) => {
    const parent = spanOf(traceparent)
    if (!parent) return
    telemetry.recordSpan({
      name,
      kind: 'producer',
      parent,
      startMs: Date.parse(from),
      endMs: now(),
      attributes,
    })
  }
  const liveFeed = await startLiveFeed({
    alerts: alertStore,
    logins: ticketStore,
    log: logging('backend.routers.alerts'),
    now,
    heartbeatSeconds: options.heartbeatSeconds,
    onBroadcast: ({ alert, traceparent }, clients) =>
      span('WebSocket broadcast', traceparent, alert.raised_at, { 'eviltwin.alert.id': alert.id, clients }),
    onDelivered: ({ seconds, mode }) => {
      metrics.alertDelivered(seconds, mode)
      // What a client missed while it was away says nothing about our delay.
      if (mode === 'live') listener.alertDelivered(seconds * 1000)
    },
  })
  const queue = createAlertQueueStore(database.alerts, behaviourOf)
  const manager = startAlertManager({
    queue,
    log: logging('backend.services.alert_manager'),
    now,
    onRaised({ id, threat_level, suppressed_by, traceparent, event_received_at }) {
      metrics.alertRaised(threat_level, suppressed_by)
      span('alert raise', traceparent, event_received_at, { 'eviltwin.alert.id': id, threat_level })
    },
  })
  const dispatcher = startDispatcher({
    outbox,
    channels: channelStore,
    send,
    log: logging('backend.services.channels'),
    now,
    random: () => randomInt(1_000_000) / 1_000_000,
    onAttempt: metrics.deliveryAttempted,
  })
  const notifications = database.listen({
    [ALERTS_CHANNEL]: () => {
      liveFeed.wake()
      dispatcher.wake()
    },
    [UPDATES_CHANNEL]: (ids) => {
      liveFeed.updated(ids)
      dispatcher.wake()
    },
    [OUTBOX_CHANNEL]: dispatcher.wake,
    [LOGINS_CHANNEL]: liveFeed.checkLogins,
  })
  return {
    alerts: createAlerts(alertStore, users, now),
    alertPolicies: createAlertPolicies(createAlertPolicyStore(database.alerts), now),
    liveFeed,
    tickets: createTickets(ticketStore, now),
    channels: createChannels({ store: channelStore, outbox, seal, send, now }),
    countQueue: queue.depth,
    operationalChannels: channelStore.operational,
    send,
    manager,
    dispatcher,
    closeFeeds: liveFeed.stop,
    async stop() {
      await notifications.close()
      await Promise.all([manager.stop(), dispatcher.stop()])
      await http.close()
    },
  }
}
