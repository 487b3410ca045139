import { RetryError } from 'ai'
import { BrokenCircuitError, BulkheadRejectedError } from 'cockatiel'

/**
 * Why no answer was of use. `api`: the LLM's API failed (transport, time limit, status). `request`: it refused this one request (400, 413,
 * 422), which says nothing about the next. `resting`: it failed before, and the circuit breaker keeps requests from it. `busy`: too
 * many requests of ours wait. `answer`: it answered, but not with what was asked for.
 */
export type LlmFault = 'api' | 'request' | 'resting' | 'busy' | 'answer'

/** The LLM did not answer, or not with what was asked for; the message says why, for the log and for people. */
export class LlmUnavailableError extends Error {
  override name = 'LlmUnavailableError'

  constructor(
    message: string,
    readonly fault: LlmFault,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }

  /** False where nothing was sent to the LLM, so that nothing can have been paid for. */
  get wasSent(): boolean {
    return this.fault !== 'resting' && this.fault !== 'busy'
  }
}

const REFUSES_ONE_REQUEST: readonly number[] = [400, 413, 422]

/** Names the cause of a failed request, as `fetch`, the AI SDK and the policy throw it. @param timeoutMs the limit it had. */
export function unavailable(error: unknown, timeoutMs: number): LlmUnavailableError {
  const { name = 'Error', statusCode } = error as { name?: string; statusCode?: number }
  const because = (message: string, fault: LlmFault) =>
    new LlmUnavailableError(message, fault, { cause: error })
  if (error instanceof BrokenCircuitError)
    return because('it failed several times in a row and rests', 'resting')
  if (error instanceof BulkheadRejectedError) return because('too many requests wait for it', 'busy')
  if (RetryError.isInstance(error)) {
    const last = unavailable(error.lastError, timeoutMs)
    return because(last.message, last.fault)
  }
  if (/Timeout|Abort/.test(name)) return because(`no answer within ${timeoutMs} ms`, 'api')
  if (typeof statusCode === 'number' && statusCode < 300) return because('its answer broke off', 'api')
  if (typeof statusCode === 'number') {
    return because(`it answered ${statusCode}`, REFUSES_ONE_REQUEST.includes(statusCode) ? 'request' : 'api')
  }
  if (/NoObject|NoOutput|Parse|TypeValidation/.test(name)) {
    return because('its answer was not what was asked for', 'answer')
  }
  return because('it cannot be reached', 'api')
}
