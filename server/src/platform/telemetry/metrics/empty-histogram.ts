import { ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type HistogramMetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'

/** A histogram without labels, as it is created. */
export interface HistogramDescription {
  name: string
  description: string
  /** Upper bounds of its buckets. */
  bounds: readonly number[]
}

/**
 * Adds a histogram with no events where nothing was recorded yet: the SDK leaves it out, and a series that is missing cannot be told from
 * one that is not scraped.
 */
export function withHistogramFromStart(
  collected: ResourceMetrics,
  histogram: HistogramDescription,
): ResourceMetrics {
  const [first, ...others] = collected.scopeMetrics
  const isRecorded = collected.scopeMetrics.some(({ metrics }) =>
    metrics.some(({ descriptor }) => descriptor.name === histogram.name),
  )
  if (isRecorded || !first) return collected
  const metrics = [...first.metrics, emptyOf(histogram)]
  return { ...collected, scopeMetrics: [{ ...first, metrics }, ...others] }
}

function emptyOf({ name, description, bounds }: HistogramDescription): HistogramMetricData {
  const value = {
    buckets: { boundaries: [...bounds], counts: Array.from({ length: bounds.length + 1 }, () => 0) },
    count: 0,
    sum: 0,
  }
  return {
    descriptor: { name, description, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [{ startTime: [0, 0], endTime: [0, 0], attributes: {}, value }],
  }
}
