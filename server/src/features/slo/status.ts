import type { SloState, SloStatus } from '@eviltwin/contract'
import type { Sketch } from '../../domain/quantile-sketch.js'
import { timestampOf } from '../../domain/timestamp.js'
import {
  budgetConsumed,
  burnRate,
  type Counts,
  compliance,
  meetsTarget,
  minutesToExhaustion,
} from './arithmetic.js'
import { type BurnRateOver, burnAlertsOf } from './burn-alerts.js'
import { absenceMinutes } from './burn-windows.js'
import { gapsIn } from './gap-summary.js'
import { createJudge, missedBy } from './judged-counts.js'
import type { Objective } from './objective.js'
import { durationText } from './openslo.js'
import { percentileOf } from './percentile.js'
import { countsSince, type RecordedSeries } from './recorded-series.js'
import { clip, lengthOf, type SeriesGap } from './recording-gaps.js'
import { MINUTE_MS, startOf } from './time-ranges.js'
import { explain } from './words.js'

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
  /** Oldest first, and when the platform first ran at the earliest. */
  gaps: readonly SeriesGap[]
  /** Of all that is recorded of it; null without any. */
  firstEventAt: number | null
  lastEventAt: number | null
  population: SloStatus['population']
  literal: SloStatus['literal']
}

/** The status of an objective. Pure. */
export function statusOf(objective: Objective, evidence: SloEvidence): SloStatus {
  const { id, name, description, service, target, windowMinutes } = objective
  const { now, recorded, distribution } = evidence
  const from = startOf(now, windowMinutes)
  const missed = missedBy(evidence.gaps, objective.budgeting, recorded.minutes)
  const judge = createJudge((start) => countsSince(recorded, start, now), missed)
  const { measured, judged } = judge(from, now + 1)
  const consumed = budgetConsumed(judged, target)
  const rateOver: BurnRateOver = (minutes, which) => {
    const counts = judge(startOf(now, minutes), now + 1)[which]
    return { window: durationText(minutes), rate: burnRate(counts, target), ...counts }
  }
  const ageMinutes = evidence.firstEventAt === null ? 0 : (now - evidence.firstEventAt) / MINUTE_MS
  const burn_alerts = burnAlertsOf(objective, rateOver, ageMinutes)
  const pace = rateOver(FORECAST_MINUTES, 'judged').rate ?? 0
  const status: SloStatus = {
    id,
    name,
    description,
    service,
    kind: kindOf(objective),
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
    judged,
    population: evidence.population,
    literal: evidence.literal,
    gaps: gapsIn(evidence.gaps, missed, { from, to: now }),
    percentile: percentileOf(objective, distribution, measured),
    budget: {
      allowed: Number((1 - target).toFixed(9)),
      consumed,
      remaining: consumed === null ? null : 1 - consumed,
    },
    burn_rates: SHOWN_WINDOWS.map((minutes) => rateOver(minutes, 'judged')),
    burn_alerts,
    absence: absenceOf(objective, evidence),
    explanation: [],
  }
  return {
    ...status,
    explanation: explain(status, { rate: pace, downSeconds: secondsDown(evidence.gaps, now) }),
  }
}

function kindOf({ budgeting, indicator }: Objective): SloStatus['kind'] {
  if (budgeting === 'time_slices') return 'time_slices'
  return 'outcome' in indicator.good ? 'availability' : 'latency'
}

function secondsDown(gaps: readonly SeriesGap[], now: number): number {
  return lengthOf(clip(gaps, { from: startOf(now, FORECAST_MINUTES), to: now })) / 1000
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
  { lastEventAt, gaps, now }: SloEvidence,
): SloStatus['absence'] {
  const after_minutes = absenceMinutes(windowMinutes, target)
  return {
    after_minutes,
    last_event_at: lastEventAt === null ? null : timestampOf(lastEventAt),
    // A route that nobody ever asked for is not missed, nor is anybody while the platform is down.
    firing:
      lastEventAt !== null &&
      now - lastEventAt - lengthOf(clip(gaps, { from: lastEventAt, to: now })) > after_minutes * MINUTE_MS,
  }
}
