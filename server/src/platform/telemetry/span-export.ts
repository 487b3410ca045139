import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import type { Resource } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { OtlpTarget } from './otlp-target.js'
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

/** Spans on their way to an OTLP endpoint. */
export interface SpanExport {
  recordSpan(span: FinishedSpan): void
  shutdown(): Promise<void>
}

const KINDS = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, producer: SpanKind.PRODUCER } as const

/** Sends finished spans in bounded batches. */
export function createSpanExport(resource: Resource, target: OtlpTarget): SpanExport {
  const ids = new GivenIds()
  const tracers = new BasicTracerProvider({
    resource,
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(target))],
  })
  const tracer = tracers.getTracer('eviltwin')

  return {
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
    shutdown: () => tracers.shutdown(),
  }
}

/** Ids of spans are random, but for those that a caller was told already. */
class GivenIds {
  next: { trace_id: string; span_id: string } | null = null

  generateTraceId = (): string => this.next?.trace_id ?? randomHex(16)
  generateSpanId = (): string => this.next?.span_id ?? randomHex(8)
}
