import { setTimeout as sleep } from 'node:timers/promises'
import type { Notice } from '@eviltwin/contract'
import type { Logger } from '../../platform/logger.js'
import type { Sender, StoredChannel } from '../notifications/index.js'

/** Tells people without the outbox, which is in the database: for the alert that the database is away. */
export interface DirectTeller {
  /** Remembers the channels while they can be read. */
  refresh(): Promise<void>
  /** How many channels are remembered. */
  channelCount(): number
  /** Sends to every channel as last seen, a few times each; never rejects. @returns what became of each. */
  tell(notices: readonly Notice[]): Promise<DirectAttempt[]>
  /** Sends what failed once more, to channels that are still remembered; never rejects. @returns what became of each. */
  tellAgain(failed: readonly DirectAttempt[]): Promise<DirectAttempt[]>
}

/** A notice that was sent to a channel without the outbox, and the outcome. */
export interface DirectAttempt {
  notice: Notice
  channel: Pick<StoredChannel, 'id' | 'name'>
  outcome: 'delivered' | 'failed'
  /** When the last attempt ended, milliseconds since the epoch. */
  settledAt: number
  /** Why the last attempt failed. */
  detail: string | null
}

export interface DirectTellerOptions {
  channels: () => Promise<readonly StoredChannel[]>
  send: Sender
  log: Logger
  now: () => number
}

const ATTEMPTS = 3
const FIRST_PAUSE_MS = 1_000
const MAX_DETAIL = 500

export function createDirectTeller({ channels, send, log, now }: DirectTellerOptions): DirectTeller {
  let known: readonly StoredChannel[] = []

  async function tryToSend(channel: StoredChannel, notice: Notice, attempts: number): Promise<DirectAttempt> {
    const id = `direct-${now()}`
    let detail: string | null = null
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      try {
        await send(channel, id, notice)
        return { notice, channel, outcome: 'delivered', settledAt: now(), detail: null }
      } catch (error) {
        detail = (error as Error).message.slice(0, MAX_DETAIL)
        log.warning('Notice not delivered', { channel_id: channel.id, attempt, cause: detail })
        if (attempt < attempts) await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2))
      }
    }
    return { notice, channel, outcome: 'failed', settledAt: now(), detail }
  }

  return {
    channelCount: () => known.length,
    async refresh() {
      known = await channels().catch(() => known)
    },
    async tell(notices) {
      // A process that has just begun knows none yet, and may have to end what the one before it sent.
      if (known.length === 0) known = await channels().catch(() => known)
      return Promise.all(
        known.flatMap((channel) => notices.map((notice) => tryToSend(channel, notice, ATTEMPTS))),
      )
    },
    tellAgain: (failed) =>
      Promise.all(
        failed.flatMap(({ channel, notice }) =>
          known.filter(({ id }) => id === channel.id).map((still) => tryToSend(still, notice, 1)),
        ),
      ),
  }
}
