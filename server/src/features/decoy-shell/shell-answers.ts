import { createHash } from 'node:crypto'
import type { ShellAnswer, ShellQuestion } from '@eviltwin/contract'
import { LRUCache } from 'lru-cache'
import type { Publish, ShellQuestionOutcome } from '../../domain/platform-event.js'
import type { RequestIds } from '../../domain/request-ids.js'
import {
  LlmQuotaExceededError,
  LlmServiceUnavailableError,
  TooManyRequestsError,
} from '../../platform/errors.js'
import { askLlm } from '../../platform/llm/ask-llm.js'
import type { LlmConnection } from '../../platform/llm/llm-connection.js'
import type { LlmGrant, LlmQuota } from '../../platform/llm/llm-quota.js'
import { LlmUnavailableError } from '../../platform/llm/llm-unavailable.js'
import type { Logger } from '../../platform/logger.js'
import { NOT_FOUND, printableAnswer } from './printable-answer.js'
import { INSTRUCTIONS, ModelAnswer, promptOf } from './prompt.js'

/** Who asks. */
export interface Asker extends Partial<RequestIds> {
  key_id: string
  sensor_id: string
}

/** Answers of the LLM to decoys, within what they may cost. */
export interface ShellAnswers {
  /**
   * @throws {TooManyRequestsError} for more questions of a session than it may have. @throws {LlmQuotaExceededError} where a day's quota is
   * used up. @throws {LlmServiceUnavailableError} within the time limit.
   */
  answer(question: ShellQuestion, asker: Asker): Promise<ShellAnswer>
}

export interface ShellAnswersOptions {
  connection: LlmConnection
  model: string
  /** Owners are keys. */
  quota: LlmQuota
  questionsPerSession: number
  publish: Publish
  log: Logger
  /** Milliseconds since the epoch. */
  now: () => number
}

/** Tokens of an answer; what it prints is at most some 4,000 characters. */
const MAX_OUTPUT_TOKENS = 1_000
const MAX_SESSIONS = 10_000
const CACHED_ANSWERS = 2_000
const CACHED_MS = 24 * 3_600_000
/** A session of a decoy lasts at most so long. */
const SESSION_SECONDS = 3_600

export function createShellAnswers(options: ShellAnswersOptions): ShellAnswers {
  const { connection, model, publish, log, now } = options
  const count = (outcome: ShellQuestionOutcome) => publish({ kind: 'shell_question_answered', outcome })
  const limits = createLimits(options, count)
  /** By key and the whole state: bots that do the same again are shown the same, and cost nothing. */
  const known = new LRUCache<string, ShellAnswer>({
    max: CACHED_ANSWERS,
    ttl: CACHED_MS,
    perf: { now },
    ttlResolution: 0,
  })

  /** @throws {LlmUnavailableError} */
  async function answerByLlm(
    state: Omit<ShellQuestion, 'session' | 'sensor'>,
    asker: Asker,
  ): Promise<ShellAnswer> {
    const { text, marker } = promptOf(state)
    const startedAt = now()
    const { answer, usage } = await askLlm(connection, {
      system: INSTRUCTIONS,
      prompt: text,
      schema: ModelAnswer,
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      // A decoy does not wait for another attempt.
      maxRetries: 0,
    })
    const { input_tokens, output_tokens } = usage
    publish({ kind: 'llm_used', ...usage })
    publish({ kind: 'shell_tokens_used', input_tokens, output_tokens })
    const printable = printableAnswer(answer, marker)
    const outcome = printable === null ? 'unusable' : printable.exit_status === 127 ? 'not_found' : 'answered'
    count(outcome)
    const duration_ms = Math.round(now() - startedAt)
    log.info('Decoy command answered by the LLM', { ...asker, model, outcome, duration_ms, ...usage })
    return printable ?? NOT_FOUND
  }

  return {
    async answer({ session, sensor: _, ...state }, asker) {
      const { key_id } = asker
      limits.countQuestion(key_id, session)
      const id = digestOf([key_id, state])
      const before = known.get(id)
      if (before) {
        count('cached')
        return before
      }
      const grant = await limits.takeRequest(key_id)
      try {
        const answer = await answerByLlm(state, asker)
        known.set(id, answer)
        return answer
      } catch (error) {
        if (!(error instanceof LlmUnavailableError)) throw error
        count('unavailable')
        // What rests or is busy was logged when it began to fail.
        if (error.wasSent)
          log.warning('LLM did not answer a decoy', { ...asker, model, cause: error.message })
        else await grant.giveBack()
        throw new LlmServiceUnavailableError(error.message)
      }
    },
  }
}

/** What may be asked; counts each refusal. */
function createLimits(
  { quota, questionsPerSession }: Pick<ShellAnswersOptions, 'quota' | 'questionsPerSession'>,
  count: (outcome: ShellQuestionOutcome) => void,
) {
  const questions = new LRUCache<string, number>({ max: MAX_SESSIONS })
  return {
    /** @throws {TooManyRequestsError} */
    countQuestion(key_id: string, session: string): void {
      const id = digestOf([key_id, session])
      const asked = questions.get(id) ?? 0
      if (asked >= questionsPerSession) {
        count('session_limit')
        throw new TooManyRequestsError(
          `this session asked ${questionsPerSession} questions, as many as it may`,
          SESSION_SECONDS,
        )
      }
      questions.set(id, asked + 1)
    },
    /** @throws {LlmQuotaExceededError} */
    async takeRequest(key_id: string): Promise<LlmGrant> {
      const taken = await quota.take(key_id)
      if (taken.granted) return taken
      const isOwn = taken.quota === 'own'
      count(isOwn ? 'key_limit' : 'total_limit')
      throw new LlmQuotaExceededError(
        `${isOwn ? 'this key' : 'all keys together'} asked ${quota.limits[taken.quota]} questions today, as many as they may; it resets at 00:00 UTC`,
        taken.retryAfter,
      )
    },
  }
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64')
}
