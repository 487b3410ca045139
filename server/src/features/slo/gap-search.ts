import type { GapEstimator } from './gap-estimator.js'
import { findGaps } from './recording-gaps.js'
import type { GapSearchStore, RecordingGapsStore } from './recording-gaps-store.js'

/** A process that lived through an outage of the database says so within this time after it; milliseconds. */
const SETTLED_MS = 60_000
/** Gaps stored by one search; the next one goes on. */
const MAX_GAPS = 1_000

/**
 * Stores the gaps that ended at least a minute ago, with their costs; never twice, and never changed afterwards. Called by every
 * replica again and again: whoever comes first does it.
 */
export function createGapSearch(
  store: RecordingGapsStore,
  searches: GapSearchStore,
  estimate: GapEstimator,
): () => Promise<void> {
  return () =>
    searches.search(async (since) => {
      const [now, alive] = await Promise.all([store.now(), store.alive(since)])
      const { closed, searchedUntil } = findGaps(alive, now - SETTLED_MS, MAX_GAPS)
      return { gaps: await estimate(closed), searchedUntil }
    })
}
