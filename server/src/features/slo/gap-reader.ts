import type { GapEstimator } from './gap-estimator.js'
import { findGaps, type RecordingGap } from './recording-gaps.js'
import type { RecordingGapsStore } from './recording-gaps-store.js'

/** The gaps that end after `since`, oldest first; of those that are not stored yet, the costs may still change. */
export type GapReader = (since: number) => Promise<RecordingGap[]>

/** Gaps of the last minute or two, before they are stored. */
const MAX_RECENT = 100

export function createGapReader(store: RecordingGapsStore, estimate: GapEstimator): GapReader {
  return async (since) => {
    const alive = await store.alive(await store.searchedUntil())
    const found = findGaps(alive, Number.NEGATIVE_INFINITY, 0).recent.filter(({ to }) => to > since)
    const estimated = await estimate(found.slice(-MAX_RECENT))
    // Read last: what a search stores meanwhile is in both.
    const stored = await store.gaps(since)
    const others = estimated.filter(({ from, to }) => !stored.some((gap) => gap.from < to && gap.to > from))
    return [...stored, ...others].sort((a, b) => a.from - b.from)
  }
}
