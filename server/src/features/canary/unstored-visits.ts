import type { Publish } from '../../domain/platform-event.js'
import type { CanaryTokenStore } from './store.js'

/** Counts the visits beyond the limits by token, in memory until the next write. */
export interface UnstoredVisits {
  /** @param tokenId null where no token of this installation was visited. */
  add(tokenId: string | null): void
  /** Writes what was counted, in one statement. @throws {Error} when it cannot be written; it is kept. */
  flush(): Promise<void>
}

/** Tokens between two writes. Visits of further ones are in the metric alone. */
const MAX_TOKENS = 10_000

export function createUnstoredVisits(
  store: Pick<CanaryTokenStore, 'addBeyondLimit'>,
  publish: Publish,
  maxTokens = MAX_TOKENS,
): UnstoredVisits {
  const counts = new Map<string, number>()

  function count(tokenId: string, visits: number): void {
    if (counts.has(tokenId) || counts.size < maxTokens)
      counts.set(tokenId, (counts.get(tokenId) ?? 0) + visits)
  }

  return {
    add(tokenId) {
      publish({ kind: 'canary_visit_beyond_limit' })
      if (tokenId !== null) count(tokenId, 1)
    },
    async flush() {
      if (counts.size === 0) return
      const writing = [...counts]
      // What is counted meanwhile is written the next time.
      counts.clear()
      await store.addBeyondLimit(writing).catch((error: unknown) => {
        for (const [tokenId, visits] of writing) count(tokenId, visits)
        throw error
      })
    },
  }
}
