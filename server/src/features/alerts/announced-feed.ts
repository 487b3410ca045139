import type { PlatformEvent, Publish } from '../../domain/platform-event.js'
import { traceOf } from '../../platform/telemetry/trace-context.js'
import type { Login } from '../auth/index.js'
import type { FeedItem } from './alert-reader-store.js'
import { createFeedClient, type FeedClient, type FeedClientOptions } from './feed-client.js'
import { feedEntryOf } from './feed-entry.js'
import { type FeedMember, memberOf } from './feed-member.js'
import { createFeedMembers, type FeedMembers, type FeedMembersOptions } from './feed-members.js'
import type { FeedSocket } from './feed-socket.js'
import type { AlertStore } from './store.js'

export interface AnnouncedFeedOptions extends FeedMembersOptions {
  alerts: Pick<AlertStore, 'after' | 'positionOf' | 'newestPosition'>
  /** Milliseconds from the receipt of an event after which its acknowledgement is late. */
  lateAfterMs: number
  heartbeatSeconds: number
  publish: Publish
  /** An alert was handed to so many clients at once; not called for none. */
  onBroadcast: (item: FeedItem, clients: number) => void
}

/** Every announced alert to every client. */
export interface AnnouncedFeed {
  members: FeedMembers
  /** Sends what is new to everybody who keeps up. Rejects when the store cannot be read. */
  broadcast(): Promise<void>
  /**
   * Connects a client.
   * @param since the id of the alert after which it goes on, or `0` for everything that is stored.
   * @param sessions whether it is also sent which sessions changed.
   */
  join(socket: FeedSocket, login: Login, since: string | undefined, sessions: boolean): Promise<FeedMember>
}

/** Alerts that one read has at most. */
const PAGE = 200

/** Starts at the newest place that is stored. Rejects when the store cannot be read. */
export async function createAnnouncedFeed(options: AnnouncedFeedOptions): Promise<AnnouncedFeed> {
  const { alerts, now, heartbeatSeconds, publish } = options
  const members = createFeedMembers(options)
  let livePosition = await alerts.newestPosition()
  const announcements = createAnnouncements((item, clients) => {
    options.onBroadcast(item, clients)
    publish(broadcastEventOf(item, clients, now()))
  })
  return {
    members,
    async broadcast() {
      for (;;) {
        const entries = (await alerts.after(livePosition, PAGE)).map(feedEntryOf)
        const last = entries.at(-1)
        if (!last) return
        livePosition = last.position
        announcements.together(() => members.offer(entries))
        if (entries.length < PAGE) return
      }
    },
    async join(socket, login, since, sessions) {
      const known = since === undefined || since === '0' ? null : await alerts.positionOf(since)
      const resumed = since === '0' || known !== null
      const position = since === '0' ? 0 : (known ?? livePosition)
      const place = { position, livePosition: () => livePosition, followsSessions: sessions }
      const client = createClient(socket, place, announcements.sent, options)
      members.add(client, login.family_id)
      client.sendMessage({
        event_type: 'CONNECTED',
        payload: { resumed, heartbeat_seconds: heartbeatSeconds },
      })
      if (position < livePosition) members.catchUp(client)
      return memberOf(client, () => members.remove(client))
    },
  }
}

function createClient(
  socket: FeedSocket,
  client: Pick<FeedClientOptions, 'position' | 'livePosition' | 'followsSessions'>,
  onSent: (item: FeedItem) => void,
  { alerts, now, lateAfterMs, publish }: AnnouncedFeedOptions,
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
