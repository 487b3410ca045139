import { generateText, Output } from 'ai'
import type { LlmConnection } from '../../platform/llm/llm-connection.js'
import { unavailable } from '../../platform/llm/llm-unavailable.js'
import { type LlmUsage, usageOf } from '../../platform/llm/llm-usage.js'
import { INSTRUCTIONS, ModelAnswer } from './prompt.js'

/** Asks the LLM once. @throws {LlmUnavailableError} within the time limit. */
export type AskLlm = (prompt: string) => Promise<{ answer: ModelAnswer; usage: LlmUsage }>

/** Tokens of an answer; what it prints is at most some 4,000 characters. */
const MAX_OUTPUT_TOKENS = 1_000

export function createAskLlm({ languageModel, policy, timeoutMs, prices }: LlmConnection): AskLlm {
  return async (prompt) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      return await policy.execute(async () => {
        const { output, usage } = await generateText({
          model: languageModel,
          maxOutputTokens: MAX_OUTPUT_TOKENS,
          abortSignal: timeout,
          system: INSTRUCTIONS,
          prompt,
          output: Output.object({ schema: ModelAnswer }),
          temperature: 0,
          maxRetries: 0,
        })
        return { answer: output, usage: usageOf(usage, prices) }
      })
    } catch (error) {
      throw unavailable(error, timeoutMs)
    }
  }
}
