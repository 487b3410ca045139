import type { HealthReview, ReplicaSignals } from '@eviltwin/contract'
import { POOL_EXHAUSTED } from '../slo/index.js'
import type { ReviewEvidence } from './evidence.js'
import { timesText } from './times-text.js'

type PeakUse = HealthReview['database_pool']['peak_use']

/** Is the database pool sized appropriately? */
export function databasePoolOf({ replicas, sumOf, trendOf }: ReviewEvidence): HealthReview['database_pool'] {
  const exhausted = trendOf((range) => sumOf(POOL_EXHAUSTED, range).total)
  const peak_use = peakUseOf(replicas)
  return { exhausted, peak_use, verdict: verdictOf(exhausted.this_week ?? 0, peak_use) }
}

/** The most that any running replica used of each pool since its start. */
function peakUseOf(replicas: readonly ReplicaSignals[]): PeakUse {
  const peak_use: PeakUse = {}
  for (const { pools } of replicas) {
    for (const [name, { peak_used, max }] of Object.entries(pools)) {
      const known = peak_use[name]
      peak_use[name] = { peak: Math.max(known?.peak ?? 0, peak_used), max }
    }
  }
  return peak_use
}

function verdictOf(timesExhausted: number, peakUse: PeakUse): string {
  if (timesExhausted > 0) {
    return `The pools were exhausted ${timesText(timesExhausted)}: they are too small for this volume, or statements are too slow.`
  }
  const full = Object.entries(peakUse).filter(([, { peak, max }]) => peak >= max)
  return full.length > 0
    ? `${full.map(([name]) => name).join(' and ')} were full at times, and no request waited: large enough.`
    : 'No pool was full since the running processes started: large enough.'
}
