import type { Triage } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import type { AnalysedEvidence } from './evidence.js'
import { type Grounded, ground } from './grounding.js'
import type { Llm } from './llm.js'
import type { AttemptIds, LlmAttempts } from './llm-attempts.js'
import { LlmUnavailableError } from './llm-unavailable.js'
import type { LlmUsage } from './llm-usage.js'
import { sessionText } from './prompt.js'

export interface LlmTriageOptions {
  /** Null: no LLM is configured. */
  llm: Llm | null
  attempts: LlmAttempts
  publish: Publish
  /** Milliseconds since the epoch. */
  now: () => number
}

/** Analyses a session; null when the LLM is not there, or said nothing that the session backs. */
export type LlmTriage = (evidence: AnalysedEvidence, ids: AttemptIds) => Promise<Triage | null>

/** Triage by the LLM, of whose answers only what the session backs is kept. */
export function createLlmTriage({ llm, attempts, publish, now }: LlmTriageOptions): LlmTriage {
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
      const grounded = ground(answer, labels, evidence)
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
      return { session_id, source: 'llm', available: true, model, ...grounded, left_out }
    } catch (error) {
      if (!(error instanceof LlmUnavailableError)) throw error
      attempts.failed('analyze', ids, error)
      return null
    }
  }

  function publishCompleted(
    { dropped }: Grounded,
    usage: LlmUsage,
    analysis: AttemptIds & { session_id: string; model: string; duration_ms: number },
  ): void {
    for (const [what, count] of Object.entries(dropped)) {
      publish({ kind: 'claims_dropped', what: what as keyof typeof dropped, count })
    }
    publish({
      kind: 'llm_analysis_completed',
      ...analysis,
      ...usage,
      dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
    })
  }
}
