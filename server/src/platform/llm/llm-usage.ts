import type { LanguageModelUsage } from 'ai'

/** What a request took, and cost at the operator's prices: US dollars. */
export interface LlmUsage {
  input_tokens: number
  output_tokens: number
  cost_usd: number
}

/** US dollars a million tokens. */
export interface LlmPrices {
  input: number
  output: number
}

/** Prices what the AI SDK counted; tokens that it does not know count as none. */
export function usageOf(
  { inputTokens = 0, outputTokens = 0 }: LanguageModelUsage,
  prices: LlmPrices,
): LlmUsage {
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost_usd: (inputTokens * prices.input + outputTokens * prices.output) / 1e6,
  }
}
