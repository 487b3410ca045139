import { type Counts, NOTHING, plus } from './arithmetic.js'
import { HOUR_MS, MINUTE_MS } from './time-ranges.js'

/** What is recorded of one series, by the start of each bucket in milliseconds since the epoch. */
export interface RecordedSeries {
  hours: ReadonlyMap<number, Counts>
  /** Only where a window does not start with an hour. */
  minutes: ReadonlyMap<number, Counts>
}

export const NOTHING_RECORDED: RecordedSeries = { hours: new Map(), minutes: new Map() }

/** Counts from the minute `from` until now: minutes up to the first full hour, hours from there. */
export function countsSince({ hours, minutes }: RecordedSeries, from: number, now: number): Counts {
  let sum = NOTHING
  let at = from
  for (; at % HOUR_MS !== 0 && at <= now; at += MINUTE_MS) sum = plus(sum, minutes.get(at) ?? NOTHING)
  for (; at <= now; at += HOUR_MS) sum = plus(sum, hours.get(at) ?? NOTHING)
  return sum
}
