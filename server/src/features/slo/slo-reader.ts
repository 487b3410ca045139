import type { SloDetail, SloStatus } from '@eviltwin/contract'
import { LRUCache } from 'lru-cache'
import { decodeSketch, newSketch, type Sketch } from '../../domain/quantile-sketch.js'
import { NotFoundError } from '../../platform/errors.js'
import type { Counts } from './arithmetic.js'
import { burnWindows } from './burn-windows.js'
import { distributionOf, type Objective, PLATFORM_UP, seriesOf } from './objective.js'
import { toOpenSlo } from './openslo.js'
import {
  HOUR_MS,
  historyOf,
  MINUTE_MS,
  type RecordedSeries,
  SHOWN_WINDOWS,
  startOf,
  statusOf,
} from './status.js'
import type { SignalCounts, SignalStore, TimeRange } from './store.js'

/** The objectives as they stand, from what every replica recorded. */
export interface SloReader {
  readonly objectives: readonly Objective[]
  list(): Promise<SloStatus[]>
  /** @throws {NotFoundError} */
  find(id: string): Promise<SloDetail>
}

export interface SloReaderOptions {
  objectives: readonly Objective[]
  store: SignalStore
  /** Writes down what this process still holds, so that an answer includes the request before it. */
  flush: () => Promise<void>
  now: () => number
}

/** Merged distributions of hours that are over; what a replica writes late is missed by them until they are forgotten. */
const REMEMBERED = { max: 2_000, ttl: 10 * MINUTE_MS }
/** By then every replica has written an hour that is over. */
const SETTLED_MS = 2 * MINUTE_MS

export function createSloReader({ objectives, store, flush, now }: SloReaderOptions): SloReader {
  const hourSketches = new LRUCache<string, Sketch>(REMEMBERED)
  let firstRan: number | null = null

  return {
    objectives,
    list: () => read(objectives),
    async find(id) {
      const objective = objectives.find((candidate) => candidate.id === id)
      if (!objective) throw new NotFoundError(`there is no SLO ${id}`)
      const at = now()
      const [status] = await read([objective], at)
      const recorded = await recordedOf([objective], at)
      return {
        ...(status as SloStatus),
        history: historyOf(objective, recorded.get(seriesOf(objective.indicator)) ?? NOTHING_RECORDED, at),
        openslo: toOpenSlo([objective]),
      }
    },
  }

  async function read(wanted: readonly Objective[], at = now()): Promise<SloStatus[]> {
    // What cannot be written now is not lost, and what is stored can still be told.
    await flush().catch(() => {})
    firstRan ??= await store.firstOf(PLATFORM_UP, 'minute')
    const longest = Math.max(...wanted.map(({ windowMinutes }) => windowMinutes))
    const from = Math.max(startOf(at, longest), firstRan ?? at)
    const series = wanted.map(({ indicator }) => seriesOf(indicator))
    const [recorded, distributions, gaps, newest] = await Promise.all([
      recordedOf(wanted, at),
      distributionsOf(wanted, at),
      store.missingMinutes(PLATFORM_UP, { from, to: at - (at % MINUTE_MS) }),
      store.newest(series, startOf(at, longest)),
    ])
    return wanted.map((objective) => {
      const name = seriesOf(objective.indicator)
      return statusOf(objective, {
        now: at,
        recorded: recorded.get(name) ?? NOTHING_RECORDED,
        distribution: distributions.get(objective.id) ?? null,
        gaps,
        firstRan: firstRan ?? at,
        lastEventAt: newest.get(name) ?? null,
      })
    })
  }

  async function recordedOf(wanted: readonly Objective[], at: number): Promise<Map<string, RecordedSeries>> {
    const series = wanted.map(({ indicator }) => seriesOf(indicator))
    const longest = Math.max(...wanted.map(({ windowMinutes }) => windowMinutes))
    const starts = wanted.flatMap(({ windowMinutes, target }) => [
      windowMinutes,
      ...SHOWN_WINDOWS,
      ...burnWindows(windowMinutes, target).flatMap(({ longMinutes, shortMinutes }) => [
        longMinutes,
        shortMinutes,
      ]),
    ])
    // History shows windows that ended a window ago.
    const oldest = startOf(at, 2 * longest + 120)
    const [hours, minutes] = await Promise.all([
      store.counts(series, 'hour', [{ from: oldest - (oldest % HOUR_MS), to: at + 1 }]),
      store.counts(series, 'minute', leadingMinutes(starts.map((length) => startOf(at, length)))),
    ])
    return new Map(
      series.map((name) => [name, { hours: byBucket(hours, name), minutes: byBucket(minutes, name) }]),
    )
  }

  async function distributionsOf(wanted: readonly Objective[], at: number): Promise<Map<string, Sketch>> {
    const merged = new Map<string, Sketch>()
    const latencies = wanted.flatMap(({ id, indicator, windowMinutes }) => {
      const series = distributionOf(indicator)
      return series === null ? [] : [{ id, series, from: startOf(at, windowMinutes) }]
    })
    for (const { id, series, from } of latencies) merged.set(id, await distributionSince(series, from, at))
    return merged
  }

  async function distributionSince(series: string, from: number, at: number): Promise<Sketch> {
    const sum = newSketch()
    const firstHour = Math.ceil(from / HOUR_MS) * HOUR_MS
    const unknown: TimeRange[] = []
    for (let hour = firstHour; hour <= at; hour += HOUR_MS) {
      const known = hourSketches.get(`${series} ${hour}`)
      if (known) sum.merge(known)
      else unknown.push({ from: hour, to: hour + HOUR_MS })
    }
    const [hours, minutes] = await Promise.all([
      store.sketches([series], 'hour', merge(unknown)),
      store.sketches([series], 'minute', leadingMinutes([from])),
    ])
    for (const { sketches } of minutes) for (const sketch of sketches) sum.merge(decodeSketch(sketch))
    const read = new Map(hours.map(({ bucket, sketches }) => [bucket, sketches]))
    for (const { from: hour } of unknown) {
      const whole = newSketch()
      for (const sketch of read.get(hour) ?? []) whole.merge(decodeSketch(sketch))
      if (hour + HOUR_MS + SETTLED_MS < at) hourSketches.set(`${series} ${hour}`, whole)
      sum.merge(whole)
    }
    return sum
  }
}

const NOTHING_RECORDED: RecordedSeries = { hours: new Map(), minutes: new Map() }

function byBucket(rows: readonly SignalCounts[], series: string): Map<number, Counts> {
  return new Map(
    rows.filter((row) => row.series === series).map(({ bucket, good, total }) => [bucket, { good, total }]),
  )
}

/** The minutes between each start and the first full hour after it. */
function leadingMinutes(starts: readonly number[]): TimeRange[] {
  return merge(starts.map((from) => ({ from, to: Math.ceil(from / HOUR_MS) * HOUR_MS })))
}

/** The same time without overlaps. */
function merge(ranges: readonly TimeRange[]): TimeRange[] {
  const merged: TimeRange[] = []
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else if (to > from) merged.push({ from, to })
  }
  return merged
}
