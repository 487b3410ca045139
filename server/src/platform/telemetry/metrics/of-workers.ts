import {
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Exemplar } from './openmetrics.js'

/**
 * What a value of several processes is: their sum where each has a part of it, else the highest or lowest of what each sees of the same
 * thing.
 */
export type Across = 'sum' | 'max' | 'min'

/** What one process counted, or several together. Plain values. */
export interface MetricsSnapshot {
  metrics: WorkerMetric[]
  exemplars: Exemplar[]
}

/** A metric and what it is of several processes; without a word counters and histograms add up, and of gauges it is the highest. */
export type WorkerMetric = MetricData & { across?: Across | undefined }

/** Where the metrics of the processes of one server come together. */
export interface MetricsTogether {
  /** Takes what this process counted. @returns what all did, and those that ended before. */
  collect(own: MetricsSnapshot): Promise<MetricsSnapshot>
}

/** The processes of a server, as each of them knows it. */
export interface ServerProcesses {
  uptimeSeconds(): number
  /** How many serve now, and how many ended without having been asked to. */
  workers(): { live: number; ended: number }
  /** Where their metrics come together; null where there is one process. */
  metrics: MetricsTogether | null
}

/** A server that is one process. */
export const ONE_PROCESS: ServerProcesses = {
  uptimeSeconds: process.uptime,
  workers: () => ({ live: 1, ended: 0 }),
  metrics: null,
}

/** The metrics of workers that come and go. No counter ever goes backwards: what one counted until it was last heard of stays. */
export interface MetricsOfWorkers {
  /** Replaces what was known of a worker. */
  report(slot: number, snapshot: MetricsSnapshot): void
  /** The worker has ended. */
  retire(slot: number): void
  all(): MetricsSnapshot
}

export function createMetricsOfWorkers(): MetricsOfWorkers {
  const present = new Map<number, MetricsSnapshot>()
  let past: MetricsSnapshot = { metrics: [], exemplars: [] }
  return {
    report: (slot, snapshot) => void present.set(slot, snapshot),
    retire(slot) {
      const last = present.get(slot)
      present.delete(slot)
      if (last) past = joined([past, { ...last, metrics: last.metrics.filter(isLasting) }])
    },
    all: () => joined([past, ...present.values()]),
  }
}

/** Whether it only ever grows, so that it outlives its process. */
function isLasting(metric: WorkerMetric): boolean {
  if (metric.across !== undefined) return false
  return (
    metric.dataPointType === DataPointType.HISTOGRAM ||
    (metric.dataPointType === DataPointType.SUM && metric.isMonotonic)
  )
}

/** One snapshot of several. Pure. */
export function joined(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const metrics = new Map<string, WorkerMetric>()
  for (const metric of snapshots.flatMap((snapshot) => snapshot.metrics)) {
    const { name } = metric.descriptor
    const known = metrics.get(name)
    metrics.set(name, known ? joinedMetric(known, metric) : metric)
  }
  const exemplars = new Map<string, Exemplar>()
  for (const exemplar of snapshots.flatMap((snapshot) => snapshot.exemplars)) {
    const known = exemplars.get(exemplar.bucket)
    if (!known || known.at <= exemplar.at) exemplars.set(exemplar.bucket, exemplar)
  }
  return { metrics: [...metrics.values()], exemplars: [...exemplars.values()] }
}

function joinedMetric(a: WorkerMetric, b: WorkerMetric): WorkerMetric {
  if (a.dataPointType === DataPointType.HISTOGRAM && b.dataPointType === DataPointType.HISTOGRAM)
    return { ...a, dataPoints: joinedPoints(a.dataPoints, b.dataPoints, joinedHistograms) }
  if (a.dataPointType === DataPointType.SUM && b.dataPointType === DataPointType.SUM)
    return { ...a, dataPoints: joinedPoints(a.dataPoints, b.dataPoints, COMBINED[a.across ?? 'sum']) }
  if (a.dataPointType === DataPointType.GAUGE && b.dataPointType === DataPointType.GAUGE)
    return { ...a, dataPoints: joinedPoints(a.dataPoints, b.dataPoints, COMBINED[a.across ?? 'max']) }
  // The same name is the same instrument in every process; exponential histograms are not used.
  return a
}

const COMBINED: Readonly<Record<Across, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
}

function joinedPoints<Value>(
  a: ReadonlyArray<DataPoint<Value>>,
  b: ReadonlyArray<DataPoint<Value>>,
  combine: (a: Value, b: Value) => Value,
): Array<DataPoint<Value>> {
  const points = new Map<string, DataPoint<Value>>()
  for (const point of [...a, ...b]) {
    const key = JSON.stringify(Object.entries(point.attributes).toSorted())
    const known = points.get(key)
    points.set(key, known ? { ...known, value: combine(known.value, point.value) } : point)
  }
  return [...points.values()]
}

function joinedHistograms(a: Histogram, b: Histogram): Histogram {
  const of = (combine: (a: number, b: number) => number, one?: number, other?: number) =>
    one === undefined || other === undefined ? (one ?? other) : combine(one, other)
  const min = of(Math.min, a.min, b.min)
  const max = of(Math.max, a.max, b.max)
  return {
    buckets: {
      boundaries: a.buckets.boundaries,
      counts: a.buckets.counts.map((count, index) => count + (b.buckets.counts[index] ?? 0)),
    },
    count: a.count + b.count,
    sum: (a.sum ?? 0) + (b.sum ?? 0),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  }
}

/** @param acrossOf what a metric is of several processes, by its name, where it is not the usual. */
export function snapshotOf(
  { scopeMetrics }: ResourceMetrics,
  acrossOf: ReadonlyMap<string, Across>,
  exemplars: Exemplar[],
): MetricsSnapshot {
  const metrics = scopeMetrics.flatMap((scope) =>
    scope.metrics.map((metric) => ({ ...metric, across: acrossOf.get(metric.descriptor.name) })),
  )
  return { metrics, exemplars }
}

/** The same as if one process had collected it. */
export function withSnapshot(
  { resource, scopeMetrics: [first] }: ResourceMetrics,
  { metrics }: MetricsSnapshot,
): ResourceMetrics {
  return { resource, scopeMetrics: first ? [{ scope: first.scope, metrics }] : [] }
}
