import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  newRequestFacts,
  populationOf,
  type RequestFacts,
  UNANSWERED,
} from '../../domain/ingest-population.js'
import type { Publish } from '../../domain/platform-event.js'
import type { RequestIds } from '../../domain/request-ids.js'
import type { Logger } from '../logger.js'
import { joinTrace, type TraceContext } from '../telemetry/trace-context.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The trace this request belongs to: the caller's, or a new one. */
    trace: TraceContext
    /** What features state of the request for its `request_completed`. */
    facts: RequestFacts
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

/**
 * Answers every request with its id and trace, logs each at DEBUG and publishes `request_completed`: once its answer is handed
 * over, or once its client has left without one. An upgraded connection has no answer to wait for.
 */
export function identifyRequests(app: FastifyInstance, log: Logger, publish: Publish): void {
  app.decorateRequest('trace')
  app.decorateRequest('facts')
  const departures = watchDepartures()
  app.addHook('onRequest', (request, reply, done) => {
    const { traceparent } = request.headers
    request.trace = joinTrace(typeof traceparent === 'string' ? traceparent : undefined)
    request.facts = newRequestFacts()
    const answered = departures.watch(request.raw.socket, () => {
      if (!request.ws) end(request, reply, UNANSWERED)
    })
    reply.raw.once('finish', () => {
      if (answered()) end(request, reply, reply.statusCode)
    })
    reply.header('x-request-id', request.id)
    if (traceparent !== undefined) reply.header('traceparent', request.trace.traceparent)
    done()
  })

  function end(request: FastifyRequest, reply: FastifyReply, status: number): void {
    const pattern = request.routeOptions.url ?? 'unmatched'
    const method = METHODS.has(request.method) ? request.method : '_OTHER'
    const { facts } = request
    publish({
      kind: 'request_completed',
      method,
      route: pattern,
      status,
      milliseconds: reply.elapsedTime,
      population: populationOf({
        ...facts,
        route: `${method} ${pattern}`,
        status,
        isComplete: request.raw.complete,
      }),
      overloaded: facts.refusal === 'overload' && (status === 429 || status === 503),
      key_prefix: facts.keyPrefix,
      answered_by_llm: facts.answeredByLlm,
      trace: request.trace,
    })
    log.debug('Request completed', {
      ...idsOf(request),
      method: request.method,
      route: pattern,
      status,
      client_ip: request.ip,
      duration_ms: Number(reply.elapsedTime.toFixed(3)),
    })
  }
}

/**
 * Watches for clients that leave. A response says so only while it is the one that its connection sends: of requests that a client sends
 * without waiting for answers (pipelining) that is the first alone, so the connection is watched, with one listener for all of its requests.
 */
function watchDepartures() {
  const waiting = new WeakMap<Socket, Set<() => void>>()
  return {
    /** @returns a function that ends the watch; it says whether the client was still there, and nobody had ended it. */
    watch(socket: Socket, onLeft: () => void): () => boolean {
      let callbacks = waiting.get(socket)
      if (!callbacks) {
        const ofSocket = new Set<() => void>()
        socket.once('close', () => {
          for (const callback of ofSocket) callback()
          ofSocket.clear()
        })
        waiting.set(socket, ofSocket)
        callbacks = ofSocket
      }
      callbacks.add(onLeft)
      return () => callbacks.delete(onLeft)
    },
  }
}

/** The fields by which a log line is found again. */
export function idsOf(request: FastifyRequest): { request_id: string; trace_id: string } {
  return { request_id: request.id, trace_id: request.trace.trace_id }
}

/** The same, for work that goes on elsewhere. */
export function requestIds(request: FastifyRequest): RequestIds {
  return { request_id: request.id, traceparent: request.trace.traceparent }
}
