import type { AiStatus } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import type { LlmUnavailableError } from '../../platform/llm/llm-unavailable.js'
import type { Logger } from '../../platform/logger.js'

/** Whether the LLM answers, as people who need it meet it. */
export interface LlmAvailability {
  isConfigured: boolean
  /** As last seen; null before the first look, and when no LLM is configured. */
  lastAvailable(): boolean | null
  /** Probes where what was last seen is too old. @throws never: what fails is "not available". */
  status(): Promise<AiStatus>
  /** Somebody got a completion. */
  completed(): void
  /** Somebody needed a completion and met an LLM that is not available. @param reason why. */
  failed(reason: string): void
}

export interface LlmAvailabilityOptions {
  model: string
  /** The host of the LLM, for people. */
  provider: string
  /** Null: no LLM is configured. Each rejects with an `LlmUnavailableError`. */
  probes: LlmProbes | null
  publish: Publish
  log: Logger
  /** Milliseconds since the epoch. */
  now: () => number
}

export interface LlmProbes {
  /** Costs nothing, and shows nothing about completions. */
  listModels(): Promise<void>
  /** Costs a few tokens. */
  complete(): Promise<void>
}

const NOT_CONFIGURED = 'No LLM is configured: set LLM_BASE_URL. Triage works by rules.'
/** A page that polls and a minute's slice share one look. */
const FRESH_MS = 15_000
/** Between two completions that probe: they cost money. */
const COMPLETION_PAUSE_MS = 30_000

/**
 * Available until a probe or somebody's completion fails; then a minimal completion probes, at most twice a minute, until one
 * succeeds: a server that lists its models need not complete anything.
 */
export function createLlmAvailability(options: LlmAvailabilityOptions): LlmAvailability {
  const { model, provider, probes, publish, log, now } = options
  let seen: { at: number; status: AiStatus } | null = null
  let probing: Promise<AiStatus> | null = null

  function settle(available: boolean, message: string): AiStatus {
    seen = { at: now(), status: { model, provider, available, message } }
    return seen.status
  }

  const isAvailable = () => settle(true, 'The LLM answers.')
  const isUnavailable = (reason: string) =>
    settle(false, `The LLM is not available: ${reason}. Triage works by rules.`)

  async function probe({ listModels, complete }: LlmProbes): Promise<AiStatus> {
    const before = seen
    const by = before?.status.available === false ? 'completion' : 'models'
    const error = await (by === 'completion' ? complete() : listModels()).then(
      () => null,
      (failure: LlmUnavailableError) => failure,
    )
    publish({ kind: 'llm_probed', available: error === null, by })
    // What somebody met meanwhile is newer than what the probe saw.
    if (seen !== null && seen !== before) return seen.status
    if (error === null) return isAvailable()
    publish({ kind: 'llm_unavailable', operation: 'probe', model, provider, reason: error.message })
    // Once an outage: the minutes that follow are in the objective, and one alert is about them all.
    if (by === 'models') log.error('LLM API error', { operation: 'probe', model, cause: error.message })
    return isUnavailable(error.message)
  }

  return {
    isConfigured: probes !== null,
    lastAvailable: () => seen?.status.available ?? null,
    async status() {
      if (probes === null) return { model, provider, available: false, message: NOT_CONFIGURED }
      const pauseMs = seen?.status.available === false ? COMPLETION_PAUSE_MS : FRESH_MS
      if (seen && now() - seen.at < pauseMs) return seen.status
      probing ??= probe(probes).finally(() => {
        probing = null
      })
      return probing
    },
    completed() {
      if (seen?.status.available !== true) isAvailable()
    },
    failed(reason) {
      isUnavailable(reason)
      publish({ kind: 'llm_minute_observed', available: false })
    },
  }
}
