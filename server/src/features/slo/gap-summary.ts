import type { SloStatus } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import type { CountsBetween } from './judged-counts.js'
import { clip, lengthOf, type SeriesGap } from './recording-gaps.js'
import type { TimeRange } from './time-ranges.js'

const MAX_INTERVALS = 100

/** The gaps inside a window, with what each counts as there. */
export function gapsIn(
  gaps: readonly SeriesGap[],
  missed: CountsBetween,
  window: TimeRange,
): SloStatus['gaps'] {
  let judgedUntil = window.from
  const intervals = clip(gaps, window).map(({ from, to, cost }, index, inside) => {
    // Two gaps may touch the same time slice: it is one bad slice.
    const end = inside[index + 1] ? to : window.to + 1
    const { good, total } = missed(judgedUntil, end)
    judgedUntil = end
    return {
      from: timestampOf(from),
      to: timestampOf(to),
      ...estimateOf(total - good, cost),
      method: cost.method,
    }
  })
  const sum = (read: (interval: (typeof intervals)[number]) => number) =>
    intervals.reduce((all, interval) => all + read(interval), 0)
  const seconds = Math.round(lengthOf(clip(gaps, window)) / 1000)
  return {
    seconds,
    minutes: Math.ceil(seconds / 60),
    assumed_bad: sum(({ assumed_bad }) => assumed_bad),
    low: sum(({ low }) => low),
    high: sum(({ high }) => high),
    intervals: intervals.slice(-MAX_INTERVALS),
  }
}

/** The bounds of the part of a gap that counts as so many bad events. */
function estimateOf(assumed_bad: number, { cost, low, high }: SeriesGap['cost']) {
  if (cost === 0) return { assumed_bad, low, high }
  const part = (bound: number) => (bound * assumed_bad) / cost
  return { assumed_bad, low: Math.floor(part(low)), high: Math.ceil(part(high)) }
}
