import { setTimeout as sleep } from 'node:timers/promises'
import type { Notification } from '@eviltwin/contract'
import { equalJitter } from '../../domain/equal-jitter.js'
import type { Logger } from '../../platform/logger.js'
import type { Sender, StoredChannel } from '../notifications/index.js'

/** Sends notifications without the outbox, which is in the database: for the alert that the database is unreachable. */
export interface FallbackNotifier {
  /** Reads the channels again, and keeps the last ones while they cannot be read. */
  refresh(): Promise<void>
  /** How many channels are known. */
  channelCount(): number
  /** Sends to every channel as last seen, a few times each; never rejects. @returns the outcome of each. */
  notify(notifications: readonly Notification[]): Promise<DirectAttempt[]>
  /** Sends what failed once more, to channels that are still remembered; never rejects. @returns what became of each. */
  retry(failed: readonly DirectAttempt[]): Promise<DirectAttempt[]>
}

/** A notification that was sent to a channel without the outbox, and the outcome. */
export interface DirectAttempt {
  notification: Notification
  channel: Pick<StoredChannel, 'id' | 'name'>
  outcome: 'delivered' | 'failed'
  /** When the last attempt ended, milliseconds since the epoch. */
  settledAt: number
  /** Why the last attempt failed. */
  detail: string | null
}

export interface FallbackNotifierOptions {
  channels: () => Promise<readonly StoredChannel[]>
  send: Sender
  log: Logger
  now: () => number
}

const ATTEMPTS = 3
const FIRST_PAUSE_MS = 1_000
const MAX_DETAIL = 500

export function createFallbackNotifier({
  channels,
  send,
  log,
  now,
}: FallbackNotifierOptions): FallbackNotifier {
  let known: readonly StoredChannel[] = []

  async function tryToSend(
    channel: StoredChannel,
    notification: Notification,
    attempts: number,
  ): Promise<DirectAttempt> {
    const id = `direct-${now()}`
    let detail: string | null = null
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      try {
        await send(channel, id, notification)
        return { notification, channel, outcome: 'delivered', settledAt: now(), detail: null }
      } catch (error) {
        detail = (error as Error).message.slice(0, MAX_DETAIL)
        log.warning('Notice not delivered', { channel_id: channel.id, attempt, cause: detail })
        if (attempt < attempts) await sleep(equalJitter(FIRST_PAUSE_MS * 2 ** (attempt - 1)))
      }
    }
    return { notification, channel, outcome: 'failed', settledAt: now(), detail }
  }

  return {
    channelCount: () => known.length,
    async refresh() {
      known = await channels().catch(() => known)
    },
    async notify(notifications) {
      // A process that has just begun knows none yet, and may have to end what the one before it sent.
      if (known.length === 0) known = await channels().catch(() => known)
      return Promise.all(
        known.flatMap((channel) =>
          notifications.map((notification) => tryToSend(channel, notification, ATTEMPTS)),
        ),
      )
    },
    retry: (failed) =>
      Promise.all(
        failed.flatMap(({ channel, notification }) =>
          known.filter(({ id }) => id === channel.id).map((still) => tryToSend(still, notification, 1)),
        ),
      ),
  }
}
