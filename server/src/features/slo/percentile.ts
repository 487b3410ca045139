import type { SloStatus } from '@eviltwin/contract'
import { quantileOf, type Sketch } from '../../domain/quantile-sketch.js'
import { type Counts, meetsTarget } from './arithmetic.js'
import type { Objective } from './objective.js'

/** Far enough from the threshold to stay apart from it when it is rounded, and within the accuracy of the sketch. */
const JUST_BELOW = 0.999

/**
 * The percentile that a latency objective is about, by the nearest rank. That rank is below the threshold exactly when enough events
 * were counted below it; a sketch is only within 1 % of it, so close to the threshold the counts decide on which side it is
 * shown. Null for objectives of another kind, and without events.
 */
export function percentileOf(
  { indicator, target }: Objective,
  distribution: Sketch | null,
  counts: Counts,
): SloStatus['percentile'] {
  if (!('faster_than_ms' in indicator.good) || !distribution || counts.total === 0) return null
  const estimate = quantileOf(distribution, target)
  if (estimate === null) return null
  const objective_ms = indicator.good.faster_than_ms
  const value_ms = meetsTarget(counts, target)
    ? Math.min(estimate, objective_ms * JUST_BELOW)
    : Math.max(estimate, objective_ms)
  return { quantile: target, value_ms, objective_ms }
}
