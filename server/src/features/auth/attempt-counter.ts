import { LRUCache } from 'lru-cache'

export interface AttemptLimit {
  /** How many attempts fit into a window. */
  attempts: number
  /** From the first attempt on. */
  windowMs: number
}

/** Attempts by key, in fixed windows. Counting is one step: of attempts at the same time no more pass than one after another. */
export interface AttemptCounter {
  /** Milliseconds until there is room for another attempt; 0: now. */
  waitMs(key: string): number
  add(key: string): void
  /** Uncounts one attempt. */
  takeBack(key: string): void
  forget(key: string): void
}

/** Beyond that the key that was not seen for longest is forgotten: the table of a flood of keys stays small. */
const MAX_KEYS = 20_000

/** @param now milliseconds since the epoch. */
export function createAttemptCounter(
  { attempts, windowMs }: AttemptLimit,
  now: () => number,
  maxKeys = MAX_KEYS,
): AttemptCounter {
  const windows = new LRUCache<string, { count: number; endsAt: number }>({ max: maxKeys })

  function current(key: string): { count: number; endsAt: number } | undefined {
    const window = windows.get(key)
    return window && window.endsAt > now() ? window : undefined
  }

  return {
    waitMs(key) {
      const window = current(key)
      return window && window.count >= attempts ? window.endsAt - now() : 0
    },
    add(key) {
      const window = current(key)
      if (window) window.count += 1
      else windows.set(key, { count: 1, endsAt: now() + windowMs })
    },
    takeBack(key) {
      const window = current(key)
      if (window) window.count = Math.max(0, window.count - 1)
    },
    forget: (key) => void windows.delete(key),
  }
}
