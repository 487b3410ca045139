import { bulkhead, ConsecutiveBreaker, circuitBreaker, handleAll, type IPolicy, wrap } from 'cockatiel'

const MAX_AT_ONCE = 2
const MAX_WAITING = 8
const FAILURES_TO_OPEN = 5
const OPEN_MS = 30_000

/** Few requests at a time; after five failures in a row none for half a minute. */
export function createLlmPolicy(): IPolicy {
  return wrap(
    bulkhead(MAX_AT_ONCE, MAX_WAITING),
    circuitBreaker(handleAll, {
      halfOpenAfter: OPEN_MS,
      breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
    }),
  )
}

/** A place under the policy that is held until one of these is called; the first call counts. */
export interface Turn {
  ended(): void
  failed(error: unknown): void
}

/** Takes a place for as long as a stream lasts. Rejects as the policy does. */
export function takeTurn(policy: IPolicy): Promise<Turn> {
  return new Promise((resolve, reject) => {
    policy
      .execute(() => new Promise<void>((ended, failed) => resolve({ ended, failed })))
      // Once the turn was given, its failure is known to who holds it.
      .catch(reject)
  })
}
