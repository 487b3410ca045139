import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { Resource } from '@opentelemetry/resources'
import { MeterProvider, type MetricReader } from '@opentelemetry/sdk-metrics'
import type { Events } from '../../events.js'
import { ANALYSIS_LATENCY, aiMetrics } from './ai-metrics.js'
import { alertMetrics } from './alert-metrics.js'
import { authMetrics } from './auth-metrics.js'
import { canaryMetrics } from './canary-metrics.js'
import { connectorMetrics } from './connector-metrics.js'
import { decoyMetrics } from './decoy-metrics.js'
import { withHistogramFromStart } from './empty-histogram.js'
import { evidenceMetrics } from './evidence-metrics.js'
import { feedMetrics } from './feed-metrics.js'
import { createGaugeRegistry, type GaugeRegistry } from './gauges.js'
import { ingestMetrics } from './ingest-metrics.js'
import { logMetrics } from './log-metrics.js'
import {
  type Across,
  type MetricsSnapshot,
  type ServerProcesses,
  snapshotOf,
  withSnapshot,
} from './of-workers.js'
import { createExemplars, exemplarsAmong, toOpenMetrics } from './openmetrics.js'
import { type PoolReader, registerPoolMetrics } from './pool-metrics.js'
import { withUnitsInNames } from './prometheus-names.js'
import { recordingMetrics } from './recording-metrics.js'
import { REQUEST_SECONDS, requestMetrics } from './request-metrics.js'
import { registerRuntimeMetrics } from './runtime-metrics.js'
import { syntheticMetrics } from './synthetic-metrics.js'

/**
 * What the platform counts. Names follow OpenTelemetry's semantic conventions where there is one (HTTP server, database client,
 * Node.js runtime) and the source specification for scoring and AI; `exposition` spells them as Prometheus does.
 * https://opentelemetry.io/docs/specs/semconv/
 */
export interface Metrics {
  gauges: GaugeRegistry
  /** Prometheus text format 0.0.4, or OpenMetrics 1.0 with exemplars. */
  exposition(format: 'prometheus' | 'openmetrics'): Promise<string>
  /** What this process counted. */
  snapshot(): Promise<MetricsSnapshot>
  shutdown(): Promise<void>
}

export interface MetricsOptions {
  resource: Resource
  /** Beside Prometheus', such as one that pushes by OTLP. */
  readers: readonly MetricReader[]
  pools: PoolReader
  /** What is counted is subscribed to here. */
  events: Pick<Events, 'subscribe'>
  /** The processes of this server. */
  server: ServerProcesses
}

export function createMetrics({ resource, readers, pools, events, server }: MetricsOptions): Metrics {
  const prometheus = new PrometheusExporter({ preventServerStart: true })
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  const provider = new MeterProvider({ resource, readers: [prometheus, ...readers] })
  const meter = provider.getMeter('eviltwin')
  const exemplars = createExemplars(REQUEST_SECONDS)
  const across = new Map<string, Across>()
  const gauges = createGaugeRegistry(meter, across)

  events.subscribe(requestMetrics(meter, exemplars))
  for (const handlersOf of [
    ingestMetrics,
    authMetrics,
    aiMetrics,
    alertMetrics,
    canaryMetrics,
    feedMetrics,
    connectorMetrics,
    recordingMetrics,
    decoyMetrics,
    evidenceMetrics,
    logMetrics,
    syntheticMetrics,
  ]) {
    events.subscribe(handlersOf(meter))
  }
  registerRuntimeMetrics(gauges, server)
  registerPoolMetrics(meter, pools)

  return {
    gauges,
    async exposition(format) {
      const own = await prometheus.collect().then(({ resourceMetrics }) => resourceMetrics)
      const all = await server.metrics?.collect(snapshotOf(own, across, exemplars.all()))
      const collected = all ? withSnapshot(own, all) : own
      const complete = withHistogramFromStart(collected, ANALYSIS_LATENCY)
      const text = serializer.serialize(withUnitsInNames(complete))
      if (format === 'prometheus') return text
      return toOpenMetrics(text, all ? exemplarsAmong(all.exemplars) : exemplars)
    },
    async snapshot() {
      const { resourceMetrics } = await prometheus.collect()
      return snapshotOf(resourceMetrics, across, exemplars.all())
    },
    shutdown: () => provider.shutdown(),
  }
}
