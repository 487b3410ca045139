import type { SloDetail, SloState, SloStatus } from '@eviltwin/contract'
import { quantileOf, type Sketch } from '../../domain/quantile-sketch.js'
import { timestampOf } from '../../domain/timestamp.js'
import {
  assumedBad,
  budgetConsumed,
  burnRate,
  type Counts,
  compliance,
  minutesToExhaustion,
  NOTHING,
  plus,
} from './arithmetic.js'
import { absenceMinutes, burnWindows } from './burn-windows.js'
import type { Objective } from './objective.js'
import { durationText } from './openslo.js'
import { explain } from './words.js'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
const MAX_INTERVALS = 100

/** Windows whose burn rate is shown, in minutes. */
export const SHOWN_WINDOWS = [5, 30, 60, 360, 1440, 4320] as const
/** The pace that a forecast assumes to go on. */
const FORECAST_MINUTES = 60

/** What is recorded of one series, by the start of each bucket in milliseconds since the epoch. */
export interface RecordedSeries {
  hours: ReadonlyMap<number, Counts>
  /** Only where a window does not start with an hour. */
  minutes: ReadonlyMap<number, Counts>
}

/** Everything the status of an objective is computed from. */
export interface SloEvidence {
  /** Milliseconds since the epoch; every window ends here. */
  now: number
  recorded: RecordedSeries
  /** Durations of the window's events; null for objectives without. */
  distribution: Sketch | null
  /** Since the platform first ran, whole minutes in which it did not, before the present one. */
  gaps: ReadonlyArray<{ from: number; to: number }>
  /** When the platform first ran; nothing can be said about the time before. */
  firstRan: number
  lastEventAt: number | null
}

/** Start of the minute that a window of so many minutes starts in. */
export function startOf(now: number, minutes: number): number {
  const start = now - minutes * MINUTE_MS
  return start - (start % MINUTE_MS)
}

/** Counts from the minute `from` until now: minutes up to the first full hour, hours from there. */
export function countsSince({ hours, minutes }: RecordedSeries, from: number, now: number): Counts {
  let sum = NOTHING
  let at = from
  for (; at % HOUR_MS !== 0 && at <= now; at += MINUTE_MS) sum = plus(sum, minutes.get(at) ?? NOTHING)
  for (; at <= now; at += HOUR_MS) sum = plus(sum, hours.get(at) ?? NOTHING)
  return sum
}

/** The status of an objective. Pure. */
export function statusOf(objective: Objective, evidence: SloEvidence): SloStatus {
  const { id, name, description, service, indicator, target, windowMinutes, budgeting } = objective
  const { now, recorded, distribution, lastEventAt } = evidence
  const from = startOf(now, windowMinutes)
  const measured = countsSince(recorded, from, now)
  const gaps = gapsWithin(evidence, from)
  const kind =
    budgeting === 'time_slices' ? 'time_slices' : 'outcome' in indicator.good ? 'availability' : 'latency'
  // Nobody was served while the platform was down; how fast it would have been is anybody's guess.
  const bad =
    kind === 'latency' || measured.total === 0
      ? 0
      : assumedBad(measured, gaps.recordedMinutes, gaps.minutes, budgeting)
  const judged = { good: measured.good, total: measured.total + bad }
  const consumed = budgetConsumed(judged, target)
  const rateOver = (minutes: number) => {
    const counts = countsSince(recorded, startOf(now, minutes), now)
    return { window: durationText(minutes), rate: burnRate(counts, target), ...counts }
  }
  const burn_alerts = burnWindows(windowMinutes, target).map((window) => {
    const long = rateOver(window.longMinutes)
    const short = rateOver(window.shortMinutes)
    return {
      long_window: long.window,
      short_window: short.window,
      factor: window.factor,
      severity: window.severity,
      minimum_events: window.minimumEvents,
      long_rate: long.rate,
      short_rate: short.rate,
      firing:
        long.total >= window.minimumEvents &&
        (long.rate ?? 0) > window.factor &&
        (short.rate ?? 0) > window.factor,
    }
  })
  const pace = rateOver(FORECAST_MINUTES).rate ?? 0
  const left =
    consumed === null ? Number.POSITIVE_INFINITY : minutesToExhaustion(consumed, pace, windowMinutes)
  const after_minutes = absenceMinutes(windowMinutes, target)
  const status: SloStatus = {
    id,
    name,
    description,
    service,
    kind,
    state: stateOf(
      consumed,
      burn_alerts.some(({ firing }) => firing),
    ),
    target,
    window: durationText(windowMinutes),
    from: timestampOf(from),
    to: timestampOf(now),
    exhausted_at:
      consumed !== null && consumed < 1 && left <= windowMinutes ? timestampOf(now + left * MINUTE_MS) : null,
    compliance: compliance(judged),
    measured,
    gaps: {
      minutes: gaps.minutes,
      assumed_bad: bad,
      intervals: gaps.intervals.slice(-MAX_INTERVALS).map(spanOf),
    },
    percentile: percentileOf(objective, distribution),
    budget: {
      allowed: Number((1 - target).toFixed(9)),
      consumed,
      remaining: consumed === null ? null : 1 - consumed,
    },
    burn_rates: SHOWN_WINDOWS.map(rateOver),
    burn_alerts,
    absence: {
      after_minutes,
      last_event_at: lastEventAt === null ? null : timestampOf(lastEventAt),
      // A route that nobody ever asked for is not missed.
      firing: lastEventAt !== null && now - lastEventAt > after_minutes * MINUTE_MS,
    },
    explanation: [],
  }
  return { ...status, explanation: explain(status, pace) }
}

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

function gapsWithin({ gaps, firstRan, now }: SloEvidence, from: number) {
  const start = Math.max(from, firstRan)
  const end = now - (now % MINUTE_MS)
  const intervals = gaps
    .map((gap) => ({ from: Math.max(gap.from, start), to: Math.min(gap.to, end) }))
    .filter((gap) => gap.to > gap.from)
  const minutes = intervals.reduce((sum, gap) => sum + (gap.to - gap.from) / MINUTE_MS, 0)
  const lasted = Math.max(0, (end - start) / MINUTE_MS)
  return { intervals, minutes, recordedMinutes: lasted - minutes }
}

function percentileOf(
  { indicator, target }: Objective,
  distribution: Sketch | null,
): SloStatus['percentile'] {
  if (!('faster_than_ms' in indicator.good) || !distribution) return null
  const value_ms = quantileOf(distribution, target)
  return value_ms === null
    ? null
    : { quantile: target, value_ms, objective_ms: indicator.good.faster_than_ms }
}

function stateOf(consumed: number | null, burnsFast: boolean): SloState {
  if (consumed === null) return 'no_data'
  // Rounding in (1 - target) must not turn "exactly at the target" into a breach.
  if (consumed > 1 + 1e-9) return 'breached'
  return burnsFast ? 'at_risk' : 'met'
}

function spanOf({ from, to }: { from: number; to: number }) {
  return { from: timestampOf(from), to: timestampOf(to) }
}
