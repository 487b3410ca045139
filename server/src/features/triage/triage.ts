import type { ChatRequest, Triage } from '@eviltwin/contract'
import { LRUCache } from 'lru-cache'
import type { Publish } from '../../domain/platform-event.js'
import { LlmQuotaExceededError, LlmServiceUnavailableError, NotFoundError } from '../../platform/errors.js'
import { LlmUnavailableError } from '../../platform/llm/llm-unavailable.js'
import type { SessionReader } from '../sessions/index.js'
import { analyse, evidenceOf, type SessionEvidence } from './evidence.js'
import { groundedLines } from './grounded-lines.js'
import { heldIn } from './held-text.js'
import type { Llm } from './llm.js'
import type { AttemptIds, LlmAttempts } from './llm-attempts.js'
import type { LlmQuota } from './llm-quota.js'
import { createLlmTriage } from './llm-triage.js'
import { sessionText } from './prompt.js'
import { triageByRules } from './rules-triage.js'
import type { SeverityFacts } from './severity.js'

/** Analyses of sessions: by the LLM where there is one that answers, by rules always. */
export interface Triages {
  /** Never fails for the LLM's sake. @param user_id whose quota of the LLM it counts against. @throws {NotFoundError} */
  analyze(session_id: string, ids: AttemptIds, user_id: string): Promise<Triage>
  /** Lines of an answer that name nothing which the session does not hold. @throws {NotFoundError | LlmServiceUnavailableError | LlmQuotaExceededError} before the first. */
  chat(request: ChatRequest, ids: AttemptIds, user_id: string): Promise<AsyncIterable<string>>
}

export interface TriagesOptions {
  sessions: Pick<SessionReader, 'find' | 'evidence'>
  /** Null: no LLM is configured. */
  llm: Llm | null
  quota: LlmQuota
  attempts: LlmAttempts
  facts: SeverityFacts
  publish: Publish
  now: () => number
}

const MAX_EVENTS = 500
const CACHED_ANALYSES = 500

export function createTriages(options: TriagesOptions): Triages {
  return { analyze: createAnalyze(options), chat: createChat(options) }
}

/** Analyses of a session are cached for as long as it does not change. */
function createAnalyze(options: TriagesOptions): Triages['analyze'] {
  const { sessions, publish, now } = options
  /** By session and its version: a session that went on is analysed anew. */
  const analyses = new LRUCache<string, Triage>({ max: CACHED_ANALYSES })
  const triageByLlm = createLlmTriage(options)

  return async (session_id, ids, user_id) => {
    publish({ kind: 'analysis_requested' })
    const evidence = await gather(sessions, session_id)
    const key = `${session_id} ${evidence.version}`
    const known = analyses.get(key)
    if (known) return known
    const startedAt = now()
    const analysed = await analyse(evidence)
    const outcome = await triageByLlm(analysed, ids, user_id)
    const { triage } = outcome
    publish({ kind: 'session_analyzed', by_llm: triage !== null, milliseconds: now() - startedAt })
    if (triage) {
      analyses.set(key, triage)
      return triage
    }
    return { ...triageByRules(analysed), available: false, model: null, fallback: outcome.fallback }
  }
}

function createChat({ sessions, llm, quota, attempts, publish }: TriagesOptions): Triages['chat'] {
  return async ({ session_id, messages }, ids, user_id) => {
    publish({ kind: 'chat_requested' })
    const evidence = await gather(sessions, session_id)
    if (!llm) {
      attempts.notConfigured('chat', ids)
      throw new LlmServiceUnavailableError('no LLM is configured; set LLM_BASE_URL')
    }
    const grant = await quota.take('chat', user_id)
    if (!grant.granted) throw new LlmQuotaExceededError(grant.detail, grant.retryAfter)
    const { text } = sessionText(evidence)
    // What the analyst asks about may be named in the answer.
    const questions = messages.flatMap(({ role, content }) => (role === 'user' ? content : []))
    const held = await heldIn([text, ...questions].join('\n'))
    const pieces = watched(
      llm.chat(text, messages, (usage) => publish({ kind: 'llm_used', ...usage })),
      ids,
    )
    try {
      const first = await pieces.next()
      return groundedLines(first, pieces, held)
    } catch (error) {
      if (error instanceof LlmUnavailableError && !error.wasSent) await grant.giveBack()
      throw new LlmServiceUnavailableError((error as Error).message)
    }
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

/** @throws {NotFoundError} */
async function gather(sessions: TriagesOptions['sessions'], session_id: string): Promise<SessionEvidence> {
  const [session, events] = await Promise.all([
    sessions.find(session_id),
    sessions.evidence(session_id, MAX_EVENTS),
  ])
  if (!session)
    throw new NotFoundError(`session ${session_id} was not found; GET /sessions lists the sessions`)
  const { score_reasons, scorer: _, facts: __, ...rest } = session
  return evidenceOf(rest, score_reasons, events)
}
