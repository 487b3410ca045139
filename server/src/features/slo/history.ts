import type { SloDetail } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import { budgetConsumed, compliance, NOTHING, plus } from './arithmetic.js'
import type { Objective } from './objective.js'
import type { RecordedSeries } from './recorded-series.js'
import { HOUR_MS } from './time-ranges.js'

/** How the window looked at the end of each hour in it, oldest first. */
export function historyOf(
  { target, windowMinutes }: Objective,
  { hours }: RecordedSeries,
  now: number,
): SloDetail['history'] {
  const windowHours = windowMinutes / 60
  const lastHour = now - (now % HOUR_MS)
  const points: SloDetail['history'] = []
  for (let back = windowHours; back >= 0; back -= 1) {
    const hour = lastHour - back * HOUR_MS
    let window = NOTHING
    for (let n = 0; n < windowHours; n += 1) window = plus(window, hours.get(hour - n * HOUR_MS) ?? NOTHING)
    const consumed = budgetConsumed(window, target)
    points.push({
      at: timestampOf(Math.min(now, hour + HOUR_MS)),
      compliance: compliance(window),
      budget_remaining: consumed === null ? null : 1 - consumed,
      ...(hours.get(hour) ?? NOTHING),
    })
  }
  return points
}
