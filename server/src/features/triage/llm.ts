import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { ChatRequest } from '@eviltwin/contract'
import { generateText, type LanguageModel, type LanguageModelUsage, Output, streamText } from 'ai'
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  type IPolicy,
  wrap,
} from 'cockatiel'
import { ANALYST, ModelAnswer } from './prompt.js'

/** The LLM did not answer, or not with what was asked for; the message says why, for the log and for people. */
export class LlmUnavailableError extends Error {
  override name = 'LlmUnavailableError'
}

/** What a request took, and cost at the operator's prices: US dollars. */
export interface LlmUsage {
  input_tokens: number
  output_tokens: number
  cost_usd: number
}

export interface LlmAnswer {
  answer: ModelAnswer
  usage: LlmUsage
}

export interface Llm {
  readonly model: string
  /** One analysis. @throws {LlmUnavailableError} within the time limit. */
  analyze(sessionText: string): Promise<LlmAnswer>
  /**
   * A turn of a conversation, as it is written; `used` is told what a whole one took.
   * @throws {LlmUnavailableError} before the first piece, or in the middle.
   */
  chat(
    sessionText: string,
    messages: ChatRequest['messages'],
    used: (usage: LlmUsage) => void,
  ): AsyncIterable<string>
}

export interface LlmOptions {
  provider: 'openai' | 'anthropic'
  baseUrl: string
  apiKey: string | undefined
  model: string
  timeoutMs: number
  /** US dollars a million tokens. */
  prices: { input: number; output: number }
}

const MAX_AT_ONCE = 2
const MAX_WAITING = 8
const FAILURES_TO_REST = 5
const REST_MS = 30_000
const MAX_OUTPUT_TOKENS = 2_000

/**
 * An LLM behind the AI SDK. Few requests at a time; after five failures in a row none for half a minute. The time limit is
 * about the whole: the wait for a turn and the one retry included.
 */
export function createLlm({ provider, baseUrl, apiKey, model, timeoutMs, prices }: LlmOptions): Llm {
  const languageModel = modelOf(provider, baseUrl, apiKey, model)
  const policy = wrap(
    bulkhead(MAX_AT_ONCE, MAX_WAITING),
    circuitBreaker(handleAll, { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(FAILURES_TO_REST) }),
  )
  const common = (abortSignal: AbortSignal) => ({
    model: languageModel,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    abortSignal,
  })

  return {
    model,
    async analyze(sessionText) {
      const timeout = AbortSignal.timeout(timeoutMs)
      try {
        return await policy.execute(async () => {
          const { output, usage } = await generateText({
            ...common(timeout),
            system: ANALYST,
            prompt: sessionText,
            output: Output.object({ schema: ModelAnswer }),
            temperature: 0,
            maxRetries: 1,
          })
          return { answer: output, usage: usageOf(usage) }
        })
      } catch (error) {
        throw unavailable(error, timeoutMs)
      }
    },
    async *chat(sessionText, messages, used) {
      const [, ...later] = messages
      const failure: { error: unknown } = { error: null }
      const timeout = AbortSignal.timeout(timeoutMs)
      const turn = await takeTurn(policy).catch((error) => {
        throw unavailable(error, timeoutMs)
      })
      timeout.addEventListener('abort', () => turn.failed(timeout.reason))
      const left = new AbortController()
      const stream = streamText({
        ...common(AbortSignal.any([timeout, left.signal])),
        system: `${ANALYST} Answer the questions of your colleague about this session, briefly.`,
        messages: [
          { role: 'user', content: `${sessionText}\n\nQuestion: ${messages[0]?.content ?? ''}` },
          ...later,
        ],
        maxRetries: 0,
        onError: ({ error }) => {
          failure.error = error
        },
      })
      try {
        // Not `for await`: when a reader leaves, it would wait for a cancellation that the SDK never finishes.
        const pieces = stream.textStream[Symbol.asyncIterator]()
        for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) yield piece.value
        // A stream that is aborted just ends, as if the model had nothing more to say.
        if (failure.error !== null || timeout.aborted) throw failure.error ?? timeout.reason
        used(usageOf(await stream.usage))
      } catch (error) {
        turn.failed(error)
        throw unavailable(error, timeoutMs)
      } finally {
        // After a failure this says nothing; and a reader who left is no failure of the LLM's.
        turn.ended()
        left.abort()
      }
    },
  }

  function usageOf({ inputTokens = 0, outputTokens = 0 }: LanguageModelUsage): LlmUsage {
    return {
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      cost_usd: (inputTokens * prices.input + outputTokens * prices.output) / 1e6,
    }
  }
}

/** A place under the policy that is held for as long as a stream lasts. Rejects as the policy does. */
function takeTurn(policy: IPolicy): Promise<{ ended(): void; failed(error: unknown): void }> {
  return new Promise((resolve, reject) => {
    policy
      .execute(() => new Promise<void>((ended, failed) => resolve({ ended, failed })))
      // Once the turn was given, its failure is known to who holds it.
      .catch(reject)
  })
}

function modelOf(
  provider: LlmOptions['provider'],
  baseURL: string,
  apiKey: string | undefined,
  model: string,
): LanguageModel {
  const key = apiKey === undefined ? {} : { apiKey }
  return provider === 'anthropic'
    ? createAnthropic({ baseURL, ...key })(model)
    : createOpenAICompatible({
        name: 'llm',
        baseURL,
        supportsStructuredOutputs: true,
        includeUsage: true,
        ...key,
      })(model)
}

function unavailable(error: unknown, timeoutMs: number): LlmUnavailableError {
  const { name = 'Error', statusCode } = error as { name?: string; statusCode?: number }
  const cause = { cause: error }
  if (/Timeout|Abort/.test(name)) return new LlmUnavailableError(`no answer within ${timeoutMs} ms`, cause)
  if (error instanceof BrokenCircuitError)
    return new LlmUnavailableError('it failed several times in a row and rests', cause)
  if (error instanceof BulkheadRejectedError)
    return new LlmUnavailableError('too many requests wait for it', cause)
  if (typeof statusCode === 'number') return new LlmUnavailableError(`it answered ${statusCode}`, cause)
  if (/NoObject|NoOutput|Parse|TypeValidation/.test(name)) {
    return new LlmUnavailableError('its answer was not what was asked for', cause)
  }
  if (name === 'AI_RetryError') return new LlmUnavailableError('it failed, twice', cause)
  return new LlmUnavailableError('it cannot be reached', cause)
}
