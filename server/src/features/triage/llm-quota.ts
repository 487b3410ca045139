import type { Publish } from '../../domain/platform-event.js'
import { timestampOf } from '../../domain/timestamp.js'
import type { Logger } from '../../platform/logger.js'
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
  /** Whose quota is used up: the user's, or that of everybody together. */
  quota: keyof LlmQuotaLimits
  /** Why, for people. */
  detail: string
  /** The next midnight, UTC: RFC 3339. */
  retry_at: string
  /** Seconds until then. */
  retryAfter: number
}

/** What users, and all of them together, may ask of the LLM in a day. The watch over the LLM asks without it. */
export interface LlmQuota {
  take(operation: 'analyze' | 'chat', user_id: string): Promise<LlmGrant | LlmRefusal>
}

export interface LlmQuotaOptions {
  store: LlmQuotaStore
  limits: LlmQuotaLimits
  publish: Publish
  log: Logger
  /** Milliseconds since the epoch. */
  now: () => number
}

const DAY_MS = 86_400_000

/** Days are those of UTC. What is counted is stored, so that a restart forgets nothing and replicas share it. */
export function createLlmQuota({ store, limits, publish, log, now }: LlmQuotaOptions): LlmQuota {
  /** The day on which the log was told that the quota of everybody is used up. */
  let reportedOn = ''

  return {
    async take(operation, user_id) {
      const at = now()
      const day = new Date(at).toISOString().slice(0, 10)
      const outcome = await store.take(day, user_id, limits)
      if (outcome === 'granted') {
        const giveBack = () =>
          store.giveBack(day, user_id).catch((error: Error) => {
            log.warning('A request to the LLM that was not sent stays counted', { cause: error.message })
          })
        return { granted: true, giveBack }
      }
      publish({ kind: 'llm_request_refused', operation, quota: outcome })
      const midnight = (Math.floor(at / DAY_MS) + 1) * DAY_MS
      const retry_at = timestampOf(midnight)
      if (outcome === 'total' && reportedOn !== day) {
        reportedOn = day
        log.warning('LLM quota is used up', { limit: limits.total, retry_at })
      }
      return {
        granted: false,
        quota: outcome,
        detail: detailOf(outcome, limits),
        retry_at,
        retryAfter: Math.ceil((midnight - at) / 1000),
      }
    },
  }
}

function detailOf(quota: keyof LlmQuotaLimits, limits: LlmQuotaLimits): string {
  const whose = quota === 'user' ? 'your daily limit' : 'the daily limit of all users together'
  return `${whose} of requests to the LLM (${limits[quota]}) is reached; it resets at 00:00 UTC`
}
