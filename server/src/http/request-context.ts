import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from '../observability/log.js'
import { joinTrace, type TraceContext } from './trace-context.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The trace this request belongs to; null when the caller sent none. */
    trace: TraceContext | null
  }
}

const REQUEST_ID = /^[\w.:-]{1,128}$/

/** The caller's `X-Request-Id` when it is fit to be logged, else eight random hexadecimal digits. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const own = headers['x-request-id']
  return typeof own === 'string' && REQUEST_ID.test(own) ? own : randomUUID().slice(0, 8)
}

/** Answers every request with its id and trace, and logs each at DEBUG. */
export function identifyRequests(app: FastifyInstance, log: Logger): void {
  app.decorateRequest('trace', null)
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    const { traceparent } = request.headers
    if (typeof traceparent === 'string') {
      request.trace = joinTrace(traceparent)
      reply.header('traceparent', request.trace.traceparent)
    }
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    log.debug('Request completed', {
      ...idsOf(request),
      method: request.method,
      route: request.routeOptions.url ?? 'unmatched',
      status: reply.statusCode,
      client_ip: request.ip,
      duration_ms: Math.round(reply.elapsedTime),
    })
    done()
  })
}

/** The fields by which a log line is found again. */
export function idsOf(request: FastifyRequest): { request_id: string; trace_id?: string } {
  return { request_id: request.id, ...(request.trace && { trace_id: request.trace.trace_id }) }
}
