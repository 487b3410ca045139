import type { SloDetail } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import { budgetConsumed, type Counts, compliance, NOTHING, plus } from './arithmetic.js'
import type { Objective } from './objective.js'
import type { RecordedSeries } from './recorded-series.js'
import { HOUR_MS, MINUTE_MS, type TimeRange } from './time-ranges.js'

/** What a history is computed from, in buckets of one size. */
export interface HistoryScale {
  span: 'minute' | 'hour'
  /** Time between two points, a multiple of the bucket. */
  stepMs: number
  /** The objective's window in whole buckets. */
  windowMs: number
}

const DAY_MINUTES = 1440
/** Windows below a day and the minutes between their points: some 30 to 100 points each. */
const STEPS = [
  { upToMinutes: 90, step: 1 },
  { upToMinutes: 480, step: 5 },
  { upToMinutes: DAY_MINUTES - 1, step: 15 },
] as const

/** Below a day minutes carry the history; from a day on hours do, and the window is rounded up to whole ones. */
export function historyScale(windowMinutes: number): HistoryScale {
  const fine = STEPS.find(({ upToMinutes }) => windowMinutes <= upToMinutes)
  return fine
    ? { span: 'minute', stepMs: fine.step * MINUTE_MS, windowMs: windowMinutes * MINUTE_MS }
    : { span: 'hour', stepMs: HOUR_MS, windowMs: Math.ceil(windowMinutes / 60) * HOUR_MS }
}

/** The time that the history of a window covers: the windows of all its points. */
export function historyRange(windowMinutes: number, now: number): TimeRange {
  const { stepMs, windowMs } = historyScale(windowMinutes)
  const to = now - (now % stepMs) + stepMs
  return { from: to - stepsOf(windowMinutes) * stepMs - windowMs, to }
}

/**
 * How the window looked at the end of each step in it, oldest first; the last point ends now. Every bucket is read once: a
 * window is the difference of two sums from the start.
 */
export function historyOf(
  { target, windowMinutes }: Objective,
  { hours, minutes }: RecordedSeries,
  now: number,
): SloDetail['history'] {
  const { span, stepMs, windowMs } = historyScale(windowMinutes)
  const range = historyRange(windowMinutes, now)
  const between = sumsOf(span === 'minute' ? minutes : hours, span === 'minute' ? MINUTE_MS : HOUR_MS, range)
  const points: SloDetail['history'] = []
  for (let end = range.to - stepsOf(windowMinutes) * stepMs; end <= range.to; end += stepMs) {
    const window = between(end - windowMs, end)
    const consumed = budgetConsumed(window, target)
    points.push({
      at: timestampOf(Math.min(now, end)),
      compliance: compliance(window),
      budget_remaining: consumed === null ? null : 1 - consumed,
      ...between(end - stepMs, end),
    })
  }
  return points
}

function stepsOf(windowMinutes: number): number {
  const { stepMs, windowMs } = historyScale(windowMinutes)
  return Math.ceil(windowMs / stepMs)
}

/** Counts between two bucket starts within the range. */
function sumsOf(
  buckets: RecordedSeries['hours'],
  bucketMs: number,
  { from, to }: TimeRange,
): (start: number, end: number) => Counts {
  const sums: Counts[] = [NOTHING]
  let sum = NOTHING
  for (let bucket = from; bucket < to; bucket += bucketMs) {
    sum = plus(sum, buckets.get(bucket) ?? NOTHING)
    sums.push(sum)
  }
  return (start, end) => {
    const before = sums[(start - from) / bucketMs] ?? NOTHING
    const until = sums[(end - from) / bucketMs] ?? NOTHING
    return { good: until.good - before.good, total: until.total - before.total }
  }
}
