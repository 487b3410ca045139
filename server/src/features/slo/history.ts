import type { SloDetail } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import { budgetConsumed, type Counts, compliance, NOTHING, plus } from './arithmetic.js'
import { type CountsBetween, createJudge, missedBy } from './judged-counts.js'
import type { Objective } from './objective.js'
import type { RecordedSeries } from './recorded-series.js'
import type { SeriesGap } from './recording-gaps.js'
import { HOUR_MS, MINUTE_MS, startOf, type TimeRange } from './time-ranges.js'

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
  return { from: firstEnd(windowMinutes, now) - windowMs, to: now - (now % stepMs) + stepMs }
}

/** The end of the first step: the first boundary within the window. */
function firstEnd(windowMinutes: number, now: number): number {
  const { stepMs } = historyScale(windowMinutes)
  const from = startOf(now, windowMinutes)
  return from - (from % stepMs) + stepMs
}

/**
 * How the window looked at the end of each step in it, oldest first. The first step begins with the window and the last point ends
 * now, so the steps add up to the headline, and the last point is the headline. Every bucket is read once: a window is the
 * difference of two sums from the start.
 */
export function historyOf(
  { target, windowMinutes, budgeting }: Objective,
  { hours, minutes }: RecordedSeries,
  gaps: readonly SeriesGap[],
  now: number,
): SloDetail['history'] {
  const { span, stepMs, windowMs } = historyScale(windowMinutes)
  const range = historyRange(windowMinutes, now)
  const first = firstEnd(windowMinutes, now)
  const start = startOf(now, windowMinutes)
  const sums = sumsOf(span === 'minute' ? minutes : hours, span === 'minute' ? MINUTE_MS : HOUR_MS, range)
  const isWithinHour = span === 'hour' && start % HOUR_MS !== 0
  const leading = isWithinHour ? sumsOf(minutes, MINUTE_MS, { from: start, to: first }) : null
  const recorded: CountsBetween = (from, to) =>
    leading && from === start ? plus(leading(from, first), sums(first, to)) : sums(from, to)
  const judge = createJudge(recorded, missedBy(gaps, budgeting, minutes))
  const points: SloDetail['history'] = []
  for (let end = first; end <= range.to; end += stepMs) {
    const window = judge(end === range.to ? start : end - windowMs, end).judged
    const consumed = budgetConsumed(window, target)
    const { judged, assumedBad } = judge(Math.max(start, end - stepMs), end)
    points.push({
      at: timestampOf(Math.min(now, end)),
      compliance: compliance(window),
      budget_remaining: consumed === null ? null : 1 - consumed,
      ...judged,
      assumed_bad: assumedBad,
    })
  }
  return points
}

/** Counts between two bucket starts within the range. */
function sumsOf(
  buckets: ReadonlyMap<number, Counts>,
  bucketMs: number,
  { from, to }: TimeRange,
): CountsBetween {
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
