import type { SloState, SloStatus } from '@eviltwin/contract'
import type { Sketch } from '../../domain/quantile-sketch.js'
import { timestampOf } from '../../domain/timestamp.js'
import {
  assumedBad,
  budgetConsumed,
  burnRate,
  type Counts,
  compliance,
  meetsTarget,
  minutesToExhaustion,
} from './arithmetic.js'
import { type BurnRateOver, burnAlertsOf } from './burn-alerts.js'
import { absenceMinutes } from './burn-windows.js'
import type { Objective } from './objective.js'
import { durationText } from './openslo.js'
import { countsSince, type RecordedSeries } from './recorded-series.js'
import { gapsWithin, type RecordingGaps } from './recording-gaps.js'
import { percentileOf } from './percentile.js'
import { MINUTE_MS, startOf, type TimeRange } from './time-ranges.js'
import { explain } from './words.js'

const MAX_INTERVALS = 100

/** Windows whose burn rate is shown, in minutes. */
export const SHOWN_WINDOWS = [5, 30, 60, 360, 1440, 4320] as const
/** The pace that a forecast assumes to go on. */
const FORECAST_MINUTES = 60

/** Everything the status of an objective is computed from. */
export interface SloEvidence {
  /** Milliseconds since the epoch; every window ends here. */
  now: number
  recorded: RecordedSeries
  /** Durations of the window's events; null for objectives without. */
  distribution: Sketch | null
  /** Since the platform first ran, whole minutes in which it did not, before the present one. */
  gaps: readonly TimeRange[]
  /** Whole minutes of which nothing is known, because a backup from before them was restored after them. */
  unmeasured: readonly TimeRange[]
  /** When the platform first ran; nothing can be said about the time before. */
  firstRan: number
  lastEventAt: number | null
}

/** The status of an objective. Pure. */
export function statusOf(objective: Objective, evidence: SloEvidence): SloStatus {
  const { id, name, description, service, target, windowMinutes } = objective
  const { now, recorded, distribution, lastEventAt } = evidence
  const from = startOf(now, windowMinutes)
  const measured = countsSince(recorded, from, now)
  const gaps = gapsWithin(evidence.gaps, evidence.unmeasured, {
    from: Math.max(from, evidence.firstRan),
    to: now,
  })
  const kind = kindOf(objective)
  const assumed_bad = assumedBadIn(gaps, measured, kind, objective)
  const judged = { good: measured.good, total: measured.total + assumed_bad }
  const consumed = budgetConsumed(judged, target)
  const rateOver: BurnRateOver = (minutes) => {
    const counts = countsSince(recorded, startOf(now, minutes), now)
    return { window: durationText(minutes), rate: burnRate(counts, target), ...counts }
  }
  const burn_alerts = burnAlertsOf(objective, rateOver)
  const pace = rateOver(FORECAST_MINUTES).rate ?? 0
  const status: SloStatus = {
    id,
    name,
    description,
    service,
    kind,
    state: stateOf(
      judged,
      target,
      burn_alerts.some(({ firing }) => firing),
    ),
    target,
    window: durationText(windowMinutes),
    from: timestampOf(from),
    to: timestampOf(now),
    exhausted_at: exhaustionOf(consumed, pace, windowMinutes, now),
    compliance: compliance(judged),
    measured,
    gaps: {
      minutes: gaps.minutes,
      assumed_bad,
      intervals: gaps.intervals.slice(-MAX_INTERVALS).map(spanOf),
    },
    percentile: percentileOf(objective, distribution, measured),
    budget: {
      allowed: Number((1 - target).toFixed(9)),
      consumed,
      remaining: consumed === null ? null : 1 - consumed,
    },
    burn_rates: SHOWN_WINDOWS.map(rateOver),
    burn_alerts,
    absence: absenceOf(objective, lastEventAt, now),
    explanation: [],
  }
  return { ...status, explanation: explain(status, pace) }
}

function kindOf({ budgeting, indicator }: Objective): SloStatus['kind'] {
  if (budgeting === 'time_slices') return 'time_slices'
  return 'outcome' in indicator.good ? 'availability' : 'latency'
}

/** Nobody was served while the platform was down; how fast it would have been is unknown. */
function assumedBadIn(
  gaps: RecordingGaps,
  measured: Counts,
  kind: SloStatus['kind'],
  { budgeting }: Objective,
): number {
  if (kind === 'latency' || measured.total === 0) return 0
  return assumedBad(measured, gaps.recordedMinutes, gaps.minutes, budgeting)
}

function stateOf(judged: Counts, target: number, burnsFast: boolean): SloState {
  if (judged.total === 0) return 'no_data'
  if (!meetsTarget(judged, target)) return 'breached'
  return burnsFast ? 'at_risk' : 'met'
}

/** When the rest of the budget is gone at this pace; null when that is not within the window. */
function exhaustionOf(
  consumed: number | null,
  pace: number,
  windowMinutes: number,
  now: number,
): string | null {
  if (consumed === null || consumed >= 1) return null
  const left = minutesToExhaustion(consumed, pace, windowMinutes)
  return left <= windowMinutes ? timestampOf(now + left * MINUTE_MS) : null
}

function absenceOf(
  { windowMinutes, target }: Objective,
  lastEventAt: number | null,
  now: number,
): SloStatus['absence'] {
  const after_minutes = absenceMinutes(windowMinutes, target)
  return {
    after_minutes,
    last_event_at: lastEventAt === null ? null : timestampOf(lastEventAt),
    // A route that nobody ever asked for is not missed.
    firing: lastEventAt !== null && now - lastEventAt > after_minutes * MINUTE_MS,
  }
}

function spanOf({ from, to }: TimeRange) {
  return { from: timestampOf(from), to: timestampOf(to) }
}
