import { equalJitter } from '../../domain/equal-jitter.js'

export interface BackoffOptions {
  /** Milliseconds since the epoch. */
  now: () => number
  /** Called for every failure. */
  onFailure: (error: unknown) => void
  /** What is done instead while the circuit is open. */
  whileOpen: () => Promise<void>
}

const SHORTEST_BACKOFF_MS = 1_000
const LONGEST_BACKOFF_MS = 60_000

/** After a failure nothing is tried for a while, longer each time: a circuit breaker with one probe a backoff. */
export function withBackoff(
  work: () => Promise<void>,
  { now, onFailure, whileOpen }: BackoffOptions,
): () => Promise<void> {
  let backoffMs = 0
  let openUntil = 0
  return async () => {
    if (now() < openUntil) return whileOpen()
    try {
      await work()
      backoffMs = 0
    } catch (error) {
      backoffMs = Math.min(LONGEST_BACKOFF_MS, Math.max(SHORTEST_BACKOFF_MS, backoffMs * 2))
      openUntil = now() + equalJitter(backoffMs)
      onFailure(error)
    }
  }
}
