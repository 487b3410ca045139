import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Publish } from '../../domain/platform-event.js'
import type { RequestIds } from '../../domain/request-ids.js'
import type { Logger } from '../logger.js'
import { joinTrace, type TraceContext } from '../telemetry/trace-context.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The trace this request belongs to: the caller's, or a new one. */
    trace: TraceContext
  }
}

const REQUEST_ID = /^[\w.:-]{1,128}$/

/** The caller's `X-Request-Id` when it is fit to be logged, else eight random hexadecimal digits. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const own = headers['x-request-id']
  return typeof own === 'string' && REQUEST_ID.test(own) ? own : randomUUID().slice(0, 8)
}

/** OpenTelemetry's `_OTHER`: methods are as many as strangers like. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Answers every request with its id and trace, logs each at DEBUG and publishes `request_completed`. */
export function identifyRequests(app: FastifyInstance, log: Logger, publish: Publish): void {
  app.decorateRequest('trace')
  app.addHook('onRequest', (request, reply, done) => {
    const { traceparent } = request.headers
    request.trace = joinTrace(typeof traceparent === 'string' ? traceparent : undefined)
    reply.header('x-request-id', request.id)
    if (traceparent !== undefined) reply.header('traceparent', request.trace.traceparent)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched'
    publish({
      kind: 'request_completed',
      method: METHODS.has(request.method) ? request.method : '_OTHER',
      route,
      status: reply.statusCode,
      milliseconds: reply.elapsedTime,
      trace: request.trace,
    })
    log.debug('Request completed', {
      ...idsOf(request),
      method: request.method,
      route,
      status: reply.statusCode,
      client_ip: request.ip,
      duration_ms: Number(reply.elapsedTime.toFixed(3)),
    })
    done()
  })
}

/** The fields by which a log line is found again. */
export function idsOf(request: FastifyRequest): { request_id: string; trace_id: string } {
  return { request_id: request.id, trace_id: request.trace.trace_id }
}

/** The same, for work that goes on elsewhere. */
export function requestIds(request: FastifyRequest): RequestIds {
  return { request_id: request.id, traceparent: request.trace.traceparent }
}
