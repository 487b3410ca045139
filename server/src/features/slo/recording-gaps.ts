import { MINUTE_MS, mergeRanges, type TimeRange } from './time-ranges.js'

/** How the events that a gap cost were estimated; see gap-estimate.ts. `every_minute`: each minute is a bad time slice. */
export type GapMethod = 'same_hour_of_week' | 'hour_before' | 'every_minute' | 'none'

/** What a gap cost one series. */
export interface GapCost {
  /** Events, or time slices, that are taken to be bad. */
  cost: number
  low: number
  high: number
  method: GapMethod
}

/** Time in which no process recorded, in whole seconds, with its costs by series. */
export interface RecordingGap extends TimeRange {
  costs: ReadonlyMap<string, GapCost>
}

/** A gap as one objective sees it. */
export interface SeriesGap extends TimeRange {
  cost: GapCost
}

export const NO_COST: GapCost = { cost: 0, low: 0, high: 0, method: 'none' }

const SECOND_MS = 1_000

/** What a search found. */
export interface FoundGaps {
  /** Oldest first; they ended by the horizon. */
  closed: TimeRange[]
  /** Began and ended, but after the horizon: a process that lived through them may still say so. */
  recent: TimeRange[]
  /** Where the next search begins: all before is settled. Whole milliseconds; null while no process ever ran. */
  searchedUntil: number | null
}

/**
 * The time between the ranges in which some process lived. What comes after the last of them is no gap yet.
 * @param horizon milliseconds since the epoch; who lived before it has said so.
 */
export function findGaps(alive: readonly TimeRange[], horizon: number, limit: number): FoundGaps {
  const ranges = mergeRanges(alive)
  const closed: TimeRange[] = []
  const recent: TimeRange[] = []
  let openFrom: number | null = null
  for (const [index, { to }] of ranges.entries()) {
    const next = ranges[index + 1]
    if (!next) break
    const gap = { from: wholeSecond(to), to: wholeSecond(next.from) }
    const isClosed = openFrom === null && next.from <= horizon && closed.length < limit
    if (!isClosed) openFrom ??= to
    if (gap.to > gap.from) (isClosed ? closed : recent).push(gap)
  }
  const last = ranges.at(-1)
  if (!last) return { closed, recent, searchedUntil: null }
  return { closed, recent, searchedUntil: Math.floor(openFrom ?? Math.min(last.to, horizon)) }
}

/** The gaps of one series. */
export function gapsOf(gaps: readonly RecordingGap[], series: string): SeriesGap[] {
  return gaps.map(({ from, to, costs }) => ({ from, to, cost: costs.get(series) ?? NO_COST }))
}

/** The minutes that gaps touch. */
export function minutesOfGaps(gaps: readonly TimeRange[]): TimeRange[] {
  return mergeRanges(
    gaps.map(({ from, to }) => ({
      from: from - (from % MINUTE_MS),
      to: Math.ceil(to / MINUTE_MS) * MINUTE_MS,
    })),
  )
}

/** The parts of ranges inside a window. */
export function clip<Range extends TimeRange>(ranges: readonly Range[], window: TimeRange): Range[] {
  return ranges
    .map((range) => ({
      ...range,
      from: Math.max(range.from, window.from),
      to: Math.min(range.to, window.to),
    }))
    .filter(({ from, to }) => to > from)
}

/** Milliseconds of ranges that do not overlap. */
export function lengthOf(ranges: readonly TimeRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + (to - from), 0)
}

function wholeSecond(at: number): number {
  return Math.round(at / SECOND_MS) * SECOND_MS
}
