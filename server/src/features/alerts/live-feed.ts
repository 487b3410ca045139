import { FeedCloseCode, type FeedMessage } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../../platform/logger.js'
import { createPoller } from '../../platform/poller.js'
import { traceOf } from '../../platform/telemetry/trace-context.js'
import type { Login } from '../auth/index.js'
import { createFeedClient, type FeedClient, type FeedEntry, type FeedSocket } from './feed-client.js'
import type { AlertStore, FeedItem } from './store.js'
import type { WsTicketStore } from './ticket-store.js'

/** The live feed of this replica: every announced alert to every client, whichever replica raised it. */
export interface LiveFeed {
  /**
   * Connects a client. With `since` it is sent what was announced after that alert before anything new.
   * @param since the id of an alert, or `0` for everything that is stored.
   */
  join(socket: FeedSocket, login: Login, since: string | undefined): Promise<FeedMember>
  /** There may be new alerts. */
  wake(): void
  /** Alerts were changed by somebody; null: perhaps, nobody knows which. */
  updated(ids: string | null): void
  /** A login ended somewhere. */
  checkLogins(): void
  clientCount(): number
  stop(): Promise<void>
}

/** A connected client, as its connection sees it. */
export interface FeedMember {
  hear(text: string): void
  left(): void
}

export interface LiveFeedOptions {
  alerts: Pick<AlertStore, 'after' | 'byIds' | 'positionOf' | 'newestPosition'>
  logins: Pick<WsTicketStore, 'liveFamilies'>
  log: Logger
  now: () => number
  heartbeatSeconds: number
  publish: Publish
  /** An alert was handed to every client that keeps up. */
  onBroadcast: (item: FeedItem, clients: number) => void
}

const PAGE = 200
/** Notifications come at once; this is for the case that one is lost. */
const POLL_MS = 1_000
const LOGIN_POLL_MS = 5_000

export async function startLiveFeed(options: LiveFeedOptions): Promise<LiveFeed> {
  const { alerts, logins, log, now, heartbeatSeconds, publish } = options
  const members = new Map<FeedClient, string>()
  let livePosition = await alerts.newestPosition()

  /** Sends what is new to everybody who keeps up. */
  async function broadcast(): Promise<void> {
    for (;;) {
      const entries = (await alerts.after(livePosition, PAGE)).map(entryOf)
      const last = entries.at(-1)
      if (!last) return
      livePosition = last.position
      for (const client of members.keys()) {
        if (client.offer(entries)) catchUp(client)
      }
      for (const entry of entries) {
        const { alert, traceparent } = entry
        options.onBroadcast(entry, members.size)
        publish({
          kind: 'alert_broadcast',
          ...traceOf(traceparent),
          alert_id: alert.id,
          session_id: alert.session_id,
          source_ip: alert.source_ip,
          sensor_id: alert.sensor_id,
          threat_level: alert.threat_level,
          clients: members.size,
          duration_ms: Math.max(0, now() - Date.parse(alert.event_received_at)),
        })
      }
      if (entries.length < PAGE) return
    }
  }

  function catchUp(client: FeedClient): void {
    client.catchUp().catch((error: unknown) => {
      // The client comes back with `since`, by when the store may have recovered.
      log.warning('A live feed client could not be caught up', { cause: (error as Error).message })
      client.close(FeedCloseCode.shuttingDown, 'the store cannot be read; resume')
    })
  }

  async function dropEndedLogins(): Promise<void> {
    if (members.size === 0) return
    const live = new Set(await logins.liveFamilies([...new Set(members.values())], new Date(now())))
    for (const [client, family] of members) {
      if (!live.has(family)) client.close(FeedCloseCode.loginEnded, 'the login has ended')
    }
  }

  const onError = (error: unknown) =>
    log.error('The live feed cannot read the store; trying again', { cause: (error as Error).message })
  const broadcaster = createPoller({ work: broadcast, pauseMs: POLL_MS, onError })
  const doorkeeper = createPoller({ work: dropEndedLogins, pauseMs: LOGIN_POLL_MS, onError })

  return {
    async join(socket, login, since) {
      const known = since === undefined || since === '0' ? null : await alerts.positionOf(since)
      const resumed = since === '0' || known !== null
      const position = since === '0' ? 0 : (known ?? livePosition)
      const client = createFeedClient({
        socket,
        position,
        livePosition: () => livePosition,
        after: async (place, limit) => (await alerts.after(place, limit)).map(entryOf),
        now,
        onDelivered: (delivery) => publish({ kind: 'alert_delivered', ...delivery }),
      })
      members.set(client, login.family_id)
      client.tell({ event_type: 'CONNECTED', payload: { resumed, heartbeat_seconds: heartbeatSeconds } })
      if (position < livePosition) catchUp(client)
      return {
        hear(text) {
          if (!client.hear(text)) client.close(FeedCloseCode.malformed, 'not an acknowledgement')
        },
        left() {
          client.closed()
          members.delete(client)
        },
      }
    },
    wake: broadcaster.wake,
    updated(ids) {
      if (ids === null || members.size === 0) return
      alerts.byIds(ids.split(',')).then((changed) => {
        for (const alert of changed) {
          const text = textOf({ event_type: 'ALERT_UPDATED', payload: alert })
          for (const client of members.keys()) client.offerUpdate(text)
        }
      }, onError)
    },
    checkLogins: doorkeeper.wake,
    clientCount: () => members.size,
    async stop() {
      await Promise.all([broadcaster.stop(), doorkeeper.stop()])
      for (const client of members.keys())
        client.close(FeedCloseCode.shuttingDown, 'the server stops; resume')
    },
  }
}

function entryOf(item: FeedItem): FeedEntry {
  const { alert } = item
  return { ...item, text: textOf({ event_type: 'THREAT_ESCALATION', payload: alert }) }
}

function textOf(message: FeedMessage): string {
  return JSON.stringify(message)
}
