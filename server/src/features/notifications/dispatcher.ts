import type { ChannelType } from '@eviltwin/contract'
import { equalJitter } from '../../domain/equal-jitter.js'
import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../../platform/logger.js'
import { ForbiddenTargetError } from '../../platform/outbound/address-guard.js'
import { DeliveryError } from '../../platform/outbound/outbound-http.js'
import { createPoller } from '../../platform/poller.js'
import { UnsealError } from '../../platform/seal.js'
import type { ClaimedMessage, ClaimedMessages, OutboxStore, Settlement } from './outbox-store.js'
import type { Sender } from './sender.js'
import type { ChannelStore, StoredChannel } from './store.js'

/** Empties the outbox: at least once, in order a channel, no channel held up by another. */
export interface Dispatcher {
  /** Something may be due. */
  wake(): void
  /** Messages that wait, by type of channel, as last counted. */
  pending(): ReadonlyMap<ChannelType, number>
  stop(): Promise<void>
}

export interface DispatcherOptions {
  outbox: OutboxStore
  channels: Pick<ChannelStore, 'digest'>
  send: Sender
  log: Logger
  now: () => number
  /** 0..1; spreads retries, so that a receiver that comes back is not met by everybody at once. */
  random: () => number
  publish: Publish
}

const POLL_MS = 1_000
const HOUR_MS = 3_600_000
/** Messages of one channel that are sent under one lease. */
const BATCH = 10
/** Longer than a batch of answers that each come just in time. */
const LEASE_MS = 120_000
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 5 * 60_000
const LONGEST_REQUESTED_MS = HOUR_MS
/** After some five minutes a message that fails is passed over by the next ones. */
const HOLDING_ATTEMPTS = 10
/** Some 24 hours: an evening's outage and a morning's repair; then somebody has to look. */
const MAX_ATTEMPTS = 400

/** Starts to send what is due: whenever woken, and once a second. */
export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const { outbox, channels, log, now, publish } = options
  const busy = new Map<string, Promise<void>>()
  let waiting: ReadonlyMap<ChannelType, number> = new Map()
  let digestedHour = 0

  async function writeDigests(): Promise<void> {
    const hour = Math.floor(now() / HOUR_MS) * HOUR_MS
    if (hour === digestedHour) return
    await channels.digest(new Date(hour))
    digestedHour = hour
    poller.wake()
  }

  async function work(): Promise<void> {
    const at = now()
    const claimed = await outbox.claim({
      limit: BATCH,
      holding: HOLDING_ATTEMPTS,
      now: new Date(at),
      leased_until: new Date(at + LEASE_MS),
    })
    for (const messages of claimed) {
      const { id } = messages.channel
      const sending = sendAll(messages)
        .catch(onError)
        .then(() => {
          busy.delete(id)
          // There may be more than one batch.
          poller.wake()
        })
      busy.set(id, sending)
    }
    waiting = await outbox.pending()
  }

  /** Sends until one fails: what follows it would most likely fail, too, and must not overtake it. */
  async function sendAll({ channel, messages }: ClaimedMessages): Promise<void> {
    for (const [index, message] of messages.entries()) {
      const settlement = await attempt(options, channel, message)
      await outbox.settle(message.id, settlement, new Date(now()))
      const { type: channel_type } = channel.settings
      publish({ kind: 'delivery_attempted', channel_type, outcome: settlement.outcome })
      if (settlement.outcome === 'failed')
        return outbox.release(messages.slice(index + 1).map(({ id }) => id))
    }
  }

  function onError(error: unknown): void {
    log.error('The outbox cannot be used; trying again', { cause: (error as Error).message })
  }

  const poller = createPoller({ work, pauseMs: POLL_MS, onError })
  // Beside the sending: digests wait for the lock of the alert feed, and the alert that says that the feed is stuck must not.
  const digests = createPoller({ work: writeDigests, pauseMs: POLL_MS, onError })
  return {
    wake: poller.wake,
    pending: () => waiting,
    async stop() {
      await Promise.all([poller.stop(), digests.stop()])
      await Promise.all(busy.values())
    },
  }
}

/** Sends one message once and logs the outcome. */
async function attempt(
  { send, log, now, random }: Pick<DispatcherOptions, 'send' | 'log' | 'now' | 'random'>,
  channel: StoredChannel,
  message: ClaimedMessage,
): Promise<Settlement> {
  const facts = {
    channel_id: channel.id,
    channel_type: channel.settings.type,
    delivery_id: message.id,
    kind: message.notice.kind,
    attempts: message.attempts + 1,
  }
  try {
    await send(channel, message.id, message.notice)
    log.info('Notice delivered', facts)
    return { outcome: 'delivered' }
  } catch (error) {
    const settlement = afterFailure(error as Error, message.attempts, now(), random)
    log.warning(settlement.outcome === 'dead' ? 'Notice given up' : 'Notice not delivered', {
      ...facts,
      cause: settlement.error,
    })
    return settlement
  }
}

/**
 * What to do with a message whose attempt failed.
 * @param attempts those that failed before this one.
 * @param random 0..1.
 */
export function afterFailure(
  error: Error,
  attempts: number,
  now: number,
  random: () => number,
): Exclude<Settlement, { outcome: 'delivered' }> {
  const reason = error.message.slice(0, 500)
  if (isFinal(error) || attempts + 1 >= MAX_ATTEMPTS) return { outcome: 'dead', error: reason }
  const { retryAfter } = error as Partial<DeliveryError>
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts)
  const requested = Math.min(LONGEST_REQUESTED_MS, (retryAfter ?? 0) * 1000)
  const pause = Math.max(requested, equalJitter(ceiling, random))
  return { outcome: 'failed', error: reason, next_attempt_at: new Date(now + pause) }
}

/**
 * Whether no later attempt can succeed: the receiver refused this very message, or the target is forbidden or the secret cannot be
 * decrypted, which stays so until somebody changes the channel. Everything else may be transient.
 */
function isFinal(error: Error): boolean {
  if (error instanceof DeliveryError) return error.permanent
  return error instanceof ForbiddenTargetError || error instanceof UnsealError
}
