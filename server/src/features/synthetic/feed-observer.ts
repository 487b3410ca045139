import { FeedMessage } from '@eviltwin/contract'
import { WebSocket } from 'ws'
import type { Logger } from '../../platform/logger.js'

/** The platform's own client of the live feed: it acknowledges what it receives. */
export interface FeedObserver {
  /** Connects where it is not connected. Resolves when it is. Rejects when it cannot. */
  connect(): Promise<void>
  isConnected(): boolean
  close(): void
}

export interface FeedObserverOptions {
  /** Of this server, without a final slash. */
  url: string
  /** A ticket that admits the platform itself. */
  ticket: () => Promise<string>
  /** An alert arrived. */
  onDelivered: (alert_id: string) => void
  log: Logger
}

const CONNECT_MS = 5_000
/** An alert is some kilobytes. */
const MAX_MESSAGE_BYTES = 1024 * 1024

/** Uses the route of every other client, over a connection of its own. */
export function createFeedObserver({ url, ticket, onDelivered, log }: FeedObserverOptions): FeedObserver {
  let socket: WebSocket | null = null
  const isConnected = () => socket?.readyState === WebSocket.OPEN

  function receive(from: WebSocket, text: string): void {
    const message = FeedMessage.safeParse(parsed(text)).data
    if (message?.event_type !== 'THREAT_ESCALATION') return
    onDelivered(message.payload.id)
    from.send(JSON.stringify({ event_type: 'ACK', payload: { id: message.payload.id } }))
  }

  return {
    async connect() {
      if (isConnected()) return
      const query = new URLSearchParams({ ticket: await ticket() })
      const opened = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/alerts?${query}`, {
        handshakeTimeout: CONNECT_MS,
        maxPayload: MAX_MESSAGE_BYTES,
      })
      socket = opened
      opened.on('message', (data) => receive(opened, data.toString()))
      await new Promise<void>((resolve, reject) => {
        opened.once('open', resolve)
        opened.once('error', reject)
      })
      opened.on('error', (error) =>
        log.warning('The own connection to the live feed broke', { cause: error.message }),
      )
    },
    isConnected,
    close() {
      socket?.terminate()
      socket = null
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
