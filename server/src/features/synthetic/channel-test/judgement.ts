import { FAILED_ATTEMPTS, type TestDelivery } from '../../notifications/index.js'

/** What a test came to; null: it is under way. */
export type Verdict = { state: 'delivered'; failure: null } | { state: 'failed'; failure: string } | null

/** So long a message may wait for its first attempt, in milliseconds. */
export const ATTEMPT_WITHIN_MS = 5 * 60_000

/**
 * What became of the message of a test. It has failed when the receiver refused it for good, or as often as makes a channel a failing
 * one; it is sent again all the same, and may be delivered later. Pure.
 * @param delivery null: it was removed with its channel. @param sent_at and now: milliseconds since the epoch.
 */
export function judgeDelivery(delivery: TestDelivery | null, sent_at: number, now: number): Verdict {
  if (delivery === null) return failed('the channel was removed before the message was delivered')
  const { state, attempts, last_error } = delivery
  if (state === 'delivered') return { state, failure: null }
  const error = last_error ?? 'no reason is known'
  if (state === 'dead') return failed(`the message was refused and is not sent again: ${error}`)
  if (attempts >= FAILED_ATTEMPTS) return failed(`${attempts} attempts failed: ${error}`)
  if (now - sent_at <= ATTEMPT_WITHIN_MS) return null
  return failed(
    attempts === 0
      ? 'the message was not sent within 5 minutes: the channel is disabled, earlier messages hold it up, or the dispatcher is down'
      : `the message was not delivered within 5 minutes: ${error}`,
  )
}

function failed(failure: string): Verdict {
  return { state: 'failed', failure }
}
