import type { GoldenSignals } from '@eviltwin/contract'
import { decodeSketch, newSketch, quantileOf } from '../../domain/quantile-sketch.js'
import { timestampOf } from '../../domain/timestamp.js'
import { routeSeries } from './objective.js'
import type { Replica } from './replica.js'
import { clientErrorSeries, unansweredSeries } from './series/names.js'
import type { SignalStore } from './store.js'

/** Latency, traffic, errors and saturation of the last minutes, over all replicas. */
export type GoldenSignalReader = (minutes: number) => Promise<GoldenSignals>

export interface GoldenSignalOptions {
  store: SignalStore
  replicas: Pick<Replica, 'live'>
  alertQueueDepth: () => Promise<number>
  flush: () => Promise<void>
  now: () => number
}

const MINUTE_MS = 60_000
const ROUTE = routeSeries('')
const CLIENT_ERRORS = clientErrorSeries('')
const UNANSWERED = unansweredSeries('')

export function createGoldenSignalReader(options: GoldenSignalOptions): GoldenSignalReader {
  const { store, replicas, alertQueueDepth, flush, now } = options
  return async (minutes) => {
    await flush().catch(() => {})
    const at = now()
    const from = at - (at % MINUTE_MS) - (minutes - 1) * MINUTE_MS
    const range = { from, to: at + 1 }
    const [routes, refused, left, live, depth] = await Promise.all([
      store.totals(ROUTE, 'minute', range),
      store.totals(CLIENT_ERRORS, 'minute', range),
      store.totals(UNANSWERED, 'minute', range),
      replicas.live(),
      alertQueueDepth(),
    ])
    const sketches = await store.sketches(
      routes.map(({ series }) => series),
      'minute',
      [range],
    )
    const clientErrors = totalsByRoute(refused, CLIENT_ERRORS)
    const unanswered = totalsByRoute(left, UNANSWERED)
    const seconds = Math.max(1, (at - from) / 1000)
    return {
      from: timestampOf(from),
      to: timestampOf(at),
      routes: routes.map(({ series, total, good }) => {
        const route = series.slice(ROUTE.length)
        const durations = newSketch()
        for (const row of sketches.filter((candidate) => candidate.series === series)) {
          for (const sketch of row.sketches) durations.merge(decodeSketch(sketch))
        }
        return {
          route,
          requests: total,
          requests_per_second: total / seconds,
          client_error_rate: (clientErrors.get(route) ?? 0) / total,
          server_error_rate: (total - good) / total,
          unanswered_rate: (unanswered.get(route) ?? 0) / total,
          p50_ms: quantileOf(durations, 0.5),
          p95_ms: quantileOf(durations, 0.95),
          p99_ms: quantileOf(durations, 0.99),
        }
      }),
      replicas: live,
      alert_queue_depth: depth,
    }
  }
}

function totalsByRoute(
  rows: ReadonlyArray<{ series: string; total: number }>,
  prefix: string,
): Map<string, number> {
  return new Map(rows.map(({ series, total }) => [series.slice(prefix.length), total]))
}
