import type { ChatRequest, Triage } from '@eviltwin/contract'
import { LRUCache } from 'lru-cache'
import type { Publish } from '../../domain/platform-event.js'
import { LlmServiceUnavailableError, NotFoundError } from '../../platform/errors.js'
import type { SessionReader } from '../sessions/index.js'
import { evidenceOf, type SessionEvidence } from './evidence.js'
import { ground, plainText } from './grounding.js'
import { type Llm, LlmUnavailableError, type LlmUsage } from './llm.js'
import { sessionText } from './prompt.js'
import { triageByRules } from './rules-triage.js'

/** Analyses of sessions: by the LLM where there is one that answers, by rules always. */
export interface Triages {
  /** Never fails for the LLM's sake. @throws {NotFoundError} */
  analyze(session_id: string, ids: { request_id: string; trace_id: string }): Promise<Triage>
  /** Lines of an answer, without markup or links. @throws {NotFoundError | LlmServiceUnavailableError} before the first. */
  chat(request: ChatRequest, ids: { request_id: string; trace_id: string }): Promise<AsyncIterable<string>>
}

export interface TriagesOptions {
  sessions: Pick<SessionReader, 'find' | 'events'>
  /** Null: no LLM is configured. */
  llm: Llm | null
  publish: Publish
  now: () => number
}

const MAX_EVENTS = 500
const REMEMBERED_ANALYSES = 500

export function createTriages({ sessions, llm, publish, now }: TriagesOptions): Triages {
  /** By session and its version: a session that went on is analysed anew. */
  const analyses = new LRUCache<string, Triage>({ max: REMEMBERED_ANALYSES })

  return {
    async analyze(session_id, ids) {
      publish({ kind: 'analysis_requested' })
      const evidence = await gather(session_id)
      const key = `${session_id} ${evidence.version}`
      const known = analyses.get(key)
      if (known) return known
      const startedAt = now()
      const triage = await byLlm(evidence, ids)
      publish({ kind: 'session_analyzed', by_llm: triage !== null, milliseconds: now() - startedAt })
      if (triage) {
        analyses.set(key, triage)
        return triage
      }
      return { ...triageByRules(evidence), available: false, model: null }
    },
    async chat({ session_id, messages }, ids) {
      publish({ kind: 'chat_requested' })
      const evidence = await gather(session_id)
      if (!llm) throw notAvailable('no LLM is configured: set LLM_BASE_URL', ids, null)
      const pieces = llm.chat(sessionText(evidence).text, messages, publishUsage)[Symbol.asyncIterator]()
      try {
        const first = await pieces.next()
        return plainLines(first, pieces)
      } catch (error) {
        throw notAvailable((error as Error).message, ids, llm.model)
      }
    },
  }

  async function gather(session_id: string): Promise<SessionEvidence> {
    const [session, page] = await Promise.all([
      sessions.find(session_id),
      sessions.events(session_id, MAX_EVENTS, undefined),
    ])
    if (!session) throw new NotFoundError(`there is no session ${session_id}`)
    const { score_reasons, scorer: _, facts: __, ...rest } = session
    return evidenceOf(rest, score_reasons, page.items, page.next_cursor !== null)
  }

  function publishUsage(usage: LlmUsage): void {
    publish({ kind: 'llm_used', ...usage })
  }

  /** Null when the LLM is not there, or said nothing that the session backs. */
  async function byLlm(
    evidence: SessionEvidence,
    ids: { request_id: string; trace_id: string },
  ): Promise<Triage | null> {
    if (!llm) {
      publishUnavailable('not configured', ids, null)
      return null
    }
    const { text, labels } = sessionText(evidence)
    const startedAt = now()
    try {
      const { answer, usage } = await llm.analyze(text)
      publishUsage(usage)
      const grounded = ground(answer, labels, evidence)
      if (!grounded) throw new LlmUnavailableError('nothing it claimed is backed by the session')
      for (const [what, count] of Object.entries(grounded.dropped)) {
        publish({ kind: 'claims_dropped', what: what as keyof typeof grounded.dropped, count })
      }
      publish({
        kind: 'llm_analysis_completed',
        ...ids,
        session_id: evidence.session.id,
        model: llm.model,
        duration_ms: Math.round(now() - startedAt),
        ...usage,
        dropped: Object.values(grounded.dropped).reduce((sum, count) => sum + count, 0),
      })
      return {
        session_id: evidence.session.id,
        source: 'llm',
        available: true,
        model: llm.model,
        ...grounded,
      }
    } catch (error) {
      if (!(error instanceof LlmUnavailableError)) throw error
      publishUnavailable(error.message, ids, llm.model)
      return null
    }
  }

  function notAvailable(
    reason: string,
    ids: { request_id: string; trace_id: string },
    model: string | null,
  ): LlmServiceUnavailableError {
    publishUnavailable(reason, ids, model)
    return new LlmServiceUnavailableError(reason)
  }

  function publishUnavailable(
    reason: string,
    ids: { request_id: string; trace_id: string },
    model: string | null,
  ): void {
    publish({ kind: 'llm_unavailable', ...ids, model, reason })
  }
}

/** Whole lines, so that no link is cut into pieces that each look harmless. */
async function* plainLines(
  first: IteratorResult<string>,
  pieces: AsyncIterator<string>,
): AsyncGenerator<string> {
  let rest = ''
  try {
    for (let piece = first; !piece.done; piece = await pieces.next()) {
      const lines = `${rest}${piece.value}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield plainText(line)
    }
    if (rest !== '') yield plainText(rest)
  } finally {
    // A reader who leaves gives the LLM's time back.
    await pieces.return?.()
  }
}
