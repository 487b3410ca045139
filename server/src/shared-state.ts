import { createFeedQuotas, type FeedQuota } from './features/alerts/index.js'
import { type AuthLimits, createAuthLimits } from './features/auth/index.js'
import { createVisitBudget, type VisitBudget } from './features/canary/index.js'
import { createHecAcknowledgements, type HecAcknowledgements } from './features/ingest/index.js'
import type { Config } from './platform/config.js'

/**
 * What is counted once for all processes of a server: more processes must give nobody more attempts, visits or feeds. Kept by the process
 * that starts the others, or by the only one; its functions take and give plain values.
 */
export type SharedCalls = AuthLimits & VisitBudget & FeedQuota & HecAcknowledgements

export interface SharedState {
  /** As the process with this number uses it. */
  of(process: number): SharedCalls
  /** The process has ended: what it held is free. */
  leave(process: number): void
}

/** @param now milliseconds since the epoch. */
export function createSharedState(
  config: Pick<Config, 'CANARY_VISITS_PER_TOKEN' | 'CANARY_VISITS_PER_ADDRESS' | 'WS_MAX_CLIENTS_PER_USER'>,
  now: () => number,
): SharedState {
  const authLimits = createAuthLimits(now)
  const visits = createVisitBudget(
    { perToken: config.CANARY_VISITS_PER_TOKEN, perAddress: config.CANARY_VISITS_PER_ADDRESS },
    now,
  )
  const feeds = createFeedQuotas(config.WS_MAX_CLIENTS_PER_USER)
  const acknowledgements = createHecAcknowledgements()
  return {
    of: (process) => ({ ...authLimits, ...visits, ...feeds.of(process), ...acknowledgements }),
    leave: feeds.leave,
  }
}
