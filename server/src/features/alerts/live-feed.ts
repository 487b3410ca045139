import { FeedCloseCode } from '@eviltwin/contract'
import type { PlatformEvent, Publish } from '../../domain/platform-event.js'
import type { Logger } from '../../platform/logger.js'
import { createPoller } from '../../platform/poller.js'
import { traceOf } from '../../platform/telemetry/trace-context.js'
import type { Login } from '../auth/index.js'
import type { FeedItem } from './alert-reader-store.js'
import { createFeedClient, type FeedClient, type FeedClientOptions, UPDATES_MISSED } from './feed-client.js'
import { feedEntryOf, feedText } from './feed-entry.js'
import { createFeedMembers } from './feed-members.js'
import type { FeedSocket } from './feed-socket.js'
import { sessionsChanged } from './session-changes.js'
import type { AlertStore } from './store.js'
import type { SyntheticAlertReader } from './synthetic-alert-store.js'
import type { WsTicketStore } from './ticket-store.js'
import { SERVICE_LOGIN } from './tickets.js'

/** The live feed of this replica: every announced alert to every client, whichever replica raised it. */
export interface LiveFeed {
  /**
   * Connects a client. With `since` it is sent what was announced after that alert before anything new.
   * @param since the id of an alert, or `0` for everything that is stored. @param sessions whether it is also sent which sessions changed.
   */
  join(socket: FeedSocket, login: Login, since: string | undefined, sessions: boolean): Promise<FeedMember>
  /** There may be new alerts. */
  wake(): void
  /** Alerts were changed by somebody; null: perhaps, nobody knows which. */
  updated(ids: string | null): void
  /** Sessions got events or recordings; null or empty: nobody knows which. */
  sessionsChanged(ids: string | null): void
  /** A login ended somewhere. */
  checkLogins(): void
  clientCount(): number
  stop(): Promise<void>
}

/** A connected client, as its connection sees it. */
export interface FeedMember {
  onMessage(text: string): void
  /** The client answered a ping. */
  answered(): void
  left(): void
}

export interface LiveFeedOptions {
  alerts: Pick<AlertStore, 'after' | 'byIds' | 'positionOf' | 'newestPosition'>
  /** Alerts of attacks of the platform itself, for its own client alone. */
  synthetic: SyntheticAlertReader
  /** The platform's own client acknowledged an alert. */
  onOwnAcknowledged: (alert_id: string) => void
  logins: Pick<WsTicketStore, 'liveFamilies'>
  log: Logger
  /** Milliseconds since the epoch, by the clock that stamps the receipt of events. */
  now: () => number
  /** Milliseconds from the receipt of an event after which its acknowledgement is late. */
  lateAfterMs: number
  heartbeatSeconds: number
  publish: Publish
  /** An alert was handed to so many clients at once; not called for none. */
  onBroadcast: (item: FeedItem, clients: number) => void
}

const PAGE = 200
/** Notifications come at once; this is for the case that one is lost. */
const POLL_MS = 1_000
const LOGIN_POLL_MS = 5_000
const LATE_POLL_MS = 500

/** Starts the live feed at the newest place that is stored. Rejects when the store cannot be read. */
export async function startLiveFeed(options: LiveFeedOptions): Promise<LiveFeed> {
  const { alerts, log, now, heartbeatSeconds, publish } = options
  const members = createFeedMembers(options)
  const own = await createOwnFeed(options)
  let livePosition = await alerts.newestPosition()
  const announcements = createAnnouncements((item, clients) => {
    options.onBroadcast(item, clients)
    publish(broadcastEventOf(item, clients, now()))
  })
  /** Sends what is new to everybody who keeps up. */
  async function broadcast(): Promise<void> {
    await broadcastAlerts()
    await own.broadcast()
  }

  async function broadcastAlerts(): Promise<void> {
    for (;;) {
      const entries = (await alerts.after(livePosition, PAGE)).map(feedEntryOf)
      const last = entries.at(-1)
      if (!last) return
      livePosition = last.position
      announcements.together(() => members.offer(entries))
      if (entries.length < PAGE) return
    }
  }

  async function offerUpdates(ids: string[]): Promise<void> {
    for (const alert of await alerts.byIds(ids))
      members.offerUpdate(feedText({ event_type: 'ALERT_UPDATED', payload: alert }))
  }

  const onError = (error: unknown) =>
    log.error('The live feed cannot read the store; trying again', { cause: (error as Error).message })
  const missUpdates = (error: unknown) => {
    onError(error)
    members.offerUpdate(feedText(UPDATES_MISSED))
  }
  const broadcaster = createPoller({ work: broadcast, pauseMs: POLL_MS, onError })
  const checkLate = async () => {
    members.checkLate()
    own.members.checkLate()
  }
  const latePoller = createPoller({ work: checkLate, pauseMs: LATE_POLL_MS, onError })
  const loginPoller = createPoller({ work: members.dropEndedLogins, pauseMs: LOGIN_POLL_MS, onError })

  return {
    join,
    wake: broadcaster.wake,
    updated(ids) {
      if (ids === null) members.offerUpdate(feedText(UPDATES_MISSED))
      else if (members.count() > 0) void offerUpdates(ids.split(',')).catch(missUpdates)
    },
    sessionsChanged(ids) {
      if (members.count() > 0) members.offerSessions(feedText(sessionsChanged(ids)))
    },
    checkLogins: loginPoller.wake,
    clientCount: members.count,
    async stop() {
      await Promise.all([broadcaster.stop(), latePoller.stop(), loginPoller.stop()])
      for (const each of [members, own.members])
        each.closeAll(FeedCloseCode.shuttingDown, 'the server stops; resume')
    },
  }

  async function join(
    socket: FeedSocket,
    login: Login,
    since: string | undefined,
    sessions: boolean,
  ): Promise<FeedMember> {
    if (login.family_id === SERVICE_LOGIN.family_id) return own.join(socket)
    const known = since === undefined || since === '0' ? null : await alerts.positionOf(since)
    const resumed = since === '0' || known !== null
    const position = since === '0' ? 0 : (known ?? livePosition)
    const place = { position, livePosition: () => livePosition }
    const client = createClient(socket, { ...place, followsSessions: sessions }, announcements.sent, options)
    members.add(client, login.family_id)
    client.sendMessage({
      event_type: 'CONNECTED',
      payload: { resumed, heartbeat_seconds: heartbeatSeconds },
    })
    if (position < livePosition) members.catchUp(client)
    return memberOf(client, () => members.remove(client))
  }
}

