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

/** The part of `gaps` inside a window, whose present minute is not over and does not count. */
export function gapsWithin(gaps: readonly TimeRange[], window: TimeRange): RecordingGaps {
  const start = window.from
  const end = window.to - (window.to % MINUTE_MS)
  const intervals = gaps
    .map((gap) => ({ from: Math.max(gap.from, start), to: Math.min(gap.to, end) }))
    .filter((gap) => gap.to > gap.from)
  const minutes = intervals.reduce((sum, gap) => sum + (gap.to - gap.from) / MINUTE_MS, 0)
  const lasted = Math.max(0, (end - start) / MINUTE_MS)
  return { intervals, minutes, recordedMinutes: lasted - minutes }
}
