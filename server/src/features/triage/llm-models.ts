import { LlmUnavailableError, unavailable } from '../../platform/llm/llm-unavailable.js'

export interface LlmModelsOptions {
  provider: 'openai' | 'anthropic'
  baseUrl: string
  apiKey: string | undefined
  timeoutMs: number
}

/** The version of the API that the AI SDK asks for too (https://docs.anthropic.com/en/api/versioning). */
const ANTHROPIC_VERSION = '2023-06-01'

/**
 * Lists the models, with the key as the provider expects it: cheap, and generates nothing.
 * @throws {LlmUnavailableError} for every answer but a 2xx.
 */
export async function listModels(options: LlmModelsOptions): Promise<void> {
  const { baseUrl, timeoutMs } = options
  const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/models`, {
    headers: authentication(options),
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  }).catch((error: unknown) => {
    throw unavailable(error, timeoutMs)
  })
  await response.body?.cancel()
  if (!response.ok) throw new LlmUnavailableError(`it answered ${response.status}`, 'api')
}

/** OpenAI: https://platform.openai.com/docs/api-reference/models/list; Anthropic: https://docs.anthropic.com/en/api/models-list. */
function authentication({ provider, apiKey }: LlmModelsOptions): Record<string, string> {
  if (provider === 'anthropic') {
    return { 'anthropic-version': ANTHROPIC_VERSION, ...(apiKey !== undefined && { 'x-api-key': apiKey }) }
  }
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
}
