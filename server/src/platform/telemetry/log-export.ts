import { TraceFlags } from '@opentelemetry/api'
import { type AnyValueMap, SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import type { Resource } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { DestinationStream } from 'pino'
import type { LogLevel } from '../logger.js'
import type { OtlpTarget } from './otlp-target.js'

/** Lines of the log on their way to an OTLP endpoint. */
export interface LogExport {
  destination: DestinationStream
  shutdown(): Promise<void>
}

const SEVERITY: Readonly<Record<LogLevel, SeverityNumber>> = {
  DEBUG: SeverityNumber.DEBUG,
  INFO: SeverityNumber.INFO,
  WARNING: SeverityNumber.WARN,
  ERROR: SeverityNumber.ERROR,
  CRITICAL: SeverityNumber.FATAL,
}

/**
 * Names the trace of a record that has a `trace_id`. A line does not know its span, and OTLP leaves that field out then; the
 * context of the API takes a trace only together with a span.
 */
const ofTheirTrace: LogRecordProcessor = {
  onEmit(record) {
    const { trace_id: traceId } = record.attributes
    if (typeof traceId === 'string') {
      record.spanContext = { traceId, traceFlags: TraceFlags.SAMPLED } as NonNullable<
        typeof record.spanContext
      >
    }
  },
  forceFlush: async () => {},
  shutdown: async () => {},
}

/** Sends each line as a log record, in bounded batches; a line with a `trace_id` belongs to that trace. */
export function createLogExport(resource: Resource, target: OtlpTarget): LogExport {
  const loggers = new LoggerProvider({
    resource,
    processors: [ofTheirTrace, new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(target) })],
  })
  const logger = loggers.getLogger('eviltwin')

  return {
    destination: {
      write(line) {
        const { timestamp, level, message, ...attributes } = JSON.parse(line) as Record<string, unknown>
        logger.emit({
          timestamp: Date.parse(String(timestamp)),
          severityNumber: SEVERITY[level as LogLevel] ?? SeverityNumber.INFO,
          severityText: String(level),
          body: String(message),
          attributes: attributes as AnyValueMap,
        })
      },
    },
    shutdown: () => loggers.shutdown(),
  }
}
