import { hostname } from 'node:os'
import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api'
import { type AnyValueMap, SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { type MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { DestinationStream } from 'pino'
import type { EventHandlers } from '../events.js'
import type { LogLevel } from '../logger.js'
import { randomHex } from './trace-context.js'

/** Something that was done for a trace. */
export interface FinishedSpan {
  name: string
  kind: 'server' | 'internal' | 'producer'
  /** `traceparent` of what this was done for. */
  parent: { trace_id: string; span_id: string } | null
  /** Our own ids where they were given out already (the answered `traceparent`); else new ones. */
  own?: { trace_id: string; span_id: string }
  startMs: number
  endMs: number
  attributes: Readonly<Record<string, string | number | boolean>>
  failed?: boolean
}

/** What leaves this process by OTLP. Without an endpoint everything here is a no-op. */
export interface Telemetry {
  resource: Resource
  metricReaders: readonly MetricReader[]
  recordSpan(span: FinishedSpan): void
  /** Takes the lines of the log; null when they go nowhere. */
  logDestination: DestinationStream | null
  shutdown(): Promise<void>
}

const EXPORT_TIMEOUT_MS = 5_000
const METRICS_INTERVAL_MS = 15_000
const SEVERITY: Readonly<Record<LogLevel, SeverityNumber>> = {
  DEBUG: SeverityNumber.DEBUG,
  INFO: SeverityNumber.INFO,
  WARNING: SeverityNumber.WARN,
  ERROR: SeverityNumber.ERROR,
  CRITICAL: SeverityNumber.FATAL,
}
const KINDS = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, producer: SpanKind.PRODUCER } as const

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
  const exporterTo = (path: string) => ({
    url: `${endpoint.replace(/\/+$/, '')}/v1/${path}`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const metricReader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(exporterTo('metrics')),
    exportIntervalMillis: METRICS_INTERVAL_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const ids = new GivenIds()
  const tracers = new BasicTracerProvider({
    resource,
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(exporterTo('traces')))],
  })
  const tracer = tracers.getTracer('eviltwin')
  const loggers = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(exporterTo('logs')) })],
  })
  const logger = loggers.getLogger('eviltwin')

  return {
    resource,
    metricReaders: [metricReader],
    recordSpan({ name, kind, parent, own, startMs, endMs, attributes, failed }) {
      ids.next = own ?? null
      const context = parent
        ? trace.setSpanContext(ROOT_CONTEXT, {
            traceId: parent.trace_id,
            spanId: parent.span_id,
            traceFlags: TraceFlags.SAMPLED,
            isRemote: true,
          })
        : ROOT_CONTEXT
      const span = tracer.startSpan(name, { kind: KINDS[kind], startTime: startMs, attributes }, context)
      if (failed) span.setStatus({ code: 2 })
      span.end(endMs)
      ids.next = null
    },
    logDestination: {
      write(line) {
        const { timestamp, level, message, ...attributes } = JSON.parse(line) as Record<string, unknown>
        const { trace_id } = attributes
        logger.emit({
          timestamp: Date.parse(String(timestamp)),
          severityNumber: SEVERITY[level as LogLevel] ?? SeverityNumber.INFO,
          severityText: String(level),
          body: String(message),
          attributes: attributes as AnyValueMap,
          ...(typeof trace_id === 'string' && {
            context: trace.setSpanContext(ROOT_CONTEXT, {
              traceId: trace_id,
              spanId: '0000000000000001',
              traceFlags: TraceFlags.SAMPLED,
            }),
          }),
        })
      },
    },
    async shutdown() {
      await Promise.allSettled([tracers.shutdown(), loggers.shutdown()])
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

/** Ids of spans are random, but for those that a caller was told already. */
class GivenIds {
  next: { trace_id: string; span_id: string } | null = null

  generateTraceId = (): string => this.next?.trace_id ?? randomHex(16)
  generateSpanId = (): string => this.next?.span_id ?? randomHex(8)
}
