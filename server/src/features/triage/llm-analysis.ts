import { generateText, Output } from 'ai'
import { type LlmConnection, MAX_OUTPUT_TOKENS } from '../../platform/llm/llm-connection.js'
import { unavailable } from '../../platform/llm/llm-unavailable.js'
import { type LlmUsage, usageOf } from '../../platform/llm/llm-usage.js'
import { ANALYST, ModelAnswer } from './prompt.js'

export interface LlmAnswer {
  answer: ModelAnswer
  usage: LlmUsage
}

/** One analysis, in the shape that was asked for. @throws {LlmUnavailableError} within the time limit. */
export async function analyzeByLlm(
  { languageModel, policy, timeoutMs, prices }: LlmConnection,
  sessionText: string,
): Promise<LlmAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return await policy.execute(async () => {
      const { output, usage } = await generateText({
        model: languageModel,
        maxOutputTokens: MAX_OUTPUT_TOKENS,
        abortSignal: timeout,
        system: ANALYST,
        prompt: sessionText,
        output: Output.object({ schema: ModelAnswer }),
        temperature: 0,
        maxRetries: 1,
      })
      return { answer: output, usage: usageOf(usage, prices) }
    })
  } catch (error) {
    throw unavailable(error, timeoutMs)
  }
}
