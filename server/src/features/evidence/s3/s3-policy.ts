import {
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  type IPolicy,
  retry,
  wrap,
} from 'cockatiel'
import { S3Error } from './s3-error.js'

export interface S3PolicyOptions {
  /** The pause before the first retry; later ones grow, with jitter. Milliseconds. */
  firstPauseMs: number
  /** For how long no request is sent once the breaker is open. Milliseconds. */
  openMs: number
}

const RETRIES = 2
const FAILURES_TO_OPEN = 5
const MAX_PAUSE_MS = 2_000

/** A request that fails for a moment is sent three times; after five that failed all the same, none is for a while. */
export function createS3Policy({ firstPauseMs, openMs }: S3PolicyOptions): IPolicy {
  const again = retry(
    handleWhen((error) => error instanceof S3Error && error.transient),
    {
      maxAttempts: RETRIES,
      backoff: new ExponentialBackoff({ initialDelay: firstPauseMs, maxDelay: MAX_PAUSE_MS }),
    },
  )
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: openMs,
    breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
  })
  return wrap(breaker, again)
}
