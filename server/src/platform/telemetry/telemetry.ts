import { hostname } from 'node:os'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { type MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import type { DestinationStream } from 'pino'
import type { EventHandlers } from '../events.js'
import { createLogExport } from './log-export.js'
import { EXPORT_TIMEOUT_MS, otlpTarget } from './otlp-target.js'
import { createSpanExport, type FinishedSpan } from './span-export.js'

/** What leaves this process by OTLP. Without an endpoint everything here is a no-op. */
export interface Telemetry {
  resource: Resource
  metricReaders: readonly MetricReader[]
  recordSpan(span: FinishedSpan): void
  /** Takes the lines of the log; null when they go nowhere. */
  logDestination: DestinationStream | null
  shutdown(): Promise<void>
}

const METRICS_INTERVAL_MS = 15_000

/**
 * OTLP over HTTP with JSON (https://opentelemetry.io/docs/specs/otlp/) for metrics, traces and logs. Batches are bounded and what an
 * endpoint does not take in time is dropped: telemetry never slows what it tells of.
 */
export function createTelemetry(
  endpoint: string | undefined,
  instanceId: string,
  version: string,
): Telemetry {
  const resource = resourceFromAttributes({
    'service.name': 'eviltwin',
    'service.version': version,
    'service.instance.id': instanceId,
    'host.name': hostname(),
  })
  if (endpoint === undefined) {
    return {
      resource,
      metricReaders: [],
      recordSpan: () => {},
      logDestination: null,
      shutdown: async () => {},
    }
  }
  const metricReader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(otlpTarget(endpoint, 'metrics')),
    exportIntervalMillis: METRICS_INTERVAL_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const spans = createSpanExport(resource, otlpTarget(endpoint, 'traces'))
  const logs = createLogExport(resource, otlpTarget(endpoint, 'logs'))

  return {
    resource,
    metricReaders: [metricReader],
    recordSpan: spans.recordSpan,
    logDestination: logs.destination,
    async shutdown() {
      await Promise.allSettled([spans.shutdown(), logs.shutdown()])
    },
  }
}

/** Records a span for every answered request, under the ids that its answer named. */
export function requestSpans({ recordSpan }: Pick<Telemetry, 'recordSpan'>): EventHandlers {
  return {
    request_completed({ method, route, status, milliseconds, trace: { trace_id, span_id, parent_id } }) {
      const endMs = Date.now()
      recordSpan({
        name: `${method} ${route}`,
        kind: 'server',
        parent: parent_id === null ? null : { trace_id, span_id: parent_id },
        own: { trace_id, span_id },
        startMs: endMs - milliseconds,
        endMs,
        attributes: {
          'http.request.method': method,
          'http.route': route,
          'http.response.status_code': status,
        },
        failed: status >= 500,
      })
    },
  }
}
