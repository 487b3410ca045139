import type { HealthReview, ReplicaSignals, SloStatus, Trend } from '@eviltwin/contract'
import { decodeSketch, newSketch, type Sketch } from '../../domain/quantile-sketch.js'
import type { FailingChannel } from '../notifications/index.js'
import type { OperationsStore } from '../operations/index.js'
import type { SignalCounts, SignalStore, SloReader, TimeRange } from '../slo/index.js'
import {
  AI_ANALYSES,
  LOG_SERIES_PREFIX,
  LOGINS,
  POOL_EXHAUSTED,
  routeSeries,
  seriesOf,
  unansweredSeries,
} from '../slo/index.js'
import { type Counts, sumOf } from './counts.js'
import { trend } from './trend.js'

/** Where a review reads what it is computed from. */
export interface ReviewSources {
  store: SignalStore
  slos: Pick<SloReader, 'list' | 'complianceAt'>
  replicas: () => Promise<ReplicaSignals[]>
  operations: Pick<OperationsStore, 'firedBetween'>
  channels: ChannelSources
}

/** How the outbound channels are. */
export interface ChannelSources {
  failing: () => Promise<FailingChannel[]>
  givenUp: (from: Date, to: Date) => Promise<number>
}

/** Everything a review is computed from. */
export interface ReviewEvidence {
  /** The week of the review, in milliseconds since the epoch. */
  week: TimeRange
  days: number
  /** Counts of a series by the hour, in a part of this week or the week before. */
  hoursOf(series: string, range: TimeRange): SignalCounts[]
  sumOf(series: string, range: TimeRange): Counts
  /** Durations of the ingest requests in a part of this week or the week before. */
  ingestDurations(range: TimeRange): Sketch
  /** The same number of this week and of the week before. */
  trendOf(read: (range: TimeRange) => number | null): Trend
  /** All requests by route, those of them that were unanswered, and all logged problems by their series. */
  totals: Record<'routes' | 'unanswered' | 'problems', { week: SeriesTotal[]; before: SeriesTotal[] }>
  slos: SloStatus[]
  /** What the objective of AI availability said at the end of the week before. */
  aiAvailabilityBefore: number | null
  replicas: ReplicaSignals[]
  /** Times each operational alert fired, by the id of its rule. */
  fired: ReadonlyMap<string, number>
  channels: HealthReview['channels']
}

export type SeriesTotal = Counts & { series: string }

const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

export const INGEST = routeSeries('POST /log')
export const AI_PROBE = seriesOf({ signal: 'ai_probe', good: { outcome: 'succeeded' } })
/** The objective whose figure the review shows of the LLM. */
export const AI_AVAILABILITY = 'ai-availability'
const ALL_ROUTES = routeSeries('')
const ALL_UNANSWERED = unansweredSeries('')

/** Reads the `days` that end with the hour of `at`, and as many before them. */
export async function readEvidence(
  { store, slos, replicas, operations, channels }: ReviewSources,
  days: number,
  at: number,
): Promise<ReviewEvidence> {
  const end = at - (at % HOUR_MS) + HOUR_MS
  const week: TimeRange = { from: end - days * DAY_MS, to: end }
  const before: TimeRange = { from: week.from - days * DAY_MS, to: week.from }
  const both = [{ from: before.from, to: week.to }]
  const [
    counts,
    sketches,
    routes,
    routesBefore,
    unanswered,
    unansweredBefore,
    problems,
    problemsBefore,
    statuses,
    aiAvailabilityBefore,
    live,
    fired,
    channelReview,
  ] = await Promise.all([
    store.counts([INGEST, LOGINS, AI_PROBE, AI_ANALYSES, POOL_EXHAUSTED], 'hour', both),
    store.sketches([INGEST], 'hour', both),
    store.totals(ALL_ROUTES, 'hour', week),
    store.totals(ALL_ROUTES, 'hour', before),
    store.totals(ALL_UNANSWERED, 'hour', week),
    store.totals(ALL_UNANSWERED, 'hour', before),
    store.totals(LOG_SERIES_PREFIX, 'hour', week),
    store.totals(LOG_SERIES_PREFIX, 'hour', before),
    slos.list(),
    // The last moment before the week: whatever the week began with is not in it.
    slos.complianceAt(AI_AVAILABILITY, week.from - 1),
    replicas(),
    operations.firedBetween(new Date(week.from), new Date(week.to)),
    readChannels(channels, week, before),
  ])
  const hoursOf = (series: string, range: TimeRange) =>
    counts.filter((row) => row.series === series && isWithin(row, range))
  return {
    week,
    days,
    hoursOf,
    sumOf: (series, range) => sumOf(hoursOf(series, range)),
    ingestDurations: (range) => mergedOf(sketches.filter((row) => isWithin(row, range))),
    trendOf: (read) => trend(read(week), read(before)),
    totals: {
      routes: { week: routes, before: routesBefore },
      unanswered: { week: unanswered, before: unansweredBefore },
      problems: { week: problems, before: problemsBefore },
    },
    slos: statuses,
    aiAvailabilityBefore,
    replicas: live,
    fired,
    channels: channelReview,
  }
}

async function readChannels(
  { failing, givenUp }: ChannelSources,
  week: TimeRange,
  before: TimeRange,
): Promise<HealthReview['channels']> {
  const [now, thisWeek, lastWeek] = await Promise.all([
    failing(),
    givenUp(new Date(week.from), new Date(week.to)),
    givenUp(new Date(before.from), new Date(before.to)),
  ])
  const failed = trend(thisWeek, lastWeek)
  return { failing: now, failed, given_up: failed }
}

function isWithin({ bucket }: { bucket: number }, { from, to }: TimeRange): boolean {
  return bucket >= from && bucket < to
}

function mergedOf(rows: ReadonlyArray<{ sketches: Buffer[] }>): Sketch {
  const merged = newSketch()
  for (const { sketches } of rows) for (const sketch of sketches) merged.merge(decodeSketch(sketch))
  return merged
}
