import type { HealthReview } from '@eviltwin/contract'
import { meanOf, quantileOf } from '../../domain/quantile-sketch.js'
import { timestampOf } from '../../domain/timestamp.js'
import { DAY_MS, INGEST, type ReviewEvidence } from './evidence.js'
import { isTrendingUp } from './trend.js'

/** Has ingest latency trended upward? */
export function ingestLatencyOf(evidence: ReviewEvidence): HealthReview['ingest_latency'] {
  const { ingestDurations, sumOf, trendOf } = evidence
  const daily_p95_ms = dailyOf(evidence)
  return {
    average_ms: trendOf((range) => meanOf(ingestDurations(range))),
    p95_ms: trendOf((range) => quantileOf(ingestDurations(range), 0.95)),
    requests: trendOf((range) => sumOf(INGEST, range).total),
    daily_p95_ms,
    trending_up: isTrendingUp(daily_p95_ms.map(({ p95_ms }) => p95_ms)),
  }
}

function dailyOf({ week, days, ingestDurations, sumOf }: ReviewEvidence) {
  return Array.from({ length: days }, (_, n) => {
    const day = { from: week.from + n * DAY_MS, to: week.from + (n + 1) * DAY_MS }
    return {
      day: timestampOf(day.from).slice(0, 10),
      p95_ms: quantileOf(ingestDurations(day), 0.95),
      requests: sumOf(INGEST, day).total,
    }
  })
}
