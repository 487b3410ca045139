import type { Logger } from '../logger.js'
import type { LogRefusal } from './post-log.js'

export interface ServerAvailabilityOptions {
  log: Logger
  /** Milliseconds since 1970. */
  now: () => number
  /** From 0 to 1. */
  random: () => number
}

/** Whether the server takes lines, as the last requests found it. After a failure it is left alone for a while, longer each time. */
export interface ServerAvailability {
  /** The server took lines. */
  succeeded(): void
  /** The server, or the way to it, refused lines. */
  failed(refusal: LogRefusal): void
  /** Whether it is time for a request. */
  mayTry(): boolean
  /** Milliseconds since the first failure after the last success; 0 without a failure. */
  awayMs(): number
  /** Failures since the last success; and the last one. */
  failures(): { count: number; last: LogRefusal | null }
}

const FIRST_BACKOFF_MS = 500
const MAX_BACKOFF_MS = 60_000
/** A person has to mend a key or an address first. */
const REFUSED_BACKOFF_MS = 60_000
const MAX_RETRY_AFTER_MS = 600_000

export function createServerAvailability({
  log,
  now,
  random,
}: ServerAvailabilityOptions): ServerAvailability {
  let awaySince: number | null = null
  let retryAt = 0
  let count = 0
  let last: LogRefusal | null = null
  const awayMs = () => (awaySince === null ? 0 : now() - awaySince)

  /** At least what the server asks for; otherwise between half of the backoff and all of it. */
  function pauseAfter({ final, retryAfterMs }: LogRefusal): number {
    const backoff = final
      ? REFUSED_BACKOFF_MS
      : Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(count, 10))
    const asked = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)
    return Math.max(asked, backoff / 2) + (random() * backoff) / 2
  }

  return {
    succeeded() {
      if (awaySince !== null) log.info('Server takes lines again', { away_ms: awayMs() })
      awaySince = null
      retryAt = 0
      count = 0
      last = null
    },
    failed(refusal) {
      const pause = pauseAfter(refusal)
      retryAt = now() + pause
      awaySince ??= now()
      count += 1
      last = refusal
      const fields = { cause: refusal.refusal, retry_in_ms: Math.round(pause) }
      if (refusal.final) log.error('Server refuses lines', fields)
      // Who is asked once to wait for a moment waits for nothing that somebody has to mend.
      else if (count === 1 && refusal.retryAfterMs > 0) log.info('Server asks to wait', fields)
      else log.warning('Server does not take lines', fields)
    },
    mayTry: () => now() >= retryAt,
    awayMs,
    failures: () => ({ count, last }),
  }
}
