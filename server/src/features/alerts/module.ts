import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { GaugeRegistry } from '../../platform/telemetry/metrics/gauges.js'
import { spanOf } from '../../platform/telemetry/trace-context.js'
import type { Remote } from '../../platform/workers/link.js'
import type { UserStore } from '../auth/index.js'
import { type AlertManager, startAlertManager } from './alert-manager.js'
import { createAlertPolicies } from './alert-policies.js'
import { UPDATES_CHANNEL } from './alert-writer-store.js'
import { createAlerts } from './alerts.js'
import { behaviourOf } from './behaviour.js'
import type { FeedQuota } from './feed-quota.js'
import { alertFeedRoutes } from './feed-routes.js'
import { type LiveFeed, startLiveFeed } from './live-feed.js'
import { createAlertPolicyStore } from './policy-store.js'
import { ALERTS_CHANNEL, createAlertQueueStore } from './queue-store.js'
import { alertRoutes } from './routes.js'
import { createSessionAnnouncer, SESSIONS_CHANNEL } from './session-change-store.js'
import { createSessionChanges, type SessionChanges } from './session-changes.js'
import { createAlertStore } from './store.js'
import { createSyntheticAlertReader } from './synthetic-alert-store.js'
import { createWsTicketStore, LOGINS_CHANNEL } from './ticket-store.js'
import { createTickets, type Tickets } from './tickets.js'

/** Threat alerts: raised from escalations, handled by analysts, announced on the live feed. */
export interface AlertsModule extends Module {
  tickets: Tickets
  /** Escalations that wait, as last counted; the golden signal `alert_manager.queue_depth`. */
  queueDepth(): number
  /** The same, counted now. */
  countQueue(): Promise<number>
  /** Ends the live feeds; their clients resume elsewhere, or here later. */
  closeFeeds(): Promise<void>
}

export interface AlertsModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'listener' | 'log' | 'now' | 'telemetry'> {
  users: UserStore
  feedQuota: Remote<FeedQuota>
  isResearchScanner: (source_ip: string) => boolean
  /** Milliseconds from the receipt of an event after which the acknowledgement of its alert is late. */
  lateAfterMs: number
}

export async function createAlertsModule(options: AlertsModuleOptions): Promise<AlertsModule> {
  const { config, database, events, listener, log, now, users } = options
  const { publish } = events
  const heartbeatSeconds = config.WS_HEARTBEAT_SECONDS
  const store = createAlertStore(database.alerts)
  const ticketStore = createWsTicketStore(database.alerts)
  const queue = createAlertQueueStore(
    database.alerts,
    behaviourOf,
    config.CANARY_ALERT_WINDOW_MINUTES * 60_000,
  )
  const span = spanRecorder(options)
  const liveFeed = await startLiveFeed({
    alerts: store,
    synthetic: createSyntheticAlertReader(database.alerts),
    onOwnAcknowledged: (alert_id) => publish({ kind: 'synthetic_alert_acknowledged', alert_id }),
    logins: ticketStore,
    log: log.logging('backend.routers.alerts'),
    now,
    lateAfterMs: options.lateAfterMs,
    heartbeatSeconds,
    publish,
    onBroadcast: ({ alert, traceparent }, clients) =>
      span('WebSocket broadcast', traceparent, alert.raised_at, { 'eviltwin.alert.id': alert.id, clients }),
  })
  const manager = startAlertManager({
    queue,
    isResearchScanner: options.isResearchScanner,
    log: log.logging('backend.services.alert_manager'),
    now,
    publish,
    onRaised: ({ id, threat_level, traceparent, event_received_at }) =>
      span('alert raise', traceparent, event_received_at, { 'eviltwin.alert.id': id, threat_level }),
  })
  const tickets = createTickets(ticketStore, now)
  const sessionChanges = followSessions(options)
  events.subscribe({ escalations_stored: manager.wake })
  listener.on(ALERTS_CHANNEL, liveFeed.wake)
  listener.on(UPDATES_CHANNEL, liveFeed.updated)
  listener.on(LOGINS_CHANNEL, liveFeed.checkLogins)
  listener.on(SESSIONS_CHANNEL, liveFeed.sessionsChanged)

  return {
    tickets,
    queueDepth: manager.queueDepth,
    countQueue: queue.depth,
    closeFeeds: liveFeed.stop,
    async routes(app) {
      await app.register(alertRoutes, {
        alerts: createAlerts(store, users, now),
        alertPolicies: createAlertPolicies(createAlertPolicyStore(database.alerts), now),
      })
      await app.register(alertFeedRoutes, {
        liveFeed,
        tickets,
        heartbeatSeconds,
        quota: options.feedQuota,
      })
    },
    gauges: (registry) => registerGauges(registry, manager, liveFeed),
    async stop() {
      await Promise.all([liveFeed.stop(), manager.stop(), sessionChanges.stop()])
    },
  }
}

/** Announces to all replicas which sessions changed in this process. */
function followSessions({ database, events, log }: AlertsModuleOptions): SessionChanges {
  const changes = createSessionChanges({
    announce: createSessionAnnouncer(database.alerts),
    onAnnounced: (sessions) => events.publish({ kind: 'sessions_announced', sessions }),
    onError: (error) =>
      log.logging('backend.routers.alerts').warning('Changes of sessions cannot be announced', {
        cause: (error as Error).message,
      }),
  })
  events.subscribe({
    event_ingested: ({ session_id }) => changes.changed(session_id),
    recording_received({ outcome, session_id }) {
      if (outcome === 'stored') changes.changed(session_id)
    },
  })
  return changes
}

function registerGauges(
  { gauge }: GaugeRegistry,
  manager: Pick<AlertManager, 'queueDepth'>,
  liveFeed: Pick<LiveFeed, 'clientCount'>,
): void {
  gauge(
    {
      name: 'eviltwin.alert_manager.queue_depth',
      description: 'Escalations that wait for the alert manager',
    },
    manager.queueDepth,
  )
  gauge(
    {
      name: 'eviltwin.live_feed.clients',
      across: 'sum',
      description: 'Connected live feed clients of this replica',
    },
    liveFeed.clientCount,
  )
}

/** From one step of an alert's way to the next, as spans of the request that brought its event. */
function spanRecorder({ telemetry, now }: Pick<ModuleContext, 'telemetry' | 'now'>) {
  return (
    name: string,
    traceparent: string,
    from: string,
    attributes: Record<string, string | number>,
  ): void => {
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
}
