import type { Publish } from '../../domain/platform-event.js'
import type { LlmFault, LlmUnavailableError } from '../../platform/llm/llm-unavailable.js'
import type { Logger } from '../../platform/logger.js'
import type { LlmAvailability } from './llm-availability.js'

/** By which an attempt is found again, in the log and in traces. */
export interface AttemptIds {
  request_id: string
  trace_id: string
}

/** What becomes of the attempts of people to use the LLM. */
export interface LlmAttempts {
  succeeded(): void
  failed(operation: 'analyze' | 'chat', ids: AttemptIds, error: LlmUnavailableError): void
  notConfigured(operation: 'analyze' | 'chat', ids: AttemptIds): void
}

export interface LlmAttemptsOptions {
  model: string
  availability: Pick<LlmAvailability, 'completed' | 'failed'>
  publish: Publish
  log: Logger
}

/** Faults of the LLM's API, which are errors; what the others mean is that triage works by rules. */
const API_FAULTS: readonly LlmFault[] = ['api', 'request']
/** Faults in which somebody met an LLM that is not there. */
const UNAVAILABLE: readonly LlmFault[] = ['api', 'resting']

/** Logs and counts each attempt that failed, and derives the availability of the LLM from it. */
export function createLlmAttempts({ model, availability, publish, log }: LlmAttemptsOptions): LlmAttempts {
  return {
    succeeded: availability.completed,
    failed(operation, ids, { message, fault }) {
      if (API_FAULTS.includes(fault)) log.error('LLM API error', { ...ids, operation, model, cause: message })
      publish({ kind: 'llm_unavailable', ...ids, operation, model, reason: message })
      if (UNAVAILABLE.includes(fault)) availability.failed(message)
    },
    notConfigured: (operation, ids) =>
      publish({ kind: 'llm_unavailable', ...ids, operation, model: null, reason: 'not configured' }),
  }
}
