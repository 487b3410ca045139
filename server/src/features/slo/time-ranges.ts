export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

/** From start (included) to end (not included), milliseconds since the epoch. */
export interface TimeRange {
  from: number
  to: number
}

/** Start of the minute that a window of so many minutes starts in. */
export function startOf(now: number, minutes: number): number {
  const start = now - minutes * MINUTE_MS
  return start - (start % MINUTE_MS)
}

/** The minutes between each start and the first full hour after it. */
export function leadingMinutes(starts: readonly number[]): TimeRange[] {
  return mergeRanges(starts.map((from) => ({ from, to: Math.ceil(from / HOUR_MS) * HOUR_MS })))
}

/** The same time without overlaps, oldest first. */
export function mergeRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const merged: TimeRange[] = []
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else if (to > from) merged.push({ from, to })
  }
  return merged
}
