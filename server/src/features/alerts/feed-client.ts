import { FeedAcknowledgement, type FeedMessage } from '@eviltwin/contract'
import type { FeedItem } from './store.js'

/** The part of a WebSocket that the feed needs. */
export interface FeedSocket {
  /** Bytes accepted and not yet handed to the network. */
  readonly bufferedAmount: number
  send(text: string, sent: () => void): void
  close(code: number, reason: string): void
}

/** An alert ready to be sent to many. */
export interface FeedEntry extends FeedItem {
  text: string
}

export interface FeedClientOptions {
  socket: FeedSocket
  /** The place in the feed of the newest alert that the client has. */
  position: number
  /** The newest place that every live client was sent. */
  livePosition: () => number
  /** Reads what is stored after a place. */
  after: (position: number, limit: number) => Promise<FeedEntry[]>
  now: () => number
  onDelivered: (delivery: AlertDelivery) => void
}

/** An alert that a client says it has. */
export interface AlertDelivery {
  /** From the receipt of the event to the client's acknowledgement. */
  seconds: number
  /** `resumed`: the client had been away when the alert was raised, which says nothing about our delay. */
  mode: 'live' | 'resumed'
}

/** A client with this many bytes to go is slow: nothing more is kept for it, the store has it all. */
const HIGH_WATER_BYTES = 256 * 1024
const LOW_WATER_BYTES = 64 * 1024
const PAGE = 100
/** Acknowledgements that are still awaited; a client that never acknowledges costs no more than this. */
const MAX_UNACKNOWLEDGED = 1_000

/**
 * One client of the live feed. Holds a place in the feed and no alerts: while the client keeps up it is sent what is
 * new; when it is slow it is told so, and gets the rest from the store at its own pace. Every alert goes out exactly
 * once and in order either way, because only what lies beyond the place is sent.
 */
export function createFeedClient(options: FeedClientOptions) {
  const { socket, livePosition, after, now, onDelivered } = options
  const unacknowledged = new Map<string, { receivedMs: number; mode: AlertDelivery['mode'] }>()
  // What was raised before the client came is not late because the client is.
  const joinedAt = livePosition()
  let position = options.position
  let state: 'live' | 'catching-up' | 'closed' = 'live'

  function sendEntry({ position: place, alert, text }: FeedEntry): void {
    position = place
    unacknowledged.set(alert.id, {
      receivedMs: Date.parse(alert.event_received_at),
      mode: place > joinedAt ? 'live' : 'resumed',
    })
    if (unacknowledged.size > MAX_UNACKNOWLEDGED) {
      const [oldest] = unacknowledged.keys()
      if (oldest !== undefined) unacknowledged.delete(oldest)
    }
    send(text)
  }

  function send(text: string): void {
    socket.send(text, () => waiting?.())
  }

  let waiting: (() => void) | null = null
  /** Resolves when the network has taken most of what it was given, or the client is gone. */
  function drained(): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (state !== 'closed' && socket.bufferedAmount > LOW_WATER_BYTES) return
        waiting = null
        resolve()
      }
      waiting = check
      check()
    })
  }

  /** Sends from the store until nothing is missing. Rejects when the store cannot be read. */
  async function catchUp(): Promise<void> {
    if (state !== 'live') return
    state = 'catching-up'
    while (isOpen()) {
      await drained()
      if (!isOpen()) return
      const page = await after(position, PAGE)
      if (!isOpen()) return
      for (const entry of page) sendEntry(entry)
      // Nothing is awaited between this comparison and the change of state, so nothing can slip in between.
      if (page.length < PAGE && position >= livePosition()) {
        state = 'live'
        return
      }
    }
  }

  function isOpen(): boolean {
    return state !== 'closed'
  }

  return {
    /** Sends what is new. @returns true when the client has become too slow and `catchUp` must take over. */
    offer(entries: readonly FeedEntry[]): boolean {
      if (state !== 'live') return false
      for (const entry of entries) {
        if (entry.position <= position) continue
        if (socket.bufferedAmount > HIGH_WATER_BYTES) {
          tell({
            event_type: 'FELL_BEHIND',
            payload: { message: 'this client reads too slowly; what it missed follows from the store' },
          })
          return true
        }
        sendEntry(entry)
      }
      return false
    },
    catchUp,
    tell,
    /** Handles a message of the client. @returns false when it is not one that the protocol knows. */
    hear(text: string): boolean {
      const message = acknowledgementOf(text)
      if (!message) return false
      const { payload } = message
      for (const id of 'id' in payload ? [payload.id] : payload.ids) {
        const sent = unacknowledged.get(id)
        if (!sent) continue
        unacknowledged.delete(id)
        onDelivered({ seconds: Math.max(0, now() - sent.receivedMs) / 1000, mode: sent.mode })
      }
      return true
    },
    /** Sends to a client that keeps up; others will see it when they reload. */
    offerUpdate(text: string): void {
      if (state === 'live' && socket.bufferedAmount <= HIGH_WATER_BYTES) send(text)
    },
    close(code: number, reason: string): void {
      socket.close(code, reason)
    },
    closed(): void {
      state = 'closed'
      waiting?.()
    },
  }

  function tell(message: FeedMessage): void {
    send(JSON.stringify(message))
  }
}

export type FeedClient = ReturnType<typeof createFeedClient>

function acknowledgementOf(text: string): FeedAcknowledgement | null {
  try {
    return FeedAcknowledgement.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
