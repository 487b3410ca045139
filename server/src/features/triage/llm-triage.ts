import type { Triage } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import type { AnalysedEvidence } from './evidence.js'
import { type Grounded, ground } from './grounding.js'
import { heldIn } from './held-text.js'
import type { Llm } from './llm.js'
import type { AttemptIds, LlmAttempts } from './llm-attempts.js'
import { LlmUnavailableError } from './llm-unavailable.js'
import type { LlmUsage } from './llm-usage.js'
import { sessionText } from './prompt.js'
import { triageByRules } from './rules-triage.js'
import type { SeverityFacts } from './severity.js'

export interface LlmTriageOptions {
  /** Null: no LLM is configured. */
  llm: Llm | null
  attempts: LlmAttempts
  facts: SeverityFacts
  publish: Publish
  /** Milliseconds since the epoch. */
  now: () => number
}

/** Analyses a session; null when the LLM is not there, or said nothing that the session backs. */
export type LlmTriage = (evidence: AnalysedEvidence, ids: AttemptIds) => Promise<Triage | null>

/** Triage by the LLM, of whose answers only what the session backs is kept. */
export function createLlmTriage({ llm, attempts, facts, publish, now }: LlmTriageOptions): LlmTriage {
  return async (evidence, ids) => {
    if (!llm) {
      attempts.notConfigured('analyze', ids)
      return null
    }
    const session_id = evidence.session.id
    const { model } = llm
    const { text, labels } = sessionText(evidence)
    const startedAt = now()
    try {
      const { answer, usage } = await llm.analyze(text)
      attempts.succeeded()
      publish({ kind: 'llm_used', ...usage })
      const held = heldIn([text, ...evidence.iocs.map(({ value }) => value)])
      const grounded = ground(answer, { labels, evidence, held, facts })
      if (!grounded) {
        throw new LlmUnavailableError('nothing it claimed is backed by the session', 'answer')
      }
      publishCompleted(grounded, usage, {
        ...ids,
        session_id,
        model,
        duration_ms: Math.round(now() - startedAt),
      })
      const left_out = { events: evidence.session.event_count - labels.size }
      // Nobody silences the advice by having all of it dropped.
      const recommended_actions =
        grounded.recommended_actions.length > 0
          ? grounded.recommended_actions
          : triageByRules(evidence).recommended_actions
      return { session_id, source: 'llm', available: true, model, ...grounded, recommended_actions, left_out }
    } catch (error) {
      if (!(error instanceof LlmUnavailableError)) throw error
      attempts.failed('analyze', ids, error)
      return null
    }
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
