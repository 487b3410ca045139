import { type Alert, FeedAcknowledgement } from '@eviltwin/contract'

/** An alert that a client has, or should have had. */
export interface AlertDelivery {
  alert_id: string
  /** From the receipt of the event to the acknowledgement; of a late one that was not acknowledged, to now. */
  seconds: number
  /** `resumed`: the client had been away when the alert was raised, which says nothing about our delay. */
  mode: 'live' | 'resumed'
  /** False: the client answers pings, but did not acknowledge this alert in time. */
  acknowledged: boolean
}

/** Why nothing can be said about the delay of an alert that a client was sent. */
export type UnmeasuredReason = 'never_acknowledged' | 'left'

/** The alerts that one client was sent and has not acknowledged. */
export interface FeedAcknowledgements {
  expect(alert: Alert, mode: AlertDelivery['mode']): void
  /** Handles a message of the client. @returns false when it is not one that the protocol knows. */
  receive(text: string): boolean
  /** Pings the client where an acknowledgement is late. Call it several times in the time that an acknowledgement may take. */
  checkLate(): void
  /** The client answered a ping. */
  answered(): void
  /** The client is gone. */
  closed(): void
}

export interface FeedAcknowledgementsOptions {
  /** Milliseconds since the epoch, by the clock that stamps the receipt of events. */
  now: () => number
  /** Milliseconds from the receipt of an event after which its acknowledgement is late. */
  lateAfterMs: number
  ping: () => void
  /** Called once for each alert, at the acknowledgement or when it is late. */
  onDelivered: (delivery: AlertDelivery) => void
  /** Called instead for an alert of which it is unknown when, or whether, the client had it. */
  onUnmeasured: (reason: UnmeasuredReason) => void
}

interface Sent {
  receivedMs: number
  mode: AlertDelivery['mode']
  /** When its acknowledgement is late; an alert that was sent late has been late already. */
  dueMs: number
}

/** Acknowledgements that are still awaited; a client that never acknowledges costs no more than this. */
const MAX_UNACKNOWLEDGED = 1_000

/**
 * Measures how long each alert takes to reach a client. A client that has acknowledged an alert is expected to acknowledge the next ones:
 * one that it does not acknowledge in time is late, once the client has shown by the answer to a later ping that it is there. Messages keep
 * their order, so an acknowledgement that was under way comes before that answer.
 */
export function createFeedAcknowledgements(options: FeedAcknowledgementsOptions): FeedAcknowledgements {
  const { now, lateAfterMs, ping, onDelivered, onUnmeasured } = options
  const unacknowledged = new Map<string, Sent>()
  let firstAcknowledgedMs: number | null = null
  let pingedMs: number | null = null

  /** What was due before the client ever acknowledged was sent to one that does not, as far as was known. */
  const isLateAt = ({ mode, dueMs }: Sent, at: number): boolean =>
    mode === 'live' && firstAcknowledgedMs !== null && dueMs >= firstAcknowledgedMs && dueMs <= at

  function deliver(alert_id: string, { receivedMs, mode }: Sent, acknowledged: boolean): void {
    onDelivered({ alert_id, seconds: Math.max(0, now() - receivedMs) / 1000, mode, acknowledged })
  }

  function giveUp({ mode }: Sent): void {
    if (mode === 'live') onUnmeasured(firstAcknowledgedMs === null ? 'never_acknowledged' : 'left')
  }

  return {
    expect({ id, event_received_at }, mode) {
      const receivedMs = Date.parse(event_received_at)
      unacknowledged.set(id, { receivedMs, mode, dueMs: Math.max(now(), receivedMs + lateAfterMs) })
      if (unacknowledged.size <= MAX_UNACKNOWLEDGED) return
      const [oldest] = unacknowledged
      if (oldest === undefined) return
      unacknowledged.delete(oldest[0])
      giveUp(oldest[1])
    },
    receive(text) {
      const message = acknowledgementOf(text)
      if (!message) return false
      firstAcknowledgedMs ??= now()
      const { payload } = message
      for (const id of 'id' in payload ? [payload.id] : payload.ids) {
        const sent = unacknowledged.get(id)
        if (!sent) continue
        unacknowledged.delete(id)
        deliver(id, sent, true)
      }
      return true
    },
    checkLate() {
      if (firstAcknowledgedMs === null || pingedMs !== null) return
      const at = now()
      for (const sent of unacknowledged.values()) {
        if (!isLateAt(sent, at)) continue
        pingedMs = at
        ping()
        return
      }
    },
    answered() {
      if (pingedMs === null) return
      for (const [id, sent] of unacknowledged) {
        if (!isLateAt(sent, pingedMs)) continue
        unacknowledged.delete(id)
        deliver(id, sent, false)
      }
      pingedMs = null
    },
    closed() {
      for (const sent of unacknowledged.values()) giveUp(sent)
      unacknowledged.clear()
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
