import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModel } from 'ai'
import type { IPolicy } from 'cockatiel'
import type { Config } from '../config.js'
import { createLlmPolicy } from './llm-policy.js'
import type { LlmPrices } from './llm-usage.js'

export interface LlmOptions {
  provider: 'openai' | 'anthropic'
  baseUrl: string
  apiKey: string | undefined
  model: string
  timeoutMs: number
  prices: LlmPrices
}

/** The LLM of the configuration; null where none is configured. */
export function llmOptionsOf(config: Config): LlmOptions | null {
  if (config.LLM_BASE_URL === undefined) return null
  return {
    provider: config.LLM_PROVIDER,
    baseUrl: config.LLM_BASE_URL,
    apiKey: config.LLM_API_KEY,
    model: config.LLM_MODEL,
    timeoutMs: config.LLM_TIMEOUT_MS,
    prices: { input: config.LLM_INPUT_PRICE, output: config.LLM_OUTPUT_PRICE },
  }
}

/** What every request to the LLM goes through; its policy is about all of them together. */
export interface LlmConnection {
  languageModel: LanguageModel
  policy: IPolicy
  /** About the whole: the wait for a turn and the one retry included. */
  timeoutMs: number
  prices: LlmPrices
}

/** Tokens of an answer. */
export const MAX_OUTPUT_TOKENS = 2_000

/** Connects nothing yet: the first request does. */
export function createLlmConnection(options: LlmOptions): LlmConnection {
  const { timeoutMs, prices } = options
  return { languageModel: languageModelOf(options), policy: createLlmPolicy(), timeoutMs, prices }
}

function languageModelOf({ provider, baseUrl: baseURL, apiKey, model }: LlmOptions): LanguageModel {
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
