import type { HealthReview } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { OpsRule } from '../operations/index.js'
import { databasePoolOf } from './database-pool.js'
import { type ReviewEvidence, type ReviewSources, readEvidence } from './evidence.js'
import { findingsOf } from './findings.js'
import { ingestLatencyOf } from './ingest-latency.js'
import { llmAvailabilityOf } from './llm-availability.js'
import { loggedErrorsOf } from './logged-errors.js'
import { loginFailuresOf } from './login-failures.js'

/** The weekly health review: the checklist's questions, answered with numbers beside those of the week before. */
export type Reviewer = (days: number) => Promise<HealthReview>

export interface ReviewerOptions extends ReviewSources {
  rules: ReadonlyArray<Pick<OpsRule, 'id' | 'name'>>
  now: () => number
}

export function createReviewer(options: ReviewerOptions): Reviewer {
  return async (days) => {
    const at = options.now()
    const evidence = await readEvidence(options, days, at)
    const review: HealthReview = {
      from: timestampOf(evidence.week.from),
      to: timestampOf(at),
      ingest_latency: ingestLatencyOf(evidence),
      errors: loggedErrorsOf(evidence),
      auth: loginFailuresOf(evidence),
      llm: llmAvailabilityOf(evidence),
      database_pool: databasePoolOf(evidence),
      slos: objectivesOf(evidence),
      operational_alerts: firedAlertsOf(evidence, options.rules),
      channels: evidence.channels,
      findings: [],
    }
    return { ...review, findings: findingsOf(review) }
  }
}

function objectivesOf({ slos }: ReviewEvidence): HealthReview['slos'] {
  return slos.map(({ name, state, compliance, budget }) => ({
    name,
    state,
    compliance,
    budget_remaining: budget.remaining,
  }))
}

/** An alert whose rule is gone is named by its id. */
function firedAlertsOf(
  { fired }: ReviewEvidence,
  rules: ReviewerOptions['rules'],
): HealthReview['operational_alerts'] {
  return [...fired].map(([id, times]) => ({
    name: rules.find((rule) => rule.id === id)?.name ?? id,
    fired: times,
  }))
}
