import type { HttpIndicator, Objective } from '../objective.js'
import type { AccessRecord, RequestRecord } from './access-record.js'

/** What an objective counts, worked out from the access log alone. Shares no code with the SLO engine, on purpose. */
export interface Recomputed {
  good: number
  total: number
  /** Exact, by the nearest rank; null without durations. */
  percentile_ms: number | null
  /** Of `total` and of `good`: counted so shortly before a process was killed that the platform may not have written it. */
  unknown: number
  unknownGood: number
  /** More than `good` where the observation that made a minute bad may be lost. */
  mostGood: number
  /** What the percentile may be when the platform wrote so many of the unknown events; null without any. */
  percentileRange: (written: number) => { low: number; high: number } | null
}

/** From start (included) to end (not included), milliseconds since the epoch. */
export interface Span {
  from: number
  to: number
}

type Verdict = { good: boolean; duration?: number } | null

const MINUTE_MS = 60_000

/** The counts of an objective in a span. @param unknown see `AccessLogContent`. */
export function recompute(
  { indicator, target }: Pick<Objective, 'indicator' | 'target'>,
  records: readonly AccessRecord[],
  { from, to }: Span,
  unknown: readonly Span[],
): Recomputed {
  const inside = records.filter(({ at }) => at >= from && at < to)
  if (indicator.signal === 'ai_probe') return slices(inside, unknown)
  const { good } = indicator
  const verdictOf = (record: AccessRecord): Verdict => {
    if (indicator.signal === 'http') return record.type === 'request' ? judgeRequest(indicator, record) : null
    if (record.type !== 'acknowledgement' || record.mode !== 'live') return null
    const threshold = 'faster_than_ms' in good ? good.faster_than_ms : Number.POSITIVE_INFINITY
    return { good: record.duration_ms < threshold, duration: record.duration_ms }
  }
  const sum = { good: 0, total: 0, unknown: 0, unknownGood: 0 }
  const known: number[] = []
  const lost: number[] = []
  for (const record of inside) {
    const verdict = verdictOf(record)
    if (!verdict) continue
    const isUnknown = isWithin(unknown, record.at)
    sum.total += 1
    if (verdict.good) sum.good += 1
    if (isUnknown) sum.unknown += 1
    if (isUnknown && verdict.good) sum.unknownGood += 1
    if (verdict.duration !== undefined) (isUnknown ? lost : known).push(verdict.duration)
  }
  return {
    ...sum,
    mostGood: sum.good,
    percentile_ms: nearestRank([...known, ...lost], target),
    percentileRange: (written) => percentileRange(known, lost, written, target),
  }
}

/** The percentile when the fastest, and when the slowest, of the unknown durations were written. */
function percentileRange(known: readonly number[], lost: number[], written: number, quantile: number) {
  const sorted = lost.sort((a, b) => a - b)
  const low = nearestRank([...known, ...sorted.slice(0, written)], quantile)
  const high = nearestRank([...known, ...sorted.slice(sorted.length - written)], quantile)
  return low === null || high === null ? null : { low, high }
}

/** A minute is good when every observation in it is. */
function slices(records: readonly AccessRecord[], unknown: readonly Span[]): Recomputed {
  const minutes = new Map<number, { good: boolean; unknown: boolean }>()
  for (const record of records) {
    if (record.type !== 'probe') continue
    const minute = Math.floor(record.at / MINUTE_MS)
    const before = minutes.get(minute) ?? { good: true, unknown: false }
    minutes.set(minute, {
      good: before.good && record.available,
      unknown: before.unknown || isWithin(unknown, record.at),
    })
  }
  const all = [...minutes.values()]
  const unknownOnes = all.filter((minute) => minute.unknown)
  const good = all.filter((minute) => minute.good).length
  const unknownGood = unknownOnes.filter((minute) => minute.good).length
  return {
    good,
    total: all.length,
    percentile_ms: null,
    unknown: unknownOnes.length,
    unknownGood,
    mostGood: good + unknownOnes.length - unknownGood,
    percentileRange: () => null,
  }
}

/** The population table of docs/slos.md, row by row. @returns null for a request that does not count. */
function judgeRequest(indicator: HttpIndicator, request: RequestRecord): Verdict {
  const { status, duration_ms: duration } = request
  if (![indicator.route, ...(indicator.aliases ?? [])].includes(`${request.method} ${request.route}`))
    return null
  if (request.population !== null && !countsOnIngest(request)) return null
  const failed = status >= 500 || status === 499
  const { good } = indicator
  if ('outcome' in good) return { good: !failed && status !== 429 && !request.overloaded }
  if (request.overloaded || status === 429) return null
  if (failed) return duration >= good.faster_than_ms ? { good: false, duration } : null
  if (indicator.answered_by === 'llm' && request.answered_by_llm !== true) return null
  return { good: duration < good.faster_than_ms, duration }
}

/** Whether a request that sends events is one of the platform's population. */
function countsOnIngest({ key_prefix, population, status, overloaded }: RequestRecord): boolean {
  // Without a prefix nobody had a valid key, unless the installation asks for none (INGEST_AUTH=none).
  if (population === 'synthetic') return false
  if (key_prefix === null && population === 'unauthenticated') return false
  // Who left before the body was complete sent no request; only the line can tell.
  if (status === 499) return population !== 'client_error'
  if (status === 429 || status === 503) return overloaded || population !== 'refused_quota'
  return status < 400 || status >= 500
}

function isWithin(spans: readonly Span[], at: number): boolean {
  return spans.some(({ from, to }) => at >= from && at < to)
}

function nearestRank(durations: number[], quantile: number): number | null {
  if (durations.length === 0) return null
  const sorted = durations.sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? null
}
