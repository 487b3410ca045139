import type { ChatRequest, Triage } from '@eviltwin/contract'
import { LRUCache } from 'lru-cache'
import type { Publish } from '../../domain/platform-event.js'
import { LlmServiceUnavailableError, NotFoundError } from '../../platform/errors.js'
import type { SessionReader } from '../sessions/index.js'
import { analyse, evidenceOf, type SessionEvidence } from './evidence.js'
import { groundedLines } from './grounded-lines.js'
import { heldIn } from './held-text.js'
import type { Llm } from './llm.js'
import type { AttemptIds, LlmAttempts } from './llm-attempts.js'
import { createLlmTriage } from './llm-triage.js'
import { LlmUnavailableError } from './llm-unavailable.js'
import { sessionText } from './prompt.js'
import { triageByRules } from './rules-triage.js'
import type { SeverityFacts } from './severity.js'

/** Analyses of sessions: by the LLM where there is one that answers, by rules always. */
export interface Triages {
  /** Never fails for the LLM's sake. @throws {NotFoundError} */
  analyze(session_id: string, ids: AttemptIds): Promise<Triage>
  /** Lines of an answer that name nothing which the session does not hold. @throws {NotFoundError | LlmServiceUnavailableError} before the first. */
  chat(request: ChatRequest, ids: AttemptIds): Promise<AsyncIterable<string>>
}

export interface TriagesOptions {
  sessions: Pick<SessionReader, 'find' | 'evidence'>
  /** Null: no LLM is configured. */
  llm: Llm | null
  attempts: LlmAttempts
  facts: SeverityFacts
  publish: Publish
  now: () => number
}

const MAX_EVENTS = 500
const CACHED_ANALYSES = 500

/** Analyses of a session are cached for as long as it does not change. */
export function createTriages({ sessions, llm, attempts, facts, publish, now }: TriagesOptions): Triages {
  /** By session and its version: a session that went on is analysed anew. */
  const analyses = new LRUCache<string, Triage>({ max: CACHED_ANALYSES })
  const triageByLlm = createLlmTriage({ llm, attempts, facts, publish, now })

  return {
    async analyze(session_id, ids) {
      publish({ kind: 'analysis_requested' })
      const evidence = await gather(session_id)
      const key = `${session_id} ${evidence.version}`
      const known = analyses.get(key)
      if (known) return known
      const startedAt = now()
      const analysed = await analyse(evidence)
      const triage = await triageByLlm(analysed, ids)
      publish({ kind: 'session_analyzed', by_llm: triage !== null, milliseconds: now() - startedAt })
      if (triage) {
        analyses.set(key, triage)
        return triage
      }
      return { ...triageByRules(analysed), available: false, model: null }
    },
    async chat({ session_id, messages }, ids) {
      publish({ kind: 'chat_requested' })
      const evidence = await gather(session_id)
      if (!llm) {
        attempts.notConfigured('chat', ids)
        throw new LlmServiceUnavailableError('no LLM is configured: set LLM_BASE_URL')
      }
      const { text } = sessionText(evidence)
      const pieces = watched(
        llm.chat(text, messages, (usage) => publish({ kind: 'llm_used', ...usage })),
        ids,
      )
      try {
        const first = await pieces.next()
        // What the analyst asks about may be named in the answer.
        const questions = messages.flatMap(({ role, content }) => (role === 'user' ? content : []))
        return groundedLines(first, pieces, heldIn([text, ...questions]))
      } catch (error) {
        throw new LlmServiceUnavailableError((error as Error).message)
      }
    },
  }

  async function gather(session_id: string): Promise<SessionEvidence> {
    const [session, events] = await Promise.all([
      sessions.find(session_id),
      sessions.evidence(session_id, MAX_EVENTS),
    ])
    if (!session) throw new NotFoundError(`there is no session ${session_id}`)
    const { score_reasons, scorer: _, facts: __, ...rest } = session
    return evidenceOf(rest, score_reasons, events)
  }

  /** A reader who leaves ends it without a result: that is no failure of the LLM. */
  async function* watched(pieces: AsyncIterable<string>, ids: AttemptIds): AsyncGenerator<string> {
    try {
      yield* pieces
      attempts.succeeded()
    } catch (error) {
      if (error instanceof LlmUnavailableError) attempts.failed('chat', ids, error)
      throw error
    }
  }
}
