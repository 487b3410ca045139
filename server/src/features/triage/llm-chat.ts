import type { ChatRequest } from '@eviltwin/contract'
import { streamText } from 'ai'
import { type LlmConnection, MAX_OUTPUT_TOKENS } from '../../platform/llm/llm-connection.js'
import { takeTurn } from '../../platform/llm/llm-policy.js'
import { unavailable } from '../../platform/llm/llm-unavailable.js'
import { type LlmUsage, usageOf } from '../../platform/llm/llm-usage.js'
import { ANALYST } from './prompt.js'

/**
 * A turn of a conversation, as it is written. It holds its place under the policy until its last word.
 * @param onUsage called with what a whole turn took.
 * @throws {LlmUnavailableError} before the first piece, or in the middle.
 */
export async function* chatWithLlm(
  { languageModel, policy, timeoutMs, prices }: LlmConnection,
  sessionText: string,
  messages: ChatRequest['messages'],
  onUsage: (usage: LlmUsage) => void,
): AsyncGenerator<string> {
  const failure: { error: unknown } = { error: null }
  const timeout = AbortSignal.timeout(timeoutMs)
  const turn = await takeTurn(policy).catch((error) => {
    throw unavailable(error, timeoutMs)
  })
  timeout.addEventListener('abort', () => turn.failed(timeout.reason))
  const left = new AbortController()
  const stream = streamText({
    model: languageModel,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    abortSignal: AbortSignal.any([timeout, left.signal]),
    system: `${ANALYST} Answer the questions of your colleague about this session, briefly.`,
    messages: withSession(sessionText, messages),
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
    onUsage(usageOf(await stream.usage, prices))
  } catch (error) {
    turn.failed(error)
    throw unavailable(error, timeoutMs)
  } finally {
    // After a failure this says nothing; and a reader who left is no failure of the LLM's.
    turn.ended()
    left.abort()
  }
}

/** The first question goes together with the session that it is about. */
function withSession(
  sessionText: string,
  [first, ...later]: ChatRequest['messages'],
): ChatRequest['messages'] {
  return [{ role: 'user', content: `${sessionText}\n\nQuestion: ${first?.content ?? ''}` }, ...later]
}
