import { LRUCache } from 'lru-cache'
import { TooManyRequestsError } from '../../platform/errors.js'

/** Bounds how many requests a sender makes. */
export interface RequestRate {
  /** Counts a request. @throws {TooManyRequestsError} for more than the sender may make in this window. */
  take(owner: string): void
}

const WINDOW_MS = 10_000
/** Senders that are counted; whoever came first is forgotten first. */
const MAX_OWNERS = 10_000

/** @param perSecond requests of one sender, on average over ten seconds. @param now milliseconds since the epoch. */
export function createRequestRate(perSecond: number, now: () => number, maxOwners = MAX_OWNERS): RequestRate {
  const most = (perSecond * WINDOW_MS) / 1000
  const counts = new LRUCache<string, { window: number; requests: number }>({ max: maxOwners })
  return {
    take(owner) {
      const time = now()
      const window = Math.floor(time / WINDOW_MS)
      const known = counts.get(owner)
      const requests = known?.window === window ? known.requests : 0
      if (requests >= most)
        throw new TooManyRequestsError(
          `this sender may make ${most} such requests in ${WINDOW_MS / 1000} s; nothing of this one was stored, send it again`,
          Math.ceil(((window + 1) * WINDOW_MS - time) / 1000),
        )
      counts.set(owner, { window, requests: requests + 1 })
    },
  }
}
