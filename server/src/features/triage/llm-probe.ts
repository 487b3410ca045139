import type { AiStatus } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'

/** Whether the LLM answers, as last seen; asking it costs nothing. */
export interface LlmProbe {
  /** @throws never: what fails is "not available". */
  status(): Promise<AiStatus>
  isConfigured: boolean
  /** As last seen; null before the first look, and when no LLM is configured. */
  lastAvailable(): boolean | null
}

export interface LlmProbeOptions {
  provider: 'openai' | 'anthropic'
  baseUrl: string | undefined
  apiKey: string | undefined
  model: string
  timeoutMs: number
  publish: Publish
  now: () => number
}

/** A page that polls and a minute's slice share one look. */
const FRESH_MS = 15_000

/** The version of the API that the AI SDK asks for too (https://docs.anthropic.com/en/api/versioning). */
const ANTHROPIC_VERSION = '2023-06-01'

/** Lists the models, with the key as the provider expects it: cheap, and generates nothing. */
export function createLlmProbe(options: LlmProbeOptions): LlmProbe {
  const { provider, baseUrl, apiKey, model, timeoutMs, publish, now } = options
  let available: boolean | null = null
  let last: { at: number; status: Promise<AiStatus> } | null = null

  async function look(): Promise<AiStatus> {
    const common = { model, provider: providerOf(baseUrl) }
    if (baseUrl === undefined) {
      return {
        ...common,
        available: false,
        message: 'No LLM is configured: set LLM_BASE_URL. Triage works by rules.',
      }
    }
    try {
      const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/models`, {
        headers: authentication(provider, apiKey),
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      })
      await response.body?.cancel()
      if (response.ok) return { ...common, available: true, message: 'The LLM answers.' }
      return unavailable(common, `The LLM answered ${response.status}.`)
    } catch (error) {
      const { name } = error as Error
      return unavailable(
        common,
        name === 'TimeoutError'
          ? `The LLM did not answer within ${timeoutMs} ms.`
          : 'The LLM cannot be reached.',
      )
    }
  }

  function unavailable(common: Pick<AiStatus, 'model' | 'provider'>, message: string): AiStatus {
    publish({ kind: 'llm_unavailable', ...common, reason: message })
    return { ...common, available: false, message: `${message} Triage works by rules.` }
  }

  async function remember(looking: Promise<AiStatus>): Promise<AiStatus> {
    const status = await looking
    if (baseUrl !== undefined) available = status.available
    return status
  }

  return {
    lastAvailable: () => available,
    isConfigured: baseUrl !== undefined,
    status() {
      const at = now()
      if (!last || at - last.at >= FRESH_MS) last = { at, status: remember(look()) }
      return last.status
    },
  }
}

/** OpenAI: https://platform.openai.com/docs/api-reference/models/list; Anthropic: https://docs.anthropic.com/en/api/models-list. */
function authentication(
  provider: LlmProbeOptions['provider'],
  apiKey: string | undefined,
): Record<string, string> {
  if (provider === 'anthropic') {
    return { 'anthropic-version': ANTHROPIC_VERSION, ...(apiKey !== undefined && { 'x-api-key': apiKey }) }
  }
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
}

function providerOf(baseUrl: string | undefined): string {
  if (baseUrl === undefined) return 'none'
  return new URL(baseUrl).host
}
