import type { IngestWay } from '../../domain/ingest-population.js'
import { decodeSketch, newSketch, quantileOf } from '../../domain/quantile-sketch.js'
import type { SignalStore } from '../slo/index.js'
import { FAILED_LOGINS, ingestSeries, seriesOf } from '../slo/index.js'
import type { BurnSignal } from './burn-signal.js'
import type { OpsSignal } from './rules.js'
import { rankOf } from './severity.js'

/** The present value of a signal, which is compared; null when there is nothing to evaluate. */
export type SignalReader = (signal: OpsSignal, now: number) => Promise<number | null>

export interface SignalReaderOptions {
  store: SignalStore
  isDatabaseReachable: () => Promise<boolean>
  alertQueueDepth: () => Promise<number>
  /** The highest of all live replicas, 0..1. */
  memoryShare: () => Promise<number | null>
  /** The largest of all live replicas. */
  clockSkewSeconds: () => Promise<number | null>
  burn: BurnSignal
  failingChannels: () => Promise<readonly unknown[]>
  failedChannelTests: () => Promise<readonly unknown[]>
  /** Those refused since then; milliseconds since the epoch. */
  refusedKeys: (since: number) => Promise<ReadonlyArray<{ revoked: boolean }>>
  /** Keys that claimed sensors for which they may not speak, since then; milliseconds since the epoch. */
  mismatchingKeys: (since: number) => Promise<readonly unknown[]>
  /** How many expected sensors have no data. */
  silentSensors: () => Promise<number>
  /** Who sent forged markers since then; milliseconds since the epoch. */
  forgedMarkers: (since: number) => Promise<ReadonlyArray<{ markers: number }>>
  /** The part of its share that the fullest part of the quarantine uses; above 1 where records were evicted within so many milliseconds. */
  quarantineShare: (evictedWithinMs: number) => Promise<number>
}

const MINUTE_MS = 60_000
const AI_PROBE = seriesOf({ signal: 'ai_probe', good: { outcome: 'succeeded' } })

/** Reads what rules look at, over all replicas. */
export function createSignalReader(options: SignalReaderOptions): SignalReader {
  const { store } = options

  return async (signal, now) => {
    switch (signal.kind) {
      case 'failed_share':
        return worstOf(signal.ways, async (way) =>
          leastOf(signal.minutes, now, await failedShares(store, way, signal.minutes, now)),
        )
      case 'latency_quantile':
        return worstOf(signal.ways, async (way) =>
          leastOf(signal.minutes, now, await quantiles(store, way, signal, now)),
        )
      case 'database_unreachable':
        return (await options.isDatabaseReachable()) ? 0 : 1
      case 'ai_unavailable':
        return leastOf(signal.minutes, now, await unavailableMinutes(store, signal.minutes, now))
      case 'failed_logins':
        return failedLogins(store, signal.seconds, now)
      case 'alert_queue_depth':
        return options.alertQueueDepth()
      case 'memory_share':
        return options.memoryShare()
      case 'clock_skew':
        return options.clockSkewSeconds()
      case 'channels_failing':
        return (await options.failingChannels()).length
      case 'channel_tests_failed':
        return (await options.failedChannelTests()).length
      case 'keys_refused':
        return refusedRank(await options.refusedKeys(now - signal.minutes * MINUTE_MS))
      case 'sensor_mismatches':
        return (await options.mismatchingKeys(now - signal.minutes * MINUTE_MS)).length
      case 'sensors_silent':
        return options.silentSensors()
      case 'markers_forged':
        return forgedCount(await options.forgedMarkers(now - signal.minutes * MINUTE_MS))
      case 'quarantine_share':
        return options.quarantineShare(signal.minutes * MINUTE_MS)
      case 'burn_rate':
        return options.burn.worstRank(signal.objective, now)
      case 'retired':
        return 0
    }
  }
}

async function failedShares(
  store: SignalStore,
  way: IngestWay,
  minutes: number,
  now: number,
): Promise<Map<number, number>> {
  const rows = await store.counts([ingestSeries(way)], 'minute', [wholeMinutes(minutes, now)])
  return new Map(rows.map(({ bucket, good, total }) => [bucket, (total - good) / total]))
}

async function quantiles(
  store: SignalStore,
  way: IngestWay,
  { quantile, minutes }: { quantile: number; minutes: number },
  now: number,
): Promise<Map<number, number>> {
  const rows = await store.sketches([ingestSeries(way)], 'minute', [wholeMinutes(minutes, now)])
  return new Map(
    rows.map(({ bucket, sketches }) => {
      const merged = newSketch()
      for (const sketch of sketches) merged.merge(decodeSketch(sketch))
      return [bucket, quantileOf(merged, quantile) ?? 0]
    }),
  )
}

/** 1 for a minute in which no probe succeeded. */
async function unavailableMinutes(
  store: SignalStore,
  minutes: number,
  now: number,
): Promise<Map<number, number>> {
  const rows = await store.counts([AI_PROBE], 'minute', [wholeMinutes(minutes, now)])
  return new Map(rows.map(({ bucket, good }) => [bucket, good > 0 ? 0 : 1]))
}

async function failedLogins(store: SignalStore, seconds: number, now: number): Promise<number> {
  const rows = await store.counts([FAILED_LOGINS], 'second', [{ from: now - seconds * 1000, to: now + 1 }])
  return rows.reduce((sum, { total }) => sum + total, 0)
}

/**
 * A revoked key is a sensor that is shut out; an unknown one may be that, or a stranger who tries keys: what strangers do must not hide
 * that a sensor is shut out.
 */
function refusedRank(keys: ReadonlyArray<{ revoked: boolean }>): number {
  if (keys.length === 0) return 0
  return rankOf(keys.some(({ revoked }) => revoked) ? 'medium' : 'low')
}

function forgedCount(senders: ReadonlyArray<{ markers: number }>): number {
  return senders.reduce((sum, { markers }) => sum + markers, 0)
}

/** The highest value of any of the ways, each evaluated alone: what one of them does well hides nothing of another. */
async function worstOf(
  ways: readonly IngestWay[],
  read: (way: IngestWay) => Promise<number>,
): Promise<number> {
  return Math.max(...(await Promise.all(ways.map(read))))
}

/** The last so many minutes that are over. */
function wholeMinutes(minutes: number, now: number): { from: number; to: number } {
  const to = now - (now % MINUTE_MS)
  return { from: to - minutes * MINUTE_MS, to }
}

/**
 * The smallest value of the minutes: it is above a threshold exactly when each of them is. A minute without a value ends the
 * run: null minutes are not evidence of anything, so the value is 0 when any is missing.
 */
function leastOf(minutes: number, now: number, values: ReadonlyMap<number, number>): number {
  const { from, to } = wholeMinutes(minutes, now)
  let least = Number.POSITIVE_INFINITY
  for (let minute = from; minute < to; minute += MINUTE_MS) least = Math.min(least, values.get(minute) ?? 0)
  return least
}
