import type { GapCost } from './recording-gaps.js'
import { HOUR_MS, MINUTE_MS, type TimeRange } from './time-ranges.js'

const WEEK_MS = 168 * HOUR_MS
/** Weeks whose same hour is known at most: the newest gives the estimate, all give the bounds. */
export const KNOWN_WEEKS = 4
/** An hour of which less was recorded says too little about its traffic. */
const LEAST_RECORDED_MS = 15 * MINUTE_MS
/** Of a normal distribution, 95 % lie within so many standard deviations. */
const DEVIATIONS = 1.96

/** What is known of a series around a gap. */
export interface Arrivals {
  /** Events by the hour, by the start of the hour in milliseconds since the epoch. */
  hours: ReadonlyMap<number, number>
  /** Events by the minute, of the hour before the gap. */
  minutes: ReadonlyMap<number, number>
  /** Milliseconds of a range in which the series was recorded. */
  recordedMs: (range: TimeRange) => number
}

/** Events in so much recorded time. */
interface Sample {
  events: number
  ms: number
}

/**
 * Events that would have arrived in a gap: for each of its hours as many per second as in the same hour of the newest week
 * before that was recorded, else as in the hour before the gap. `method` is the weaker one where hours differ.
 *
 * Bounds: a 95 % prediction interval of a Poisson process whose rate r was estimated from n events in R seconds, for s seconds:
 * r s ± 1.96 sqrt(n (s / R) + n (s / R)^2), n at least 1; widened to the least and the most that any known week gives.
 */
export function estimateCost(gap: TimeRange, arrivals: Arrivals): GapCost {
  const before = hourBefore(gap, arrivals)
  const sum = { cost: 0, variance: 0, least: 0, most: 0 }
  let method: GapCost['method'] = 'none'
  for (const { hour, ms } of hoursOf(gap)) {
    const weeks = sameHours(hour, arrivals)
    const sample = weeks[0] ?? before
    if (!sample) continue
    if (weeks.length === 0) method = 'hour_before'
    else if (method === 'none') method = 'same_hour_of_week'
    const expected = weeks.length === 0 ? [expectedOf(sample, ms)] : weeks.map((week) => expectedOf(week, ms))
    const share = ms / sample.ms
    sum.cost += sample.events * share
    sum.variance += Math.max(1, sample.events) * (share + share ** 2)
    sum.least += Math.min(...expected)
    sum.most += Math.max(...expected)
  }
  const deviation = DEVIATIONS * Math.sqrt(sum.variance)
  return {
    cost: Math.round(sum.cost),
    low: Math.max(0, Math.floor(Math.min(sum.cost - deviation, sum.least))),
    high: Math.ceil(Math.max(sum.cost + deviation, sum.most)),
    method,
  }
}

/** Whether anything was counted in the hour before a gap, or in the same hours of the newest week that is known. */
export function isCounted(gap: TimeRange, arrivals: Arrivals): boolean {
  const samples = [hourBefore(gap, arrivals), ...hoursOf(gap).map(({ hour }) => sameHours(hour, arrivals)[0])]
  return samples.some((sample) => (sample?.events ?? 0) > 0)
}

/** The minutes before a gap that its estimate may need: at most an hour of them. */
export function minutesBefore({ from, to }: TimeRange): TimeRange {
  const minute = from - (from % MINUTE_MS)
  // The minute in which the gap begins holds what came after it, too, when the gap ends in it.
  const end = to > minute + MINUTE_MS ? from : minute
  return { from: Math.ceil((from - HOUR_MS) / MINUTE_MS) * MINUTE_MS, to: end }
}

/** The hours of earlier weeks that the estimate of a gap may need. */
export function hoursBefore({ from, to }: TimeRange): TimeRange[] {
  const start = from - (from % HOUR_MS)
  return Array.from({ length: KNOWN_WEEKS }, (_, n) => ({
    from: start - (n + 1) * WEEK_MS,
    to: Math.ceil(to / HOUR_MS) * HOUR_MS - (n + 1) * WEEK_MS,
  }))
}

function hourBefore(gap: TimeRange, { minutes, recordedMs }: Arrivals): Sample | null {
  const range = minutesBefore(gap)
  const ms = recordedMs(range)
  let events = 0
  for (let minute = range.from; minute < range.to; minute += MINUTE_MS) events += minutes.get(minute) ?? 0
  return ms > 0 ? { events, ms } : null
}

/** The same hour of the weeks before, the newest first. */
function sameHours(hour: number, { hours, recordedMs }: Arrivals): Sample[] {
  const samples: Sample[] = []
  for (let week = 1; week <= KNOWN_WEEKS; week += 1) {
    const from = hour - week * WEEK_MS
    const ms = recordedMs({ from, to: from + HOUR_MS })
    if (ms >= LEAST_RECORDED_MS) samples.push({ events: hours.get(from) ?? 0, ms })
  }
  return samples
}

function hoursOf({ from, to }: TimeRange): Array<{ hour: number; ms: number }> {
  const parts: Array<{ hour: number; ms: number }> = []
  for (let at = from; at < to; ) {
    const hour = at - (at % HOUR_MS)
    const end = Math.min(to, hour + HOUR_MS)
    parts.push({ hour, ms: end - at })
    at = end
  }
  return parts
}

function expectedOf({ events, ms }: Sample, missedMs: number): number {
  return (events / ms) * missedMs
}
