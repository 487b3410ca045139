import { askLlm, type LlmAnswer } from '../../platform/llm/ask-llm.js'
import { type LlmConnection, MAX_OUTPUT_TOKENS } from '../../platform/llm/llm-connection.js'
import { ANALYST, ModelAnswer } from './prompt.js'

/** One analysis, in the shape that was asked for. @throws {LlmUnavailableError} within the time limit. */
export function analyzeByLlm(
  connection: LlmConnection,
  sessionText: string,
): Promise<LlmAnswer<ModelAnswer>> {
  return askLlm(connection, {
    system: ANALYST,
    prompt: sessionText,
    schema: ModelAnswer,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    maxRetries: 1,
  })
}
