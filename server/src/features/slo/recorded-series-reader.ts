import type { Counts } from './arithmetic.js'
import { burnWindows } from './burn-windows.js'
import { type Objective, seriesOf } from './objective.js'
import type { RecordedSeries } from './recorded-series.js'
import { SHOWN_WINDOWS } from './status.js'
import type { SignalCounts, SignalStore } from './store.js'
import { HOUR_MS, leadingMinutes, startOf } from './time-ranges.js'

/** The counts that status and history of the objectives need, by series. @param at milliseconds since the epoch. */
export async function readRecordedSeries(
  store: Pick<SignalStore, 'counts'>,
  objectives: readonly Objective[],
  at: number,
): Promise<Map<string, RecordedSeries>> {
  const series = objectives.map(({ indicator }) => seriesOf(indicator))
  const longest = Math.max(...objectives.map(({ windowMinutes }) => windowMinutes))
  // History shows windows that ended a window ago.
  const oldest = startOf(at, 2 * longest + 120)
  const starts = objectives.flatMap(windowsOf).map((length) => startOf(at, length))
  const [hours, minutes] = await Promise.all([
    store.counts(series, 'hour', [{ from: oldest - (oldest % HOUR_MS), to: at + 1 }]),
    store.counts(series, 'minute', leadingMinutes(starts)),
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
