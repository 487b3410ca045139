import { LRUCache } from 'lru-cache'
import { decodeSketch, newSketch, type Sketch } from '../../domain/quantile-sketch.js'
import { distributionOf, type Objective } from './objective.js'
import type { SignalStore } from './store.js'
import { HOUR_MS, leadingMinutes, MINUTE_MS, mergeRanges, startOf, type TimeRange } from './time-ranges.js'

/**
 * Reads the durations in the window of each latency objective, by the objective's id; other objectives have none.
 * @param at milliseconds since the epoch; every window ends there.
 */
export type DistributionReader = (
  objectives: readonly Objective[],
  at: number,
) => Promise<Map<string, Sketch>>

/** Merged distributions of hours that are over; what a replica writes late is missed by them until they are forgotten. */
const REMEMBERED = { max: 2_000, ttl: 10 * MINUTE_MS }
/** By then every replica has written an hour that is over. */
const SETTLED_MS = 2 * MINUTE_MS

/** Caches the hours that are over, so that an answer reads and merges only what is new. */
export function createDistributionReader(store: Pick<SignalStore, 'sketches'>): DistributionReader {
  const hourSketches = new LRUCache<string, Sketch>(REMEMBERED)

  return async (objectives, at) => {
    const merged = new Map<string, Sketch>()
    for (const { id, indicator, windowMinutes } of objectives) {
      const series = distributionOf(indicator)
      if (series !== null) merged.set(id, await distributionSince(series, startOf(at, windowMinutes), at))
    }
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
      store.sketches([series], 'hour', mergeRanges(unknown)),
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
