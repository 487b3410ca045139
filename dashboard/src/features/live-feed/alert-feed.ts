import type { Alert, FeedAcknowledgement, FeedMessage } from '@eviltwin/contract'
import { answerOf, api } from '../../api/client'

/** What the live feed reports to the page. */
export interface FeedListener {
  onAlert(alert: Alert): void
  onUpdate(alert: Alert): void
  onState(connected: boolean): void
  /** What was missed is not known any more: read the list again. */
  onGap(): void
  /** Sessions got events or recordings; null: nobody knows which. */
  onSessions(ids: readonly string[] | null): void
}

const SHORTEST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

/** Follows WS /ws/alerts until stopped; after an interruption it goes on behind the last alert it had. */
export function followAlerts(since: string | undefined, listener: FeedListener): () => void {
  const progress = createProgress(since, listener)
  let pauseMs = SHORTEST_PAUSE_MS
  let socket: WebSocket | null = null
  let timer: number | undefined
  let stopped = false

  async function connect(): Promise<void> {
    const { ticket } = await answerOf(api.POST('/auth/ws-ticket'))
    if (stopped) return
    const last = progress.last()
    const query = new URLSearchParams({
      ticket,
      sessions: 'true',
      ...(last !== undefined && { since: last }),
    })
    const url = new URL(`/ws/alerts?${query}`, window.location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    socket = new WebSocket(url)
    socket.onmessage = ({ data }) => onMessage(JSON.parse(data as string) as FeedMessage)
    socket.onclose = again
  }

  function onMessage(message: FeedMessage): void {
    if (message.event_type === 'CONNECTED') pauseMs = SHORTEST_PAUSE_MS
    progress.take(message)
    if (message.event_type !== 'THREAT_ESCALATION') return
    const acknowledgement: FeedAcknowledgement = { event_type: 'ACK', payload: { id: message.payload.id } }
    socket?.send(JSON.stringify(acknowledgement))
  }

  function again(): void {
    listener.onState(false)
    if (stopped) return
    // Half to all of the pause: pages that lost the same server do not come back in the same instant.
    timer = window.setTimeout(start, pauseMs * (0.5 + Math.random() / 2))
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
  }

  function start(): void {
    connect().catch(again)
  }

  start()
  return () => {
    stopped = true
    window.clearTimeout(timer)
    socket?.close()
  }
}

/** How far the feed was followed, over all of its connections. */
interface FeedProgress {
  /** The last alert that came; undefined: none. */
  last(): string | undefined
  take(message: FeedMessage): void
}

function createProgress(since: string | undefined, listener: FeedListener): FeedProgress {
  let last = since
  let wasConnected = false
  return {
    last: () => last,
    take(message) {
      switch (message.event_type) {
        case 'CONNECTED':
          listener.onState(true)
          // Alerts are resumed; changes of alerts that were made meanwhile are not sent again.
          if (wasConnected || (last !== undefined && !message.payload.resumed)) listener.onGap()
          if (wasConnected) listener.onSessions(null)
          wasConnected = true
          return
        case 'THREAT_ESCALATION':
          last = message.payload.id
          return listener.onAlert(message.payload)
        case 'ALERT_UPDATED':
          return listener.onUpdate(message.payload)
        case 'UPDATES_MISSED':
          return listener.onGap()
        case 'SESSIONS_CHANGED':
          return listener.onSessions(message.payload.ids)
        case 'FELL_BEHIND':
      }
    },
  }
}
