import type { FeedMessage } from '@eviltwin/contract'
import type { FeedItem } from './alert-reader-store.js'
import {
  type AlertDelivery,
  createFeedAcknowledgements,
  type FeedAcknowledgementsOptions,
} from './feed-acknowledgements.js'
import { createFeedSocketWriter, type FeedSocket } from './feed-socket.js'
import { sessionsChanged } from './session-changes.js'

export type { AlertDelivery }

/** An alert ready to be sent to many. */
export interface FeedEntry extends FeedItem {
  text: string
}

export interface FeedClientOptions extends Omit<FeedAcknowledgementsOptions, 'ping'> {
  socket: FeedSocket
  /** The place in the feed of the newest alert that the client has. */
  position: number
  /** The newest place that every live client was sent. */
  livePosition: () => number
  /** Reads what is stored after a place. */
  after: (position: number, limit: number) => Promise<FeedEntry[]>
  /** Called for each alert that the client is sent and that was raised while it was connected. */
  onSent: (entry: FeedEntry) => void
  /** Whether the client is also sent which sessions changed. */
  followsSessions?: boolean
}

const PAGE = 100
const FELL_BEHIND: FeedMessage = {
  event_type: 'FELL_BEHIND',
  payload: { message: 'this client reads too slowly; what it missed follows from the store' },
}

/** Changes were made, and nobody can say of which alerts. */
export const UPDATES_MISSED: FeedMessage = {
  event_type: 'UPDATES_MISSED',
  payload: { message: 'alerts may have changed unseen; reload GET /alerts' },
}

/**
 * One client of the live feed. Holds a place in the feed and no alerts: while the client keeps up it is sent what is
 * new; when it is slow it gets a message, and gets the rest from the store at its own pace. Every alert goes out exactly
 * once and in order either way, because only what lies beyond the place is sent.
 */
export function createFeedClient(options: FeedClientOptions) {
  const { socket, livePosition, after, followsSessions = false } = options
  const writer = createFeedSocketWriter(socket)
  const acknowledgements = createFeedAcknowledgements({ ...options, ping: () => socket.ping() })
  // What was raised before the client came is not late because the client is.
  const joinedAt = livePosition()
  let position = options.position
  let state: 'live' | 'catching-up' | 'closed' = 'live'
  const isOpen = (): boolean => state !== 'closed'

  function sendEntry(entry: FeedEntry): void {
    position = entry.position
    const isLive = position > joinedAt
    acknowledgements.expect(entry.alert, isLive ? 'live' : 'resumed')
    writer.send(entry.text)
    if (isLive) options.onSent(entry)
  }

  const sendMessage = (message: FeedMessage): void => writer.send(JSON.stringify(message))
  const updates = createUpdates(writer.send, () => sendMessage(UPDATES_MISSED))
  const sessions = createUpdates(writer.send, () => sendMessage(sessionsChanged(null)))
  const keepsUp = (): boolean => state === 'live' && !writer.isFull()
  /** Sends from the store until nothing is missing. Rejects when the store cannot be read. */
  async function catchUp(): Promise<void> {
    if (state !== 'live') return
    state = 'catching-up'
    while (isOpen()) {
      await writer.drained()
      if (!isOpen()) return
      const page = await after(position, PAGE)
      if (!isOpen()) return
      for (const entry of page) sendEntry(entry)
      // Nothing is awaited between this comparison and the change of state, so nothing can slip in between.
      if (page.length < PAGE && position >= livePosition()) {
        state = 'live'
        updates.resume()
        return sessions.resume()
      }
    }
  }

  return {
    /** Sends what is new. @returns true when the client has become too slow and `catchUp` must take over. */
    offer(entries: readonly FeedEntry[]): boolean {
      if (state !== 'live') return false
      for (const entry of entries) {
        if (entry.position <= position) continue
        if (writer.isFull()) {
          sendMessage(FELL_BEHIND)
          return true
        }
        sendEntry(entry)
      }
      return false
    },
    catchUp,
    sendMessage,
    /** Handles a message of the client. @returns false when it is not one that the protocol knows. */
    onMessage: acknowledgements.receive,
    checkLate: acknowledgements.checkLate,
    /** The client answered a ping. */
    answered: acknowledgements.answered,
    /** Sends a change. A client that does not keep up is sent none, and learns of that when it does again. @returns like `offer`. */
    offerUpdate: (text: string): boolean => updates.offer(text, keepsUp()) && state === 'live',
    /** Sends which sessions changed, if the client asked for it. @returns like `offer`. */
    offerSessions: (text: string): boolean =>
      followsSessions && sessions.offer(text, keepsUp()) && state === 'live',
    close: (code: number, reason: string): void => socket.close(code, reason),
    closed(): void {
      state = 'closed'
      writer.closed()
      acknowledgements.closed()
    },
  }
}

/** Changes on their way to a client; those that it cannot take are only known to have been missed. */
function createUpdates(send: (text: string) => void, sendMissed: () => void) {
  let missed = false
  return {
    /** @returns whether changes were missed since the client last kept up. */
    offer(text: string, keepsUp: boolean): boolean {
      if (keepsUp) send(text)
      else missed = true
      return missed
    },
    /** The client keeps up again. */
    resume(): void {
      if (missed) sendMissed()
      missed = false
    },
  }
}

export type FeedClient = ReturnType<typeof createFeedClient>
