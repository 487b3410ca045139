import { ApiError } from './errors'

const SHORTEST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** A request that waits for a renewal fails after as many attempts; the login stays. */
const MAX_ATTEMPTS = 4

export interface RenewalOptions {
  /** Exchanges the refresh token. @throws {ApiError} */
  exchange: () => Promise<void>
  pause: (milliseconds: number) => Promise<void>
  /** 0 <= random < 1: pages that lost the same server do not all come back at once. */
  random: () => number
}

/** Whether the server itself said that the login is over; whatever else failed may work a moment later. */
export function endsLogin(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}

/**
 * Makes a function that renews the login. Calls at the same time share one renewal: a refresh token works once. A server that cannot be
 * reached or is busy (429, 5xx) is tried again, a bounded number of times.
 */
export function createRenewal({ exchange, pause, random }: RenewalOptions): () => Promise<void> {
  let running: Promise<void> | null = null

  async function attempt(): Promise<void> {
    let pauseMs = SHORTEST_PAUSE_MS
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await exchange()
      } catch (error) {
        if (attempts === MAX_ATTEMPTS || !mayPass(error)) throw error
      }
      await pause(pauseMs * (0.5 + random() / 2))
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
    }
  }

  return () => {
    running ??= attempt().finally(() => {
      running = null
    })
    return running
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  return error.status === null || error.status === 429 || error.status >= 500
}
