import { generateText, Output } from 'ai'
import type { z } from 'zod'
import type { LlmConnection } from './llm-connection.js'
import { unavailable } from './llm-unavailable.js'
import { type LlmUsage, usageOf } from './llm-usage.js'

export interface LlmRequest<Answer> {
  /** Nothing of an attacker. */
  system: string
  prompt: string
  schema: z.ZodType<Answer>
  /** In tokens. */
  maxOutputTokens: number
  /** After failures that may pass, within the time limit. */
  maxRetries: number
}

export interface LlmAnswer<Answer> {
  answer: Answer
  usage: LlmUsage
}

/** Asks for an answer of a certain shape. @throws {LlmUnavailableError} within the time limit of the connection. */
export async function askLlm<Answer>(
  { languageModel, policy, timeoutMs, prices }: LlmConnection,
  { schema, ...request }: LlmRequest<Answer>,
): Promise<LlmAnswer<Answer>> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return await policy.execute(async () => {
      const { output, usage } = await generateText({
        model: languageModel,
        abortSignal: timeout,
        output: Output.object({ schema }),
        temperature: 0,
        ...request,
      })
      return { answer: output, usage: usageOf(usage, prices) }
    })
  } catch (error) {
    throw unavailable(error, timeoutMs)
  }
}
