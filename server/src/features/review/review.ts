import type { HealthReview, ReplicaSignals, SloStatus, Trend } from '@eviltwin/contract'
import { decodeSketch, newSketch, quantileOf, type Sketch } from '../../domain/quantile-sketch.js'
import { timestampOf } from '../../domain/timestamp.js'
import type { OperationsStore, OpsRule } from '../operations/index.js'
import type { SignalCounts, SignalStore, TimeRange } from '../slo/index.js'
import {
  AI_ANALYSES,
  LOG_SERIES_PREFIX,
  LOGINS,
  POOL_EXHAUSTED,
  parseLogSeries,
  routeSeries,
  seriesOf,
} from '../slo/index.js'
import { findingsOf } from './findings.js'

/** The weekly health review: the checklist's questions, answered with numbers beside those of the week before. */
export type Reviewer = (days: number) => Promise<HealthReview>

export interface ReviewerOptions {
  store: SignalStore
  slos: () => Promise<SloStatus[]>
  replicas: () => Promise<ReplicaSignals[]>
  operations: Pick<OperationsStore, 'firedBetween'>
  rules: ReadonlyArray<Pick<OpsRule, 'id' | 'name'>>
  now: () => number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const INGEST = routeSeries('POST /log')
const ALL_ROUTES = routeSeries('')
const AI_PROBE = seriesOf({ signal: 'ai_probe', good: { outcome: 'succeeded' } })
const SPIKE_FAILURES = 20
const SPIKE_FACTOR = 5

export function createReviewer(options: ReviewerOptions): Reviewer {
  const { store, now } = options

  return async (days) => {
    const at = now()
    const end = at - (at % HOUR_MS) + HOUR_MS
    const week: TimeRange = { from: end - days * DAY_MS, to: end }
    const before: TimeRange = { from: week.from - days * DAY_MS, to: week.from }
    const both = [{ from: before.from, to: week.to }]
    const [counts, sketches, routes, routesBefore, errors, errorsBefore, slos, replicas, fired] =
      await Promise.all([
        store.counts([INGEST, LOGINS, AI_PROBE, AI_ANALYSES, POOL_EXHAUSTED], 'hour', both),
        store.sketches([INGEST], 'hour', both),
        store.totals(ALL_ROUTES, 'hour', week),
        store.totals(ALL_ROUTES, 'hour', before),
        store.totals(LOG_SERIES_PREFIX, 'hour', week),
        store.totals(LOG_SERIES_PREFIX, 'hour', before),
        options.slos(),
        options.replicas(),
        options.operations.firedBetween(new Date(week.from), new Date(week.to)),
      ])
    const sums = (series: string, range: TimeRange) => sumOf(counts, series, range)
    const trendOf = (read: (range: TimeRange) => number | null): Trend => trend(read(week), read(before))
    const durations = (range: TimeRange) =>
      mergedOf(sketches.filter(({ bucket }) => bucket >= range.from && bucket < range.to))
    const daily = Array.from({ length: days }, (_, n) => {
      const day = { from: week.from + n * DAY_MS, to: week.from + (n + 1) * DAY_MS }
      return {
        day: timestampOf(day.from).slice(0, 10),
        p95_ms: quantileOf(durations(day), 0.95),
        requests: sums(INGEST, day).total,
      }
    })
    const failureShare = (rows: ReadonlyArray<{ total: number; good: number }>) => {
      const total = rows.reduce((sum, row) => sum + row.total, 0)
      return total === 0 ? null : rows.reduce((sum, row) => sum + row.total - row.good, 0) / total
    }
    const review: HealthReview = {
      from: timestampOf(week.from),
      to: timestampOf(at),
      ingest_latency: {
        average_ms: trendOf((range) => averageOf(durations(range))),
        p95_ms: trendOf((range) => quantileOf(durations(range), 0.95)),
        requests: trendOf((range) => sums(INGEST, range).total),
        daily_p95_ms: daily,
        trending_up: isTrendingUp(daily.map(({ p95_ms }) => p95_ms)),
      },
      errors: {
        server_error_rate: trend(failureShare(routes), failureShare(routesBefore)),
        kinds: kindsOf(errors, errorsBefore),
      },
      auth: {
        failures: trendOf((range) => badOf(sums(LOGINS, range))),
        failure_rate: trendOf((range) => shareOf(badOf(sums(LOGINS, range)), sums(LOGINS, range).total)),
        spikes: spikesOf(counts.filter(({ series, bucket }) => series === LOGINS && bucket >= week.from)),
      },
      llm: {
        availability: trendOf((range) => shareOf(sums(AI_PROBE, range).good, sums(AI_PROBE, range).total)),
        analyses: trendOf((range) => sums(AI_ANALYSES, range).total),
        success_fraction: trendOf((range) =>
          shareOf(sums(AI_ANALYSES, range).good, sums(AI_ANALYSES, range).total),
        ),
      },
      database_pool: poolsOf(
        trendOf((range) => sums(POOL_EXHAUSTED, range).total),
        replicas,
      ),
      slos: slos.map(({ name, state, compliance, budget }) => ({
        name,
        state,
        compliance,
        budget_remaining: budget.remaining,
      })),
      operational_alerts: [...fired].map(([id, times]) => ({
        name: options.rules.find((rule) => rule.id === id)?.name ?? id,
        fired: times,
      })),
      findings: [],
    }
    return { ...review, findings: findingsOf(review) }
  }
}

function sumOf(rows: readonly SignalCounts[], series: string, { from, to }: TimeRange) {
  return rows
    .filter((row) => row.series === series && row.bucket >= from && row.bucket < to)
    .reduce((sum, { good, total }) => ({ good: sum.good + good, total: sum.total + total }), {
      good: 0,
      total: 0,
    })
}

function mergedOf(rows: ReadonlyArray<{ sketches: Buffer[] }>): Sketch {
  const merged = newSketch()
  for (const { sketches } of rows) for (const sketch of sketches) merged.merge(decodeSketch(sketch))
  return merged
}

/** A sketch forgets its sum when it is stored; the mean of its percentiles is within its accuracy of the mean. */
function averageOf(sketch: Sketch): number | null {
  if (sketch.count === 0) return null
  const steps = 200
  let sum = 0
  for (let n = 0; n < steps; n += 1) sum += sketch.getValueAtQuantile((n + 0.5) / steps)
  return sum / steps
}

export function trend(this_week: number | null, last_week: number | null): Trend {
  const change =
    this_week === null || last_week === null || last_week === 0 ? null : this_week / last_week - 1
  return { this_week, last_week, change }
}

/** Whether the days rise: Kendall's tau (1938) above one half. Null with fewer than four days that say anything. */
export function isTrendingUp(days: ReadonlyArray<number | null>): boolean | null {
  const values = days.filter((value) => value !== null)
  if (values.length < 4) return null
  let concordance = 0
  let pairs = 0
  for (const [n, earlier] of values.entries()) {
    for (const later of values.slice(n + 1)) {
      concordance += Math.sign(later - earlier)
      pairs += 1
    }
  }
  return concordance / pairs > 0.5
}

function kindsOf(
  rows: ReadonlyArray<{ series: string; total: number }>,
  before: ReadonlyArray<{ series: string; total: number }>,
): HealthReview['errors']['kinds'] {
  const earlier = new Map(before.map(({ series, total }) => [series, total]))
  return rows
    .flatMap(({ series, total }) => {
      const kind = parseLogSeries(series)
      const last_week = earlier.get(series) ?? 0
      return kind ? [{ ...kind, this_week: total, last_week, new: last_week === 0 }] : []
    })
    .sort((a, b) => b.this_week - a.this_week)
}

function badOf({ good, total }: { good: number; total: number }): number {
  return total - good
}

function shareOf(part: number, total: number): number | null {
  return total === 0 ? null : part / total
}

/** Hours with more failed logins than an alert takes and several times the median hour. */
function spikesOf(hours: readonly SignalCounts[]): HealthReview['auth']['spikes'] {
  const failures = hours.map(badOf).sort((a, b) => a - b)
  const usual = failures[Math.floor(failures.length / 2)] ?? 0
  return hours
    .filter(
      (hour) =>
        badOf(hour) > SPIKE_FAILURES &&
        (hours.length === 1 || badOf(hour) >= SPIKE_FACTOR * usual || usual > SPIKE_FAILURES),
    )
    .map((hour) => ({ at: timestampOf(hour.bucket), failures: badOf(hour) }))
}

function poolsOf(exhausted: Trend, replicas: readonly ReplicaSignals[]): HealthReview['database_pool'] {
  const peak_use: HealthReview['database_pool']['peak_use'] = {}
  for (const { pools } of replicas) {
    for (const [name, { peak_used, max }] of Object.entries(pools)) {
      const known = peak_use[name]
      peak_use[name] = { peak: Math.max(known?.peak ?? 0, peak_used), max }
    }
  }
  const full = Object.entries(peak_use).filter(([, { peak, max }]) => peak >= max)
  const times = exhausted.this_week ?? 0
  return {
    exhausted,
    peak_use,
    verdict:
      times > 0
        ? `Requests waited for a connection in ${times} moments: the pools are too small for this volume, or statements too slow.`
        : full.length > 0
          ? `${full.map(([name]) => name).join(' and ')} reached their size without anybody waiting: just large enough.`
          : 'No pool was ever full: large enough.',
  }
}
