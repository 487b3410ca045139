import { FeedsBusyError } from '../../platform/errors.js'

/** A bound on what is done at the same time. */
export interface Permits {
  /** @returns what gives the permit back, once. @throws {FeedsBusyError} while all are in use. */
  take(): () => void
  /** The same for who can wait a moment. @throws {FeedsBusyError} when none is free in time, or as many wait as may. */
  wait(): Promise<() => void>
  inUse(): number
}

export interface PermitOptions {
  max: number
  /** Who may wait at the same time, in the order of asking. */
  maxWaiting: number
  maxWaitMs: number
}

interface Waiter {
  admit(): void
}

export function createPermits({ max, maxWaiting, maxWaitMs }: PermitOptions): Permits {
  const waiting = new Set<Waiter>()
  let inUse = 0

  function take(): () => void {
    if (inUse >= max) throw new FeedsBusyError()
    inUse += 1
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      inUse -= 1
      const [first] = waiting
      first?.admit()
    }
  }

  return {
    take,
    async wait() {
      if (inUse < max) return take()
      if (waiting.size >= maxWaiting) throw new FeedsBusyError()
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          admit() {
            waiting.delete(waiter)
            clearTimeout(limit)
            resolve(take())
          },
        }
        const limit = setTimeout(() => {
          waiting.delete(waiter)
          reject(new FeedsBusyError())
        }, maxWaitMs)
        waiting.add(waiter)
      })
    },
    inUse: () => inUse,
  }
}
