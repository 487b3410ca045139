import type { ChatRequest } from '@eviltwin/contract'
import type { LlmAnswer } from '../../platform/llm/ask-llm.js'
import { createLlmConnection, type LlmOptions } from '../../platform/llm/llm-connection.js'
import type { LlmUsage } from '../../platform/llm/llm-usage.js'
import { analyzeByLlm } from './llm-analysis.js'
import { chatWithLlm } from './llm-chat.js'
import { probeCompletion } from './llm-completion-probe.js'
import type { ModelAnswer } from './prompt.js'

export interface Llm {
  readonly model: string
  /** One analysis. @throws {LlmUnavailableError} within the time limit. */
  analyze(sessionText: string): Promise<LlmAnswer<ModelAnswer>>
  /**
   * A turn of a conversation, as it is written; `onUsage` is called with what a whole one took.
   * @throws {LlmUnavailableError} before the first piece, or in the middle.
   */
  chat(
    sessionText: string,
    messages: ChatRequest['messages'],
    onUsage: (usage: LlmUsage) => void,
  ): AsyncIterable<string>
  /** The smallest completion; one at a time. @returns what it took. @throws {LlmUnavailableError} within the time limit. */
  probe(): Promise<LlmUsage>
}

/**
 * An LLM behind the AI SDK. Few requests at a time; after five failures in a row none for half a minute. The time limit is
 * about the whole: the wait for a turn and the one retry included.
 */
export function createLlm(options: LlmOptions): Llm {
  const connection = createLlmConnection(options)
  return {
    model: options.model,
    analyze: (sessionText) => analyzeByLlm(connection, sessionText),
    chat: (sessionText, messages, onUsage) => chatWithLlm(connection, sessionText, messages, onUsage),
    probe: () => probeCompletion(connection),
  }
}