/** The feed of the platform's own client: the alerts of its attacks, on the way of all others. */
async function createOwnFeed(options: LiveFeedOptions) {
  const { synthetic, now, lateAfterMs, heartbeatSeconds } = options
  const members = createFeedMembers(options)
  let position = await synthetic.newestPosition()
  const after = async (place: number, limit: number) => (await synthetic.after(place, limit)).map(feedEntryOf)
  return {
    members,
    async broadcast(): Promise<void> {
      const entries = await after(position, PAGE)
      position = entries.at(-1)?.position ?? position
      members.offer(entries)
    },
    join(socket: FeedSocket): FeedMember {
      const client = createFeedClient({
        socket,
        position,
        livePosition: () => position,
        after,
        now,
        lateAfterMs,
        onSent: () => {},
        onDelivered: ({ alert_id, acknowledged }) => {
          if (acknowledged) options.onOwnAcknowledged(alert_id)
        },
        onUnmeasured: () => {},
      })
      members.add(client, SERVICE_LOGIN.family_id)
      client.sendMessage({
        event_type: 'CONNECTED',
        payload: { resumed: false, heartbeat_seconds: heartbeatSeconds },
      })
      return memberOf(client, () => members.remove(client))
    },
  }
}

function createClient(
  socket: FeedSocket,
  client: Pick<FeedClientOptions, 'position' | 'livePosition' | 'followsSessions'>,
  onSent: (item: FeedItem) => void,
  { alerts, now, lateAfterMs, publish }: LiveFeedOptions,
): FeedClient {
  return createFeedClient({
    ...client,
    socket,
    after: async (place, limit) => (await alerts.after(place, limit)).map(feedEntryOf),
    now,
    lateAfterMs,
    onSent,
    onDelivered: ({ alert_id: _, ...delivery }) => publish({ kind: 'alert_delivered', ...delivery }),
    onUnmeasured: (reason) => publish({ kind: 'alert_unmeasured', reason }),
  })
}

/** Announces each alert once for all clients that are sent it in one go. */
function createAnnouncements(announce: (item: FeedItem, clients: number) => void) {
  let counting: Map<FeedItem, number> | null = null
  return {
    /** A client was sent an alert. */
    sent(item: FeedItem): void {
      if (counting) counting.set(item, (counting.get(item) ?? 0) + 1)
      else announce(item, 1)
    },
    /** Counts the clients of each alert that `send` sends, and announces them afterwards. */
    together(send: () => void): void {
      const counts = new Map<FeedItem, number>()
      counting = counts
      send()
      counting = null
      for (const [item, clients] of counts) announce(item, clients)
    },
  }
}

function memberOf(client: FeedClient, remove: () => void): FeedMember {
  return {
    onMessage(text) {
      if (!client.onMessage(text)) client.close(FeedCloseCode.malformed, 'not an acknowledgement')
    },
    answered: client.answered,
    left() {
      client.closed()
      remove()
    },
  }
}

function broadcastEventOf(
  { alert, request_id, traceparent }: FeedItem,
  clients: number,
  now: number,
): PlatformEvent {
  return {
    kind: 'alert_broadcast',
    ...(request_id !== null && { request_id }),
    ...traceOf(traceparent),
    alert_id: alert.id,
    session_id: alert.session_id,
    source_ip: alert.source_ip,
    sensor_id: alert.sensor_id,
    threat_level: alert.threat_level,
    clients,
    duration_ms: Math.max(0, now - Date.parse(alert.event_received_at)),
  }
}
