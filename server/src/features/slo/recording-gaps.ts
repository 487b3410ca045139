import { MINUTE_MS, type TimeRange } from './time-ranges.js'

/** When a window was recorded, and when it was not. */
export interface RecordingGaps {
  /** Oldest first. */
  intervals: TimeRange[]
  /** Minutes of all intervals together. */
  minutes: number
  /** The other minutes of the window. */
  recordedMinutes: number
}

/**
 * Divides the minutes that are missing into outages and those between a backup and its restore: then another
 * database recorded, and what it recorded is not here. Ranges do not overlap among themselves.
 */
export function separateRestores(
  missing: readonly TimeRange[],
  restores: readonly TimeRange[],
): { gaps: TimeRange[]; unmeasured: TimeRange[] } {
  const unmeasured = missing.flatMap((gap) =>
    restores
      .map(({ from, to }) => ({ from: Math.max(gap.from, from), to: Math.min(gap.to, to) }))
      .filter(({ from, to }) => to > from),
  )
  let gaps = [...missing]
  for (const restore of restores)
    gaps = gaps
      .flatMap(({ from, to }) => [
        { from, to: Math.min(to, restore.from) },
        { from: Math.max(from, restore.to), to },
      ])
      .filter(({ from, to }) => to > from)
  return { gaps, unmeasured }
}

/**
 * The part of `gaps` inside a window, whose present minute is not over and does not count.
 * @param unmeasured of which nothing is known: neither recorded nor a gap.
 */
export function gapsWithin(
  gaps: readonly TimeRange[],
  unmeasured: readonly TimeRange[],
  window: TimeRange,
): RecordingGaps {
  const start = window.from
  const end = window.to - (window.to % MINUTE_MS)
  const inside = (ranges: readonly TimeRange[]) =>
    ranges
      .map((range) => ({ from: Math.max(range.from, start), to: Math.min(range.to, end) }))
      .filter((range) => range.to > range.from)
  const intervals = inside(gaps)
  const minutes = minutesOf(intervals)
  const lasted = Math.max(0, (end - start) / MINUTE_MS)
  return { intervals, minutes, recordedMinutes: lasted - minutes - minutesOf(inside(unmeasured)) }
}

function minutesOf(ranges: readonly TimeRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + (to - from) / MINUTE_MS, 0)
}
