/**
 * Whether groups of writes are planned from the cache, and how far ahead. The cache is right as long as every group before is written as
 * it was planned: after a conflict, duplicates come in runs; after a failed attempt, what follows may rest on what is not stored.
 */
export interface CacheTrust {
  /** Whether a group may be planned before the group in front of it is written. @param readsFirst whether it has to read the store. */
  mayPlanAhead(readsFirst: boolean): boolean
  /** A group that has to read the store waits: the cache does not have what it plans. */
  readerWaits(): void
  /** The turn of a group begins. @returns whether the cache is good enough for it. */
  takeTurn(): boolean
  /** The turn of a group is over. @param readsFirst as for {@link CacheTrust.mayPlanAhead}. */
  endTurn(readsFirst: boolean): void
  /** Attempts that failed so far: a plan that is older than the last one is stale. */
  failedAttempts(): number
  attemptFailed(): void
  /** The cache differed from the store. */
  conflicted(): void
}

/** After a conflict, as many groups read the store first: duplicates come in runs. */
const CAUTIOUS_GROUPS = 20

export function createCacheTrust(): CacheTrust {
  let cautiousGroups = 0
  let failedAttempts = 0
  /** The group that is written has to read the store: what the cache will have after it is not known. */
  let isRecovering = false
  /** Groups that read the store first and are not written yet. */
  let readingGroups = 0
  return {
    mayPlanAhead: (readsFirst) => cautiousGroups === 0 && !isRecovering && !readsFirst && readingGroups === 0,
    readerWaits() {
      readingGroups += 1
    },
    takeTurn() {
      const isTrusted = cautiousGroups === 0
      cautiousGroups = Math.max(0, cautiousGroups - 1)
      return isTrusted
    },
    endTurn(readsFirst) {
      isRecovering = false
      if (readsFirst) readingGroups -= 1
    },
    failedAttempts: () => failedAttempts,
    attemptFailed() {
      failedAttempts += 1
      isRecovering = true
    },
    conflicted() {
      cautiousGroups = CAUTIOUS_GROUPS
    },
  }
}
