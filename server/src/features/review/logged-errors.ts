import type { HealthReview } from '@eviltwin/contract'
import { parseLogSeries } from '../slo/index.js'
import { badOf, shareOf, sumOf } from './counts.js'
import type { ReviewEvidence, SeriesTotal } from './evidence.js'
import { trend } from './trend.js'

/** Are there new error types? */
export function loggedErrorsOf({
  totals: { routes, unanswered, problems },
}: ReviewEvidence): HealthReview['errors'] {
  return {
    server_error_rate: trend(failedShareOf(routes.week), failedShareOf(routes.before)),
    unanswered_rate: trend(
      shareOf(sumOf(unanswered.week).total, sumOf(routes.week).total),
      shareOf(sumOf(unanswered.before).total, sumOf(routes.before).total),
    ),
    kinds: kindsOf(problems.week, problems.before),
  }
}

function failedShareOf(rows: readonly SeriesTotal[]): number | null {
  const sum = sumOf(rows)
  return shareOf(badOf(sum), sum.total)
}

function kindsOf(
  rows: readonly SeriesTotal[],
  before: readonly SeriesTotal[],
): HealthReview['errors']['kinds'] {
  const earlier = new Map(before.map(({ series, total }) => [series, total]))
  return rows
    .flatMap(({ series, total }) => {
      const kind = parseLogSeries(series)
      const last_week = earlier.get(series) ?? 0
      return kind ? [{ ...kind, this_week: total, last_week, new: last_week === 0 }] : []
    })
    .sort((a, b) => b.this_week - a.this_week)
}
