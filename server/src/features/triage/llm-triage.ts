import type { Triage } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import type { SessionEvidence } from './evidence.js'
import { type Grounded, ground } from './grounding.js'
import type { Llm } from './llm.js'
import { LlmUnavailableError } from './llm-unavailable.js'
import type { LlmUsage } from './llm-usage.js'
import { sessionText } from './prompt.js'

/** By which an analysis is found again, in the log and in traces. */
export interface AnalysisIds {
  request_id: string
  trace_id: string
}

export interface LlmTriageOptions {
  /** Null: no LLM is configured. */
  llm: Llm | null
  publish: Publish
  /** Milliseconds since the epoch. */
  now: () => number
}

/** Analyses a session; null when the LLM is not there, or said nothing that the session backs. */
export type LlmTriage = (evidence: SessionEvidence, ids: AnalysisIds) => Promise<Triage | null>

/** Triage by the LLM, of whose answers only what the session backs is kept. */
export function createLlmTriage({ llm, publish, now }: LlmTriageOptions): LlmTriage {
  return async (evidence, ids) => {
    if (!llm) {
      publish({ kind: 'llm_unavailable', ...ids, model: null, reason: 'not configured' })
      return null
    }
    const session_id = evidence.session.id
    const { model } = llm
    const { text, labels } = sessionText(evidence)
    const startedAt = now()
    try {
      const { answer, usage } = await llm.analyze(text)
      publish({ kind: 'llm_used', ...usage })
      const grounded = ground(answer, labels, evidence)
      if (!grounded) throw new LlmUnavailableError('nothing it claimed is backed by the session')
      publishCompleted(grounded, usage, {
        ...ids,
        session_id,
        model,
        duration_ms: Math.round(now() - startedAt),
      })
      return { session_id, source: 'llm', available: true, model, ...grounded }
    } catch (error) {
      if (!(error instanceof LlmUnavailableError)) throw error
      publish({ kind: 'llm_unavailable', ...ids, model, reason: error.message })
      return null
    }
  }

  function publishCompleted(
    { dropped }: Grounded,
    usage: LlmUsage,
    analysis: AnalysisIds & { session_id: string; model: string; duration_ms: number },
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
