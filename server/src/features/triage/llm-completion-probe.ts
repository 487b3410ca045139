import { generateText } from 'ai'
import type { LlmConnection } from '../../platform/llm/llm-connection.js'
import { unavailable } from '../../platform/llm/llm-unavailable.js'
import { type LlmUsage, usageOf } from '../../platform/llm/llm-usage.js'

/** Bounds what a probe costs: the prompt is one word, and the answer does not matter. */
const MAX_PROBE_TOKENS = 8

/**
 * The smallest completion that shows whether completions work. It goes past the policy of those of people: its failures must not
 * open the circuit breaker, and it takes nobody's turn. @throws {LlmUnavailableError} within the time limit.
 */
export async function probeCompletion({
  languageModel,
  timeoutMs,
  prices,
}: Omit<LlmConnection, 'policy'>): Promise<LlmUsage> {
  try {
    const { usage } = await generateText({
      model: languageModel,
      maxOutputTokens: MAX_PROBE_TOKENS,
      abortSignal: AbortSignal.timeout(timeoutMs),
      prompt: 'Ping',
      maxRetries: 0,
    })
    return usageOf(usage, prices)
  } catch (error) {
    throw unavailable(error, timeoutMs)
  }
}
