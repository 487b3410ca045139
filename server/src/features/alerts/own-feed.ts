import { createFeedClient } from './feed-client.js'
import { feedEntryOf } from './feed-entry.js'
import { type FeedMember, memberOf } from './feed-member.js'
import { createFeedMembers, type FeedMembers, type FeedMembersOptions } from './feed-members.js'
import type { FeedSocket } from './feed-socket.js'
import type { SyntheticAlertReader } from './synthetic-alert-store.js'
import { SERVICE_LOGIN } from './tickets.js'

export interface OwnFeedOptions extends FeedMembersOptions {
  /** Alerts of attacks of the platform itself. */
  synthetic: SyntheticAlertReader
  /** The platform's own client acknowledged an alert. */
  onOwnAcknowledged: (alert_id: string) => void
  /** Milliseconds from the receipt of an event after which its acknowledgement is late. */
  lateAfterMs: number
  heartbeatSeconds: number
}

/** The feed of the platform's own client: the alerts of its attacks, on the way of all others. */
export interface OwnFeed {
  members: FeedMembers
  /** Sends what is new. Rejects when the store cannot be read. */
  broadcast(): Promise<void>
  join(socket: FeedSocket): FeedMember
}

/** Alerts that one read has at most. */
const PAGE = 200

/** Starts at the newest place that is stored. Rejects when the store cannot be read. */
export async function createOwnFeed(options: OwnFeedOptions): Promise<OwnFeed> {
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
