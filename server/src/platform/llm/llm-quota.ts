import { timestampOf } from '../../domain/timestamp.js'
import type { Logger } from '../logger.js'
import type { LlmQuotaLimits, LlmQuotaStore } from './llm-quota-store.js'

/** A request that may be sent. */
export interface LlmGrant {
  granted: true
  /** For one that was never sent. Never rejects. */
  giveBack(): Promise<void>
}

/** A request that may not be sent before `retry_at`. */
export interface LlmRefusal {
  granted: false
  /** Whose quota is used up: the owner's, or that of all owners together. */
  quota: keyof LlmQuotaLimits
  /** The next midnight, UTC: RFC 3339. */
  retry_at: string
  /** Seconds until then. */
  retryAfter: number
}

/** What owners, and all of them together, may ask of the LLM in a day. */
export interface LlmQuota {
  readonly limits: LlmQuotaLimits
  take(owner_id: string): Promise<LlmGrant | LlmRefusal>
}

export interface LlmQuotaOptions {
  store: LlmQuotaStore
  limits: LlmQuotaLimits
  log: Logger
  /** Milliseconds since the epoch. */
  now: () => number
}

const DAY_MS = 86_400_000

/** Days are those of UTC. What is counted is stored, so that a restart forgets nothing and replicas share it. */
export function createLlmQuota({ store, limits, log, now }: LlmQuotaOptions): LlmQuota {
  /** The day on which it was logged last that the quota of all owners is used up. */
  let reportedOn = ''

  return {
    limits,
    async take(owner_id) {
      const at = now()
      const day = new Date(at).toISOString().slice(0, 10)
      const outcome = await store.take(day, owner_id, limits)
      if (outcome === 'granted') {
        const giveBack = () =>
          store.giveBack(day, owner_id).catch((error: Error) => {
            log.warning('A request to the LLM that was not sent stays counted', { cause: error.message })
          })
        return { granted: true, giveBack }
      }
      const midnight = (Math.floor(at / DAY_MS) + 1) * DAY_MS
      const retry_at = timestampOf(midnight)
      if (outcome === 'total' && reportedOn !== day) {
        reportedOn = day
        log.warning('LLM quota is used up', { limit: limits.total, retry_at })
      }
      return { granted: false, quota: outcome, retry_at, retryAfter: Math.ceil((midnight - at) / 1000) }
    },
  }
}
