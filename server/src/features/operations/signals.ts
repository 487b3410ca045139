import type { SloStatus } from '@eviltwin/contract'
import { decodeSketch, newSketch, quantileOf } from '../../domain/quantile-sketch.js'
import type { SignalStore, SloReader } from '../slo/index.js'
import { FAILED_LOGINS, routeSeries, seriesOf } from '../slo/index.js'
import type { OpsSignal } from './rules.js'

/** What a signal says now: the value that is compared, or null when there is nothing to judge. */
export type SignalReader = (signal: OpsSignal, now: number) => Promise<number | null>

export interface SignalReaderOptions {
  store: SignalStore
  isDatabaseReachable: () => Promise<boolean>
  alertQueueDepth: () => Promise<number>
  /** The highest of all live replicas, 0..1. */
  memoryShare: () => Promise<number | null>
  /** The largest of all live replicas. */
  clockSkewSeconds: () => Promise<number | null>
  slos: Pick<SloReader, 'list'>
}

const MINUTE_MS = 60_000
const AI_PROBE = seriesOf({ signal: 'ai_probe', good: { outcome: 'succeeded' } })

/** Reads what rules look at, over all replicas. */
export function createSignalReader(options: SignalReaderOptions): SignalReader {
  const { store } = options
  let latest: { minute: number; statuses: Promise<SloStatus[]> } | null = null

  return async (signal, now) => {
    switch (signal.kind) {
      case 'failed_share':
        return leastOf(signal.minutes, now, await failedShares(signal.route, signal.minutes, now))
      case 'latency_quantile':
        return leastOf(signal.minutes, now, await quantiles(signal, now))
      case 'database_unreachable':
        return (await options.isDatabaseReachable()) ? 0 : 1
      case 'ai_unavailable':
        return leastOf(signal.minutes, now, await unavailableMinutes(signal.minutes, now))
      case 'failed_logins':
        return failedLogins(signal.seconds, now)
      case 'alert_queue_depth':
        return options.alertQueueDepth()
      case 'memory_share':
        return options.memoryShare()
      case 'clock_skew':
        return options.clockSkewSeconds()
      case 'burn_rate': {
        const status = (await burning(now)).find(({ id }) => id === signal.objective)
        return status?.burn_alerts[signal.window]?.firing ? 1 : 0
      }
    }
  }

  /** Burn rates are of minutes: they are worked out once in each, for all rules together. */
  async function burning(now: number): Promise<SloStatus[]> {
    const minute = Math.floor(now / MINUTE_MS)
    if (latest?.minute !== minute) latest = { minute, statuses: options.slos.list() }
    const { statuses } = latest
    return statuses.catch((error: unknown) => {
      latest = null
      throw error
    })
  }

  async function failedShares(route: string, minutes: number, now: number): Promise<Map<number, number>> {
    const rows = await store.counts([routeSeries(route)], 'minute', [wholeMinutes(minutes, now)])
    return new Map(rows.map(({ bucket, good, total }) => [bucket, (total - good) / total]))
  }

  async function quantiles(
    { route, quantile, minutes }: { route: string; quantile: number; minutes: number },
    now: number,
  ): Promise<Map<number, number>> {
    const rows = await store.sketches([routeSeries(route)], 'minute', [wholeMinutes(minutes, now)])
    return new Map(
      rows.map(({ bucket, sketches }) => {
        const merged = newSketch()
        for (const sketch of sketches) merged.merge(decodeSketch(sketch))
        return [bucket, quantileOf(merged, quantile) ?? 0]
      }),
    )
  }

  /** 1 for a minute in which no probe succeeded. */
  async function unavailableMinutes(minutes: number, now: number): Promise<Map<number, number>> {
    const rows = await store.counts([AI_PROBE], 'minute', [wholeMinutes(minutes, now)])
    return new Map(rows.map(({ bucket, good }) => [bucket, good > 0 ? 0 : 1]))
  }

  async function failedLogins(seconds: number, now: number): Promise<number> {
    const rows = await store.counts([FAILED_LOGINS], 'second', [{ from: now - seconds * 1000, to: now + 1 }])
    return rows.reduce((sum, { total }) => sum + total, 0)
  }
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
