import type { Publish } from '../../domain/platform-event.js'
import type { LlmGrant, LlmRefusal, LlmQuota as OwnersQuota } from '../../platform/llm/llm-quota.js'

/** A refusal, in words for people. */
export interface UserRefusal extends Omit<LlmRefusal, 'quota'> {
  /** Whose quota is used up: the user's, or that of everybody together. */
  quota: 'user' | 'total'
  /** Why, for people. */
  detail: string
}

/** What users, and all of them together, may ask of the LLM in a day. The watch over the LLM asks without it. */
export interface LlmQuota {
  take(operation: 'analyze' | 'chat', user_id: string): Promise<LlmGrant | UserRefusal>
}

/** Counts refusals by the operation, and says whose limit it was. */
export function createUserQuota(quota: OwnersQuota, publish: Publish): LlmQuota {
  return {
    async take(operation, user_id) {
      const taken = await quota.take(user_id)
      if (taken.granted) return taken
      const whose = taken.quota === 'own' ? 'user' : 'total'
      publish({ kind: 'llm_request_refused', operation, quota: whose })
      const limit = whose === 'user' ? 'your daily limit' : 'the daily limit of all users together'
      const detail = `${limit} of requests to the LLM (${quota.limits[taken.quota]}) is reached; it resets at 00:00 UTC`
      return { ...taken, quota: whose, detail }
    },
  }
}
