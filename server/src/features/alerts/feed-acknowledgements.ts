import { type Alert, FeedAcknowledgement } from '@eviltwin/contract'

/** An alert that a client says it has. */
export interface AlertDelivery {
  /** From the receipt of the event to the client's acknowledgement. */
  seconds: number
  /** `resumed`: the client had been away when the alert was raised, which says nothing about our delay. */
  mode: 'live' | 'resumed'
}

/** The alerts that one client was sent and has not acknowledged. */
export interface FeedAcknowledgements {
  expect(alert: Alert, mode: AlertDelivery['mode']): void
  /** Handles a message of the client. @returns false when it is not one that the protocol knows. */
  receive(text: string): boolean
}

/** Acknowledgements that are still awaited; a client that never acknowledges costs no more than this. */
const MAX_UNACKNOWLEDGED = 1_000

/** Measures how long each alert takes to reach a client. */
export function createFeedAcknowledgements({
  now,
  onDelivered,
}: {
  now: () => number
  onDelivered: (delivery: AlertDelivery) => void
}): FeedAcknowledgements {
  const unacknowledged = new Map<string, { receivedMs: number; mode: AlertDelivery['mode'] }>()
  return {
    expect({ id, event_received_at }, mode) {
      unacknowledged.set(id, { receivedMs: Date.parse(event_received_at), mode })
      if (unacknowledged.size <= MAX_UNACKNOWLEDGED) return
      const [oldest] = unacknowledged.keys()
      if (oldest !== undefined) unacknowledged.delete(oldest)
    },
    receive(text) {
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
  }
}

function acknowledgementOf(text: string): FeedAcknowledgement | null {
  try {
    return FeedAcknowledgement.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
