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
  /** Sends to every channel as last seen, a few times each; never rejects. */
  tell(notices: readonly Notice[]): Promise<void>
}

export interface DirectTellerOptions {
  channels: () => Promise<readonly StoredChannel[]>
  send: Sender
  log: Logger
  now: () => number
}

const ATTEMPTS = 3
const FIRST_PAUSE_MS = 1_000

export function createDirectTeller({ channels, send, log, now }: DirectTellerOptions): DirectTeller {
  let known: readonly StoredChannel[] = []

  async function tryToSend(channel: StoredChannel, notice: Notice): Promise<void> {
    const id = `direct-${now()}`
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      try {
        await send(channel, id, notice)
        return
      } catch (error) {
        log.warning('Notice not delivered', {
          channel_id: channel.id,
          attempt,
          cause: (error as Error).message,
        })
        if (attempt < ATTEMPTS) await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2))
      }
    }
  }

  return {
    channelCount: () => known.length,
    async refresh() {
      known = await channels().catch(() => known)
    },
    async tell(notices) {
      await Promise.all(known.flatMap((channel) => notices.map((notice) => tryToSend(channel, notice))))
    },
  }
}
