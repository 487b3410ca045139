import { type Counts, NOTHING, plus } from './arithmetic.js'
import { minutesOfGaps, type SeriesGap } from './recording-gaps.js'
import { MINUTE_MS, type TimeRange } from './time-ranges.js'

/** Counts from the minute `from` to the minute `to` (not included), milliseconds since the epoch. */
export type CountsBetween = (from: number, to: number) => Counts

/** What an objective is judged by. */
export interface JudgedCounts {
  /** What was recorded. */
  measured: Counts
  /** With what gaps cost. */
  judged: Counts
  /** Bad events or slices of `judged` that were not recorded as bad. */
  assumedBad: number
}

export type Judge = (from: number, to: number) => JudgedCounts

/**
 * The one way from records and gaps to the counts of any window: headline, burn rates, alerts and history use it. What a window
 * costs is the difference of two sums from the start, so windows beside each other add up to the window of both.
 * @param missed see `missedBy`.
 */
export function createJudge(recorded: CountsBetween, missed: CountsBetween): Judge {
  return (from, to) => {
    const measured = recorded(from, to)
    const missing = missed(from, to)
    return { measured, judged: plus(measured, missing), assumedBad: missing.total - missing.good }
  }
}

/**
 * What gaps add to the recorded counts of a window. The cost of a gap is spread evenly over it. For time slices each minute that a
 * gap touches is one bad slice, whatever was recorded in it.
 * @param gaps oldest first; they do not overlap.
 * @param minutes recorded counts of the minutes that gaps touch.
 */
export function missedBy(
  gaps: readonly SeriesGap[],
  budgeting: 'occurrences' | 'time_slices',
  minutes: ReadonlyMap<number, Counts>,
): CountsBetween {
  const until = budgeting === 'time_slices' ? slicesUntil(gaps, minutes) : eventsUntil(gaps)
  return (from, to) => {
    const [before, all] = [until(from), until(to)]
    return { good: all.good - before.good, total: all.total - before.total }
  }
}

/** Events missed before a time. Rounded from the start of the gap, so that parts of it add up. */
function eventsUntil(gaps: readonly SeriesGap[]): (at: number) => Counts {
  const sums = runningSums(gaps, ({ cost }) => ({ good: 0, total: cost.cost }))
  return (at) => {
    const ended = countBefore(gaps, at)
    const partly = gaps[ended]
    const part = partly && at > partly.from ? (at - partly.from) / (partly.to - partly.from) : 0
    return plus(sums[ended] ?? NOTHING, { good: 0, total: Math.round((partly?.cost.cost ?? 0) * part) })
  }
}

/** Bad slices instead of the recorded ones, of the minutes before a time. */
function slicesUntil(
  gaps: readonly SeriesGap[],
  minutes: ReadonlyMap<number, Counts>,
): (at: number) => Counts {
  const ranges = minutesOfGaps(gaps.filter(({ cost }) => cost.cost > 0))
  const recorded = [...minutes]
    .map(([from, counts]) => ({ from, to: from + MINUTE_MS, counts }))
    .filter(({ from }) => from >= (ranges[countBefore(ranges, from)]?.from ?? Number.POSITIVE_INFINITY))
    .sort((a, b) => a.from - b.from)
  const slices = runningSums(ranges, ({ from, to }) => ({ good: 0, total: (to - from) / MINUTE_MS }))
  const replaced = runningSums(recorded, ({ counts }) => counts)
  return (at) => {
    const end = Math.ceil(at / MINUTE_MS) * MINUTE_MS
    const ended = countBefore(ranges, end)
    const partly = ranges[ended]
    const part = partly ? Math.max(0, end - partly.from) / MINUTE_MS : 0
    const bad = (slices[ended] ?? NOTHING).total + part
    const instead = replaced[countBefore(recorded, end)] ?? NOTHING
    return { good: -instead.good, total: bad - instead.total }
  }
}

/** Element n is the sum of the first n. */
function runningSums<Item>(items: readonly Item[], countsOf: (item: Item) => Counts): Counts[] {
  const sums: Counts[] = [NOTHING]
  for (const item of items) sums.push(plus(sums.at(-1) ?? NOTHING, countsOf(item)))
  return sums
}

/** How many of the ranges, which are in order, end by then. */
function countBefore(ranges: readonly TimeRange[], at: number): number {
  let [low, high] = [0, ranges.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ranges[middle]?.to ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low
}
