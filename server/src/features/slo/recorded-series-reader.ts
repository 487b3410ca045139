import type { Counts } from './arithmetic.js'
import { burnWindows } from './burn-windows.js'
import { historyRange, historyScale } from './history.js'
import { type Objective, seriesOf } from './objective.js'
import { NOTHING_RECORDED, type RecordedSeries } from './recorded-series.js'
import { clip, minutesOfGaps } from './recording-gaps.js'
import { SHOWN_WINDOWS } from './status.js'
import type { SignalCounts, SignalStore } from './store.js'
import { HOUR_MS, leadingMinutes, mergeRanges, startOf, type TimeRange } from './time-ranges.js'

/**
 * The counts of series over the windows of the objectives, by series.
 * @param gaps minutes that they touch are read, too.
 * @param at milliseconds since the epoch.
 */
export function readRecordedSeries(
  store: Pick<SignalStore, 'counts'>,
  objectives: readonly Objective[],
  series: readonly string[],
  gaps: readonly TimeRange[],
  at: number,
): Promise<Map<string, RecordedSeries>> {
  const starts = objectives.flatMap(windowsOf).map((length) => startOf(at, length))
  const oldest = Math.min(...starts)
  return read(store, series, {
    hours: [{ from: oldest - (oldest % HOUR_MS), to: at + 1 }],
    minutes: mergeRanges([...leadingMinutes(starts), ...minutesOfGaps(gaps)]),
  })
}

/** The counts that the history of an objective needs; see history.ts. @param gaps minutes that they touch are read, too. */
export async function readHistory(
  store: Pick<SignalStore, 'counts'>,
  objective: Objective,
  gaps: readonly TimeRange[],
  at: number,
): Promise<RecordedSeries> {
  const { windowMinutes, indicator } = objective
  const range = historyRange(windowMinutes, at)
  const isByMinute = historyScale(windowMinutes).span === 'minute'
  const recorded = await read(store, [seriesOf(indicator)], {
    hours: isByMinute ? [] : [range],
    minutes: isByMinute
      ? [range]
      : mergeRanges([...leadingMinutes([startOf(at, windowMinutes)]), ...minutesOfGaps(clip(gaps, range))]),
  })
  return recorded.get(seriesOf(indicator)) ?? NOTHING_RECORDED
}

async function read(
  store: Pick<SignalStore, 'counts'>,
  series: readonly string[],
  ranges: { hours: readonly TimeRange[]; minutes: readonly TimeRange[] },
): Promise<Map<string, RecordedSeries>> {
  const [hours, minutes] = await Promise.all([
    store.counts(series, 'hour', ranges.hours),
    store.counts(series, 'minute', ranges.minutes),
  ])
  return new Map(
    series.map((name) => [name, { hours: byBucket(hours, name), minutes: byBucket(minutes, name) }]),
  )
}

/** Lengths of all windows that are computed of an objective, in minutes. */
function windowsOf({ windowMinutes, target }: Objective): number[] {
  const burns = burnWindows(windowMinutes, target)
  return [
    windowMinutes,
    ...SHOWN_WINDOWS,
    ...burns.flatMap(({ longMinutes, shortMinutes }) => [longMinutes, shortMinutes]),
  ]
}

function byBucket(rows: readonly SignalCounts[], series: string): Map<number, Counts> {
  return new Map(
    rows.filter((row) => row.series === series).map(({ bucket, good, total }) => [bucket, { good, total }]),
  )
}
