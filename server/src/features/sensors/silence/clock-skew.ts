import { medianOf } from './cadence.js'

/** Delays that suffice for an estimate. */
const MIN_DELAYS = 5
/** A clock that is wrong is wrong by the same time throughout; what differs by more comes from somewhere else. */
const STEADY_SECONDS = 30

/** A clock that is wrong by more is a problem: its events are not in their order among those of other sensors. */
export const SKEW_LIMIT_SECONDS = 120

/**
 * By how much the clock of a sensor is behind, from the delays between its clock and the receipt; negative: it is ahead. Seconds.
 * The median, where the delays agree: their median absolute deviation is at most 30 s (Hampel, The Influence Curve and its Role in Robust
 * Estimation, 1974). The delays of a replay become shorter while it goes on, so it is no wrong clock. Null where nothing can be said.
 * A transport that delays everything by the same time looks like a clock that is behind; a heartbeat shows the difference.
 */
export function skewOf(delays: readonly number[]): number | null {
  if (delays.length < MIN_DELAYS) return null
  const median = medianOf(delays) ?? 0
  const deviation = medianOf(delays.map((delay) => Math.abs(delay - median))) ?? 0
  return deviation <= STEADY_SECONDS ? median : null
}
