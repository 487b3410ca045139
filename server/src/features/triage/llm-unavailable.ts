import { BrokenCircuitError, BulkheadRejectedError } from 'cockatiel'

/** The LLM did not answer, or not with what was asked for; the message says why, for the log and for people. */
export class LlmUnavailableError extends Error {
  override name = 'LlmUnavailableError'
}

/** Names the cause of a failed request, as the AI SDK and the policy throw it. @param timeoutMs the limit it had. */
export function unavailable(error: unknown, timeoutMs: number): LlmUnavailableError {
  const { name = 'Error', statusCode } = error as { name?: string; statusCode?: number }
  const cause = { cause: error }
  if (/Timeout|Abort/.test(name)) return new LlmUnavailableError(`no answer within ${timeoutMs} ms`, cause)
  if (error instanceof BrokenCircuitError)
    return new LlmUnavailableError('it failed several times in a row and rests', cause)
  if (error instanceof BulkheadRejectedError)
    return new LlmUnavailableError('too many requests wait for it', cause)
  if (typeof statusCode === 'number') return new LlmUnavailableError(`it answered ${statusCode}`, cause)
  if (/NoObject|NoOutput|Parse|TypeValidation/.test(name)) {
    return new LlmUnavailableError('its answer was not what was asked for', cause)
  }
  if (name === 'AI_RetryError') return new LlmUnavailableError('it failed, twice', cause)
  return new LlmUnavailableError('it cannot be reached', cause)
}
