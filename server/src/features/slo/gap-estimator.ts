import { type Arrivals, estimateCost, hoursBefore, isCounted, minutesBefore } from './gap-estimate.js'
import { type Objective, PLATFORM_UP, seriesOf } from './objective.js'
import { clip, type GapCost, lengthOf, minutesOfGaps, type RecordingGap } from './recording-gaps.js'
import type { RecordingGapsStore } from './recording-gaps-store.js'
import type { SignalCounts, SignalStore } from './store.js'
import { MINUTE_MS, mergeRanges, type TimeRange } from './time-ranges.js'

/** Estimates what gaps cost each series, from what is recorded now. @param gaps oldest first. */
export type GapEstimator = (gaps: readonly TimeRange[]) => Promise<RecordingGap[]>

/** What is known of the time around gaps. */
interface Surroundings {
  /** Gaps before the one that is estimated. */
  gaps: readonly TimeRange[]
  unmeasured: readonly TimeRange[]
  firstRan: number
}

/** Latency is not estimated: how fast answers would have been is unknown. */
export function createGapEstimator(
  signals: Pick<SignalStore, 'counts' | 'oldest'>,
  store: Pick<RecordingGapsStore, 'gaps' | 'restores'>,
  objectives: readonly Objective[],
): GapEstimator {
  const budgetings = new Map(
    objectives
      .filter(({ budgeting, indicator }) => budgeting === 'time_slices' || 'outcome' in indicator.good)
      .map(({ indicator, budgeting }) => [seriesOf(indicator), budgeting]),
  )
  const series = [...budgetings.keys()]

  return async (gaps) => {
    const [oldest] = gaps
    if (!oldest) return []
    const since = Math.min(...hoursBefore(oldest).map(({ from }) => from))
    const [stored, unmeasured, first] = await Promise.all([
      store.gaps(since),
      store.restores(since),
      signals.oldest([PLATFORM_UP]),
    ])
    const estimated: RecordingGap[] = []
    for (const { from, to } of gaps) {
      const surroundings = {
        gaps: mergeRanges([...stored, ...estimated]),
        unmeasured,
        firstRan: first.get(PLATFORM_UP) ?? from,
      }
      estimated.push({ from, to, costs: await costsOf({ from, to }, surroundings) })
    }
    return estimated
  }

  async function costsOf(gap: TimeRange, surroundings: Surroundings): Promise<Map<string, GapCost>> {
    const [hours, minutes, firsts] = await Promise.all([
      signals.counts(series, 'hour', mergeRanges(hoursBefore(gap))),
      signals.counts(series, 'minute', [minutesBefore(gap)]),
      signals.oldest(series),
    ])
    return new Map(
      series.map((name) => {
        const first = firsts.get(name) ?? gap.to
        const arrivals: Arrivals = {
          hours: totalsOf(hours, name),
          minutes: totalsOf(minutes, name),
          recordedMs: (range) => recordedMs(range, first, surroundings),
        }
        const cost =
          budgetings.get(name) === 'time_slices' ? slicesOf(gap, arrivals) : estimateCost(gap, arrivals)
        return [name, cost]
      }),
    )
  }
}

/** Every minute that a gap touches is a bad slice; nothing is, while nothing is counted, as without an LLM. */
function slicesOf(gap: TimeRange, arrivals: Arrivals): GapCost {
  const slices = isCounted(gap, arrivals) ? lengthOf(minutesOfGaps([gap])) / MINUTE_MS : 0
  return { cost: slices, low: slices, high: slices, method: slices > 0 ? 'every_minute' : 'none' }
}

function recordedMs(range: TimeRange, first: number, { gaps, unmeasured, firstRan }: Surroundings): number {
  const known = { from: Math.max(range.from, first, firstRan), to: range.to }
  if (known.to <= known.from) return 0
  return known.to - known.from - lengthOf(clip(gaps, known)) - lengthOf(clip(unmeasured, known))
}

function totalsOf(rows: readonly SignalCounts[], series: string): Map<number, number> {
  return new Map(rows.filter((row) => row.series === series).map(({ bucket, total }) => [bucket, total]))
}
