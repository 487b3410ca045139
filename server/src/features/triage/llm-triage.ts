import type { Triage } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import { LlmUnavailableError } from '../../platform/llm/llm-unavailable.js'
import type { LlmUsage } from '../../platform/llm/llm-usage.js'
import type { AnalysedEvidence } from './evidence.js'
import { type Grounded, ground } from './grounding.js'
import { heldIn } from './held-text.js'
import type { Llm } from './llm.js'
import type { AttemptIds, LlmAttempts } from './llm-attempts.js'
import type { LlmQuota } from './llm-quota.js'
import { sessionText } from './prompt.js'
import { triageByRules } from './rules-triage.js'
import type { SeverityFacts } from './severity.js'

export interface LlmTriageOptions {
  /** Null: no LLM is configured. */
  llm: Llm | null
  quota: LlmQuota
  attempts: LlmAttempts
  facts: SeverityFacts
  publish: Publish
  /** Milliseconds since the epoch. */
  now: () => number
}

const NOT_CONFIGURED = 'no LLM is configured: set LLM_BASE_URL'

/** An analysis by the LLM, or why there is none. */
export type LlmTriageOutcome = { triage: Triage } | { triage: null; fallback: Fallback }
export type Fallback = NonNullable<Triage['fallback']>

/** Analyses a session for a user; the LLM may be away, over its quota, or say nothing that the session backs. */
export type LlmTriage = (
  evidence: AnalysedEvidence,
  ids: AttemptIds,
  user_id: string,
) => Promise<LlmTriageOutcome>

/** Triage by the LLM, of whose answers only what the session backs is kept. */
export function createLlmTriage(options: LlmTriageOptions): LlmTriage {
  const { llm, quota, attempts, facts, publish, now } = options
  return async (evidence, ids, user_id) => {
    if (!llm) {
      attempts.notConfigured('analyze', ids)
      return instead('not_configured', NOT_CONFIGURED)
    }
    const grant = await quota.take('analyze', user_id)
    if (!grant.granted) return instead(`${grant.quota}_quota`, grant.detail, grant.retry_at)
    try {
      return { triage: await analyze(llm, evidence, ids) }
    } catch (error) {
      if (!(error instanceof LlmUnavailableError)) throw error
      if (!error.wasSent) await grant.giveBack()
      attempts.failed('analyze', ids, error)
      return instead(error.fault === 'answer' ? 'unusable_answer' : 'unavailable', error.message)
    }
  }

  /** @throws {LlmUnavailableError} */
  async function analyze(llm: Llm, evidence: AnalysedEvidence, ids: AttemptIds): Promise<Triage> {
    const session_id = evidence.session.id
    const { model } = llm
    const { text, labels } = sessionText(evidence)
    const startedAt = now()
    const { answer, usage } = await llm.analyze(text)
    attempts.succeeded()
    publish({ kind: 'llm_used', ...usage })
    const held = await heldIn(
      text,
      evidence.iocs.map(({ value }) => value),
    )
    const grounded = await ground(answer, { labels, evidence, held, facts })
    if (!grounded) {
      throw new LlmUnavailableError('nothing it claimed is backed by the session', 'answer')
    }
    const duration_ms = Math.round(now() - startedAt)
    publishCompleted(grounded, usage, { ...ids, session_id, model, duration_ms })
    const left_out = { events: evidence.session.event_count - labels.size }
    // Nobody silences the advice by having all of it dropped.
    const recommended_actions =
      grounded.recommended_actions.length > 0
        ? grounded.recommended_actions
        : triageByRules(evidence).recommended_actions
    const about = { session_id, source: 'llm', available: true, model, fallback: null } as const
    return { ...about, ...grounded, recommended_actions, left_out }
  }

  function publishCompleted(
    { dropped, severity_check }: Grounded,
    usage: LlmUsage,
    analysis: AttemptIds & { session_id: string; model: string; duration_ms: number },
  ): void {
    for (const [what, count] of Object.entries(dropped)) {
      publish({ kind: 'claims_dropped', what: what as keyof typeof dropped, count })
    }
    if (severity_check) publish({ kind: 'severity_checked', outcome: severity_check.outcome })
    publish({
      kind: 'llm_analysis_completed',
      ...analysis,
      ...usage,
      dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
    })
  }
}

function instead(
  reason: Fallback['reason'],
  detail: string,
  retry_at: string | null = null,
): LlmTriageOutcome {
  return { triage: null, fallback: { reason, detail, retry_at } }
}
